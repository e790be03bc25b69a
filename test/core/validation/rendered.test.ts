// Charts that were changed, as Helm renders them: each fault is caught by its rule at its path, and nothing else is told.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { renderChart } from '#adapters/helm/template.ts';
import type { Release } from '#core/environment/environment.ts';
import { readManifest } from '#core/manifest/objects.ts';
import { checkedRenderedRules, findRule } from '#core/validation/catalog.ts';
import { helmBinary, releaseOf, repository } from '../../charts/render.ts';
import type { ChartMutation } from './mutations/rendered.ts';
import {
  renderedClaimMutations,
  renderedConfigMutations,
  renderedSecretMutations,
} from './mutations/rendered-config.ts';
import { renderedPodMutations } from './mutations/rendered-pod.ts';

const renderedMutations = [
  ...renderedConfigMutations,
  ...renderedSecretMutations,
  ...renderedClaimMutations,
  ...renderedPodMutations,
];

async function told(release: Release, root: string) {
  const manifest = await renderChart({ binary: await helmBinary(), root, timeoutMs: 60_000 }, release);
  const { objects } = readManifest(manifest);
  return checkedRenderedRules.flatMap(rule =>
    rule.check({ release, objects }).map(({ path, message }) => ({ rule: rule.id, path, message })),
  );
}

const caught = test.macro({
  exec: async (t: ExecutionContext, { file, from, to, rule, at, release: name = 'aws-a' }: ChartMutation) => {
    const root = await mkdtemp(join(tmpdir(), 'charts-'));
    t.teardown(() => rm(root, { recursive: true, force: true }));
    await cp(join(repository, 'charts'), join(root, 'charts'), { recursive: true });
    const path = join(root, 'charts', file);
    const text = await readFile(path, 'utf8').catch(() => '');
    const edited = text.replace(from, to);
    t.not(edited, text);
    await writeFile(path, edited);
    const found = await told(await releaseOf('example', name), root);
    const seen = [...new Set(found.map(each => `${each.rule} ${each.path}`))];
    t.true(seen.includes(`${rule} ${at}`), JSON.stringify(found, undefined, 1));
    t.true(
      found.every(each => each.rule === rule),
      seen.join('\n'),
    );
    for (const { message } of found) t.regex(message, /; expected .*\.$/);
  },
  title: (_provided, { title, release = 'a node' }: ChartMutation) => `${title}, of ${release}: caught`,
});

for (const mutation of renderedMutations) test(caught, mutation);

test('each rule on rendered objects is broken by one of them, and none can be waived', t => {
  const broken = new Set(renderedMutations.map(({ rule }) => rule));
  for (const { id } of checkedRenderedRules) {
    t.true(broken.has(id), id);
    t.false(findRule(id)?.waivable, id);
  }
});

test('whatever a values file may switch on breaks none of them', async t => {
  const everything = {
    nodeos: { command: ['sh', '-c', 'ulimit -n 65536; exec nodeos "$@"', 'sh'], extraArgs: ['--verbose-http-errors'] },
    snapshot: { url: 'https://example.org/x.bin', sha256: '0'.repeat(64), image: `curl@sha256:${'0'.repeat(64)}` },
    finalizerSecret: 'finalizer-aws-a',
    p2pService: { enabled: true },
    serviceMonitor: { enabled: true },
    alerts: { enabled: true },
    imagePullSecrets: [{ name: 'registry' }],
    priorityClassName: 'high',
    terminationGracePeriodSeconds: 600,
  };
  t.deepEqual(await told(await releaseOf('example', 'aws-a', everything), repository), []);
  for (const name of ['aws-b', 'gcp-a', 'etcd-us-west-2', 'etcd-witness'])
    t.deepEqual(await told(await releaseOf('example', name, { serviceMonitor: { enabled: true } }), repository), []);
  for (const name of ['aws-a', 'etcd-aws']) t.deepEqual(await told(await releaseOf('rehearsal', name), repository), []);
});

test('a key in config.ini is not told', async t => {
  const release = await releaseOf('example', 'aws-a');
  const key = 'abcdefgh';
  const text = (
    await renderChart({ binary: await helmBinary(), root: repository, timeoutMs: 60_000 }, release)
  ).replace('=KEOSD:unix:///run/signer/signer.sock', `=KEY:${key}`);
  const { objects } = readManifest(text);
  const messages = checkedRenderedRules.flatMap(rule => rule.check({ release, objects })).map(each => each.message);
  t.regex(messages.join('\n'), /signature-provider is EOS\w+=KEY:…; expected EOS\w+=KEOSD/);
  t.notRegex(messages.join('\n'), new RegExp(key));
});
