import { rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Verdict } from '#core/validation/verdict.ts';
import { helmBinary } from '../charts/render.ts';
import { file, fleet, judge, of, told } from './fleet-repository.ts';

test('a raised image is told with its plan and its diff, in the environment it is in and in no other', async t => {
  const repository = fleet(t);
  repository.edit(file, 'rehearsal/nodeos:1', 'rehearsal/nodeos:2');
  const head = repository.commit();
  const verdict = await judge(repository, { head, helm: await helmBinary() });
  t.is(verdict.head, head);
  t.is(verdict.base, repository.git('rev-parse', 'main'));
  const { change, diffs, forecast, quorum, notes } = of(verdict, 'testnet');
  t.is(change, 'changed');
  t.deepEqual(diffs?.map(each => `${each.release} ${each.change}`).sort(), [
    'aws-a changed',
    'aws-b changed',
    'etcd-aws unchanged',
    'etcd-gcp unchanged',
    'etcd-witness unchanged',
    'gcp-a changed',
    'gcp-b changed',
  ]);
  const [object] = diffs?.find(each => each.release === 'aws-a')?.objects ?? [];
  t.like(object, { kind: 'StatefulSet', fields: [{ before: 'rehearsal/nodeos:1', after: 'rehearsal/nodeos:2' }] });
  t.is(forecast?.steps.filter(({ step }) => step.kind === 'upgrade').length, 4);
  t.is(forecast?.expectedMissedBlocks, 0);
  t.true(quorum?.losses.every(each => each.holds));
  t.deepEqual(
    notes.filter(note => !note.startsWith('Not held to a schema')),
    [],
  );
  t.like(of(verdict, 'mainnet'), { change: 'untouched', diffs: undefined, forecast: undefined });
});

test('a changed chart touches every environment', async t => {
  const repository = fleet(t);
  repository.edit('charts/etcd/Chart.yaml', /version: .*/, 'version: 9.9.9');
  const verdict = await judge(repository, { helm: await helmBinary() });
  t.is(verdict.head, 'working tree');
  for (const name of ['testnet', 'mainnet']) {
    const { change, diffs } = of(verdict, name);
    t.is(change, 'changed');
    t.deepEqual(
      diffs?.filter(each => each.change === 'changed').map(each => each.release),
      ['etcd-aws', 'etcd-gcp', 'etcd-witness'],
    );
  }
});

test('only the environments asked for are told, by rules that see all', async t => {
  const verdict = await judge(fleet(t), { only: ['mainnet'] });
  t.deepEqual(
    verdict.environments.map(each => each.name),
    ['mainnet'],
  );
});

test('without helm there are problems and a plan, and it is said that the diff is missing', async t => {
  const repository = fleet(t);
  repository.edit(file, 'rehearsal/nodeos:1', 'rehearsal/nodeos:2');
  const { notes, diffs, forecast } = of(await judge(repository, { helm: '/nowhere/helm' }), 'testnet');
  t.is(diffs, undefined);
  t.is(forecast?.steps.filter(({ step }) => step.kind === 'upgrade').length, 4);
  t.regex(notes.join('\n'), /\/nowhere\/helm cannot be started.*there is no diff/);
});

test('a value that the chart refuses, and an object that Kubernetes would refuse, are problems at the node', async t => {
  const repository = fleet(t);
  repository.edit('environments/testnet/values/gcp.yaml', /dnsPolicy: Default/, 'dnsPolicy: Default\n  replicas: many');
  const verdict = of(await judge(repository, { helm: await helmBinary() }), 'testnet');
  t.is(verdict.diffs, undefined);
  t.regex(told(verdict).join('\n'), /^environments\/testnet\/environment\.yaml:\d+:\d+ chart-renders$/m);
});

test('a chart that gives the signing key to nodeos is a problem at the template, and one without the pause at the node', async t => {
  const repository = fleet(t);
  repository.edit('charts/block-producer/templates/_helpers.tpl', 'pause-on-startup = true\n', '');
  const helm = await helmBinary();
  const paused = of(await judge(repository, { helm }), 'testnet');
  t.deepEqual(
    paused.problems.map(each => each.level),
    ['error'],
  );
  t.regex(told(paused).join('\n'), /^environments\/testnet\/environment\.yaml:\d+:\d+ rendered-config$/);
  t.regex(
    paused.problems[0]?.message ?? '',
    /^aws-a, .*: ConfigMap aws-a: data\["config\.ini"\]: pause-on-startup is nothing; expected true\..*\(charts\/block-producer\/templates\/config\.yaml\)$/,
  );
  repository.edit(
    'charts/block-producer/templates/statefulset.yaml',
    '- { name: tmp, mountPath: /tmp }',
    '- { name: tmp, mountPath: /tmp }\n            - { name: key, mountPath: /key }',
  );
  t.true(
    told(of(await judge(repository, { helm }), 'testnet')).includes(
      'charts/block-producer/templates/statefulset.yaml:1:1 rendered-secrets',
    ),
  );
});

