import test from 'ava';
import { imagesOf, releaseState, rollbackTarget, sameManifest } from '#core/rollout/release.ts';

const manifest = `---
# Source: block-producer/templates/service.yaml
kind: Service
---
# Source: block-producer/templates/statefulset.yaml
kind: StatefulSet
spec:
  template:
    spec:
      initContainers:
        - image: "monitor:2"
          name: monitor
          args: [--note, "image: not-one:1"]
      containers:
        - name: nodeos
          image: registry.example/nodeos:1@sha256:abc
        - { name: twin, image: 'monitor:2' }
`;

const deployed = { revision: 3, status: 'deployed', manifest, description: '' };

test('a release whose manifest is the desired one is current, whatever the order of its objects', t => {
  const [, service = '', statefulSet = ''] = manifest.split('---\n');
  t.true(sameManifest(manifest, `---\n${statefulSet}---\n${service}`));
  t.is(releaseState(deployed, manifest), 'current');
});

test('one changed line makes it outdated', t => {
  t.is(releaseState(deployed, manifest.replace('monitor:2', 'monitor:3')), 'outdated');
});

test('a comment inside a block is text, and counts', t => {
  const block = (text: string) => `---\ndata:\n  file: |\n    # ${text}\n`;
  t.false(sameManifest(block('one'), block('two')));
});

test('a release that failed or hangs half-way proves nothing by its manifest', t => {
  t.is(releaseState({ ...deployed, status: 'failed' }, manifest), 'outdated');
  t.is(releaseState({ ...deployed, status: 'pending-upgrade' }, manifest), 'outdated');
});

test('a release that does not exist or was uninstalled is missing', t => {
  t.is(releaseState(undefined, manifest), 'missing');
  t.is(releaseState({ ...deployed, status: 'uninstalled' }, manifest), 'missing');
});

test('images of containers are found, native sidecars included, each once', t => {
  t.deepEqual(imagesOf(manifest), ['monitor:2', 'registry.example/nodeos:1@sha256:abc']);
});

const target = test.macro<[string, [number, string][], number | undefined]>({
  exec: (t, _title, history, expected) =>
    t.is(rollbackTarget(history.map(([revision, status]) => ({ revision, status }))), expected),
  title: (_provided, title) => title ?? '',
});
test(target, 'the first revision has nothing to go back to', [[1, 'deployed']], undefined);
test(
  target,
  'back goes to the revision before',
  [
    [1, 'superseded'],
    [2, 'superseded'],
    [3, 'deployed'],
  ],
  2,
);
test(
  target,
  'a revision that failed is passed over',
  [
    [1, 'deployed'],
    [2, 'failed'],
    [3, 'failed'],
  ],
  1,
);
test(
  target,
  'a rollback is a revision as good as any',
  [
    [1, 'superseded'],
    [2, 'superseded'],
    [3, 'superseded'],
    [4, 'deployed'],
  ],
  3,
);
test(target, 'a first installation that hangs has nothing to go back to', [[1, 'pending-install']], undefined);
