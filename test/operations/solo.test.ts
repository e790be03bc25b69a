import test from 'ava';
import type { SoloStatus } from '#core/failover/solo-record.ts';
import { readSolo, type SoloOptions, type SoloPod, type SoloPort, startSolo, stopSolo } from '#operations/solo.ts';
import { toPods, toReplicas } from '#operations/solo-place.ts';
import { FakeFleet } from '../fakes/fleet.ts';

const signing: SoloStatus = { phase: 'signing', detail: '', order: 'o1', by: 'me', fence: 7, slot: 9 };

/** A fleet without etcd in which only aws-a runs, and a monitor that obeys. */
function dark() {
  const fleet = FakeFleet.running('aws-b');
  for (const member of ['aws', 'gcp', 'witness']) fleet.etcd.away.add(member);
  const solo = (status: SoloStatus | null) =>
    fleet.monitorChanges.set('aws-a', { etcd: { reachable: false, detail: '' }, solo: status } as never);
  solo(null);
  const pods = new Map<string, SoloPod[]>([['aws', [{ name: 'aws-a-0', phase: 'Running', machine: 'm1' }]]]);
  const replicas = new Map<string, number>([['aws-a', 1]]);
  const silent = new Set<string>();
  const ordered: string[][] = [];
  const world = { answer: signing as SoloStatus | null };
  const port: SoloPort = {
    pods: async cluster => {
      if (silent.has(cluster)) throw new Error(`${cluster} is dark`);
      return pods.get(cluster) ?? [];
    },
    replicas: async ({ name }) => replicas.get(name) ?? 0,
    order: async (release, args) => {
      ordered.push([release.name, ...args]);
      solo(world.answer);
    },
    scaleCommand: ({ name }) => `scale ${name}`,
  };
  const options: SoloOptions = {
    node: 'aws-a',
    fenced: [],
    fencedAgain: [],
    by: 'me',
    id: 'o1',
    report: () => undefined,
  };
  const start = (changes: Partial<SoloOptions> = {}) => startSolo(fleet, port, { ...options, ...changes });
  return { fleet, port, pods, replicas, silent, ordered, world, start, options };
}

test('with all others scaled to zero and etcd gone the node is told, and signs', async t => {
  const { start, ordered } = dark();
  t.deepEqual(await start(), { kind: 'signing', status: signing });
  const others = ['aws-b', 'gcp-a', 'gcp-b'].flatMap(node => ['--other', `${node}: scaled to zero, no pod`]);
  t.deepEqual(ordered, [
    ['aws-a', 'start', '--others-are-off', '--others-are-off-again', '--id', 'o1', '--by', 'me', ...others],
  ]);
});

const refusals = test.macro<[(world: ReturnType<typeof dark>) => Partial<SoloOptions> | undefined, RegExp]>({
  async exec(t, change, message) {
    const world = dark();
    const result = await world.start(change(world) ?? {});
    if (result.kind !== 'refused') return t.fail(result.kind);
    t.is(result.problems.length, 1, result.problems.join('\n'));
    t.regex(result.problems[0] ?? '', message);
    t.deepEqual(world.ordered, []);
  },
  title: (title = '') => title,
});