test('an environment that is removed says that its fleet goes on, and is not compared', async t => {
  const repository = fleet(t);
  rmSync(join(repository.folder, 'environments/testnet'), { recursive: true });
  const head = repository.commit();
  const { change, diffs, forecast } = of(await judge(repository, { head }), 'testnet');
  t.is(change, 'removed');
  t.is(diffs, undefined);
  t.regex(forecast?.leftToDo.join('') ?? '', /fleet of testnet runs on/);
});

test('an environment that is renamed is compared with what it was', async t => {
  const repository = fleet(t);
  repository.git('mv', 'environments/testnet', 'environments/jungle');
  const head = repository.commit();
  const verdict = await judge(repository, { head, helm: await helmBinary() });
  const [before, after] = [of(verdict, 'testnet'), of(verdict, 'jungle')];
  t.regex(before.notes.join('\n'), /looks renamed: jungle/);
  t.is(before.forecast, undefined);
  t.regex(after.notes.join('\n'), /looks renamed from testnet/);
  t.deepEqual(
    after.diffs?.filter(each => each.change === 'changed').map(each => each.release),
    ['etcd-aws', 'etcd-gcp', 'etcd-witness'],
    'the token of its etcd cluster carries its name',
  );
});

test('that the base branch went on is said, and its changes are not taken for ours', async t => {
  const repository = fleet(t);
  repository.edit(file, 'rehearsal/nodeos:1', 'rehearsal/nodeos:2');
  const head = repository.commit();
  repository.git('switch', '--quiet', 'main');
  repository.edit('environments/mainnet/environment.yaml', 'rehearsal/nodeos:1', 'rehearsal/nodeos:3');
  repository.commit();
  const verdict = await judge(repository, { head });
  t.is(of(verdict, 'mainnet').change, 'untouched');
  t.regex(
    of(verdict, 'testnet').notes.join('\n'),
    /base branch has a commit on environments or charts that this branch lacks/,
  );
});

test('what was wrong before in an environment that is left alone is a warning, unless that one is asked for', async t => {
  const repository = fleet(t);
  repository.git('switch', '--quiet', 'main');
  repository.edit('environments/mainnet/environment.yaml', 'soak: 5s', 'soak: soon');
  repository.commit();
  repository.git('switch', '--quiet', '--create', 'later');
  repository.edit(file, 'rehearsal/nodeos:1', 'rehearsal/nodeos:2');
  const levels = (verdict: Verdict) => of(verdict, 'mainnet').problems.map(each => `${each.rule} ${each.level}`);
  const verdict = await judge(repository);
  t.deepEqual(levels(verdict), ['schema warning']);
  t.regex(of(verdict, 'mainnet').notes.join(), /was wrong before/);
  t.deepEqual(levels(await judge(repository, { only: ['mainnet'] })), ['schema error']);
  repository.edit('environments/mainnet/environment.yaml', 'soak: soon', 'soak: later');
  t.deepEqual(levels(await judge(repository)), ['schema error'], 'who touches it mends it');
});

test('a live fleet that cannot be reached is said, and the forecast is from the files', async t => {
  const repository = fleet(t);
  repository.edit(file, 'rehearsal/nodeos:1', 'rehearsal/nodeos:2');
  const openFleet = async () => {
    throw new Error('no such context');
  };
  const { forecast, notes } = of(await judge(repository, { openFleet }), 'testnet');
  t.is(forecast?.source, 'files');
  t.regex(notes.join('\n'), /The live fleet cannot be reached, so the forecast is from the files: no such context/);
});

test('a change of the checks themselves is told by its files, and one of environments and charts is none', async t => {
  const repository = fleet(t);
  repository.edit(file, 'rehearsal/nodeos:1', 'rehearsal/nodeos:2');
  const own = ['.github/workflows/validate.yml', 'core/validation/rules/secrets.ts', 'package-lock.json'];
  repository.write(Object.fromEntries(['docs/rules.md', 'charts/notes.md', ...own].map(path => [path, 'new\n'])));
  repository.commit();
  t.deepEqual((await judge(repository)).checks, own);
});

test('that the code which computes releases changes as well is said, since the diff cannot show what that does', async t => {
  const repository = fleet(t);
  repository.write({ 'core/environment/releases.ts': '// new\n' });
  const verdict = await judge(repository);
  t.deepEqual(
    verdict.environments.map(({ name, change }) => `${name} ${change}`),
    ['mainnet changed', 'testnet changed'],
  );
  t.regex(of(verdict, 'testnet').notes.join('\n'), /Both sides were computed by one and the same code/);
});