test(
  'a node that is to run is in the way',
  refusals,
  ({ replicas }) => void replicas.set('gcp-b', 1),
  /gcp-b is to run 1 pod.*scale gcp-b/,
);
test(
  'a pod that has not ended is in the way',
  refusals,
  ({ pods }) => void pods.set('gcp', [{ name: 'gcp-a-0', phase: 'Running', machine: 'm9' }]),
  /gcp-a-0 is still there \(Running, on m9\)/,
);
test(
  'a pod of the producer that belongs to no node is in the way',
  refusals,
  ({ pods }) => void pods.set('witness', [{ name: 'old-0', phase: 'Running', machine: 'm9' }]),
  /old-0 in witness .* belongs to no node/,
);
test(
  'an etcd member that answers is in the way',
  refusals,
  ({ fleet }) => void fleet.etcd.away.delete('gcp'),
  /etcd answers \(gcp\)/,
);
test(
  'a monitor that reaches etcd is in the way',
  refusals,
  ({ fleet }) => void fleet.monitorChanges.set('aws-a', { etcd: { reachable: true, detail: '' } }),
  /the monitor of aws-a reaches etcd/,
);
test(
  'a monitor that is silent is in the way',
  refusals,
  ({ fleet }) => void fleet.silent.add('aws-a'),
  /aws-a does not answer/,
);
test(
  'a node that cannot be seen is in the way until it is said twice that it is off',
  refusals,
  ({ silent }) => {
    silent.add('gcp');
    return { fenced: ['gcp-a'], fencedAgain: ['gcp-a'] };
  },
  /gcp-b cannot be seen \(gcp is dark\)\. .*--fenced gcp-b --fenced-again gcp-b/,
);
test(
  'what was said once was not said',
  refusals,
  ({ silent }) => {
    silent.add('gcp');
    return { fenced: ['gcp-a', 'gcp-b'], fencedAgain: ['gcp-a'] };
  },
  /gcp-b was said to be fenced once/,
);
test(
  'a node whose cluster answers is not taken for fenced',
  refusals,
  () => ({ fenced: ['gcp-a'], fencedAgain: ['gcp-a'] }),
  /gcp-a is said to be fenced, but its cluster answers/,
);

test('nodes that were said twice to be fenced are off', async t => {
  const { start, silent, ordered } = dark();
  silent.add('gcp');
  t.is((await start({ fenced: ['gcp-a', 'gcp-b'], fencedAgain: ['gcp-b', 'gcp-a'] })).kind, 'signing');
  t.true(ordered[0]?.includes('gcp-b: fenced by hand'));
});

test('an order that the monitor refuses is refused', async t => {
  const { start, world } = dark();
  world.answer = { ...signing, phase: 'refused', detail: 'the windows are not known' };
  t.deepEqual(await start(), { kind: 'refused', problems: ['the windows are not known'] });
});

test('an order that is not obeyed in time is unconfirmed', async t => {
  const { start, world } = dark();
  world.answer = { ...signing, phase: 'waiting', detail: 'our windows are not known' };
  const result = await start();
  t.like(result, { kind: 'unconfirmed' });
});

test('a node told to stop is asked nothing else first', async t => {
  const { fleet, port, options, world, ordered } = dark();
  world.answer = { ...signing, phase: 'stopped' };
  t.like(await stopSolo(fleet, port, options), { kind: 'stopped', status: { phase: 'stopped' } });
  t.deepEqual(ordered, [['aws-a', 'stop', '--id', 'o1', '--by', 'me']]);
});

test('the status tells of each node, or that it is not known', async t => {
  const { fleet } = dark();
  fleet.monitorChanges.set('aws-a', { solo: signing } as never);
  fleet.monitorChanges.set('gcp-a', { solo: null } as never);
  t.deepEqual(await readSolo(fleet), [
    { node: 'aws-a', solo: signing },
    { node: 'aws-b', solo: 'unknown' },
    { node: 'gcp-a', solo: 'off' },
    { node: 'gcp-b', solo: 'unknown' },
  ]);
});

test('pods and replicas are read from raw objects', t => {
  const items = [
    { metadata: { name: 'a-0' }, spec: { nodeName: 'm1' }, status: { phase: 'Failed' } },
    { metadata: { name: 'b-0' } },
  ];
  t.deepEqual(toPods({ items }), [
    { name: 'a-0', phase: 'Failed', machine: 'm1' },
    { name: 'b-0', phase: 'unknown', machine: '' },
  ]);
  t.deepEqual(
    [{ spec: {} }, { spec: { replicas: 0 } }, { spec: { replicas: 0 }, status: { replicas: 1 } }].map(toReplicas),
    [1, 0, 1],
  );
});
