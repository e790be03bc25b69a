import test from 'ava';
import { askWithin } from '#operations/ask-within.ts';
import { toExits } from '#operations/fleet.ts';
import { readFleetStatus } from '#operations/status.ts';
import { renderStatus } from '../../cli/status-table.ts';
import { FakeFleet } from '../fakes/fleet.ts';

const quick = { releases: false };

test('a fleet that is well has nothing to say but who signs', async t => {
  const status = await readFleetStatus(FakeFleet.running('aws-a'), { releases: true });
  t.deepEqual(status.alarms, []);
  t.like(status.claim, { kind: 'held', holder: 'aws-a', epoch: 3 });
  t.like(status.nodes[0], { node: 'aws-a', cluster: 'aws', role: 'holding', producing: true, release: 'current' });
  t.like(status.nodes[1], {
    node: 'aws-b',
    role: 'standby',
    producing: false,
    eligible: true,
    restarts: 0,
    headLagSlots: 0,
  });
  t.like(status.members[0], { member: 'aws', healthy: true, leader: true, term: '7' });
});

test('a node that is outdated or silent is told', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.silent.add('gcp-b');
  fleet.want('nodeos:2', release => release.name === 'aws-b');
  const { nodes, alarms } = await readFleetStatus(fleet, { releases: true });
  t.deepEqual(
    nodes.map(({ node, role, release }) => [node, role, release]),
    [
      ['aws-a', 'holding', 'current'],
      ['aws-b', 'standby', 'outdated'],
      ['gcp-a', 'standby', 'current'],
      ['gcp-b', 'unknown', 'current'],
    ],
  );
  t.deepEqual(alarms, ['gcp-b: its monitor does not answer, and is not present in etcd']);
});

test('maintenance, drains and an open request are said', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.etcd.put(fleet.keys.maintenance, JSON.stringify({ v: 1, by: 'alice', why: 'racks', atMs: 0 }));
  fleet.etcd.put(`${fleet.keys.drain}gcp-a`, JSON.stringify({ v: 1, by: 'bob', why: 'disk', atMs: 1000 }));
  const request = { v: 1, kind: 'handover', id: 'r', target: null, moment: 'gap', by: 'carol' };
  fleet.etcd.put(fleet.keys.request, JSON.stringify(request));
  const status = await readFleetStatus(fleet, quick);
  t.deepEqual(status.maintenance, { by: 'alice', why: 'racks', at: null });
  t.deepEqual(status.drains, [{ node: 'gcp-a', by: 'bob', why: 'disk', at: '1970-01-01T00:00:01.000Z' }]);
  t.deepEqual(status.request, { kind: 'handover', target: null, by: 'carol', accepted: false });
  t.deepEqual(status.nodes.find(each => each.node === 'gcp-a')?.why, ['it is draining']);
});

test('a member that is away is in trouble, and hides nothing', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.etcd.away.add('aws');
  const { claim, nodes, members, alarms } = await readFleetStatus(fleet, quick);
  t.is(claim.holder, 'aws-a');
  t.true(nodes.every(each => each.source === 'etcd'));
  t.like(members[0], { member: 'aws', healthy: false, problem: 'aws does not answer' });
  t.deepEqual(alarms, ['etcd members in trouble: aws']);
});

test('without etcd the monitors are asked themselves', async t => {
  const fleet = FakeFleet.running('aws-a');
  for (const member of ['aws', 'gcp', 'witness']) fleet.etcd.away.add(member);
  const { claim, nodes, alarms } = await readFleetStatus(fleet, quick);
  t.like(claim, { kind: 'unknown', holder: null });
  t.true(nodes.every(each => each.source === 'monitor' && each.role !== 'unknown'));
  t.regex(alarms[0] ?? '', /^no etcd member can be asked from here .*: aws: aws does not answer/);
});

test('a cluster that cannot be reached is a problem of its nodes alone', async t => {
  const fleet = FakeFleet.running('aws-a');
  const { pod } = fleet.workloads;
  fleet.workloads.pod = async release => {
    if (release.cluster === 'gcp') throw new Error('cluster gcp: no route\nat some line');
    return await pod(release);
  };
  const { nodes } = await readFleetStatus(fleet, quick);
  t.deepEqual(
    nodes.map(each => each.problems),
    [[], [], ...Array(2).fill(['Kubernetes does not tell of its pod: cluster gcp: no route'])],
  );
});

const ended = test.macro<[string, { exitCode: number | null; running: boolean; ready?: boolean }, RegExp]>({
  async exec(t, _title, { exitCode, running, ready = false }, expected) {
    const fleet = FakeFleet.running('aws-a');
    fleet.exits.set('gcp-a', [{ container: 'nodeos', restarts: 4, exitCode, running }]);
    if (!ready) fleet.podStartMs = Number.POSITIVE_INFINITY;
    const { nodes } = await readFleetStatus(fleet, quick);
    t.regex(nodes.find(each => each.node === 'gcp-a')?.problems[0] ?? 'none', expected);
  },
  title: (_provided, title) => title,
});
test(
  ended,
  'exit code 2 means a dirty database, and what to do',
  { exitCode: 2, running: false },
  /^database dirty \(exit code 2\): restore from a snapshot, keep finalizers\//,
);
test(
  ended,
  'it stays so while nodeos starts again and is not ready',
  { exitCode: 2, running: true },
  /^database dirty/,
);
test(ended, 'a node that came back from it is well', { exitCode: 2, running: true, ready: true }, /^none$/);
test(
  ended,
  'a crash loop tells its exit code',
  { exitCode: 1, running: false },
  /^nodeos ended with exit code 1 and was restarted 4 times/,
);

test('how containers ended is read off the pod', t => {
  const pod = {
    status: {
      initContainerStatuses: [{ name: 'monitor', restartCount: 0, state: { running: {} } }],
      containerStatuses: [
        { name: 'nodeos', restartCount: 3, state: { waiting: {} }, lastState: { terminated: { exitCode: 2 } } },
      ],
    },
  };
  t.deepEqual(toExits(pod), [
    { container: 'monitor', restarts: 0, exitCode: null, running: true },
    { container: 'nodeos', restarts: 3, exitCode: 2, running: false },
  ]);
  t.deepEqual(toExits({}), []);
});

test('a holder in trouble, a claim far ahead and a chain that stands still are alarms', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.silent.add('aws-a');
  t.true(
    (await readFleetStatus(fleet, quick)).alarms.includes(
      'aws-a holds the claim, but its monitor is gone: it has no presence in etcd',
    ),
  );
  fleet.silent.clear();
  fleet.nowMs += 2 * 3600_000;
  fleet.hold('aws-a', 3);
  fleet.nowMs -= 2 * 3600_000;
  t.regex((await readFleetStatus(fleet, quick)).alarms[0] ?? '', /^the claim lies 2 h ahead .*reset-claim/);
  const { nodeos } = (await fleet.nodes.look('gcp-a')) ?? {};
  if (nodeos === undefined) return t.fail('gcp-a does not answer');
  for (const node of await fleet.nodes.names())
    fleet.monitorChanges.set(node, { nodeos: { ...nodeos, headSlot: nodeos.headSlot - 240 } });
  t.regex((await readFleetStatus(fleet, quick)).alarms.at(-1) ?? '', /^the newest head is 2 min old/);
});

test('a holder in trouble is not said to sign', async t => {
  const fleet = FakeFleet.running('aws-a');
  const headline = async () => renderStatus(await readFleetStatus(fleet, quick)).split('\n')[1] ?? '';
  t.regex(await headline(), /^claim: aws-a signs, epoch 3/);
  fleet.silent.add('aws-a');
  t.regex(await headline(), /^claim: aws-a holds it and is in trouble, epoch 3/);
});

test('a claim that nobody extends for five minutes is an alarm, though its holder looks well', async t => {
  const fleet = FakeFleet.running('aws-a');
  const said = async () =>
    (await readFleetStatus(fleet, quick)).alarms.filter(each => each.startsWith('no slot of ours'));
  fleet.hold('aws-a', 3);
  t.deepEqual(await said(), []);
  fleet.nowMs += 290_000;
  t.deepEqual(await said(), []);
  fleet.nowMs += 3600_000;
  t.deepEqual(await said(), [
    'no slot of ours was claimed for 65 min: nobody produces, unless the producer is not in the schedule',
  ]);
});

test('in maintenance a holder that is gone is told with the way out', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.etcd.put(fleet.keys.maintenance, JSON.stringify({ v: 1, by: 'me', why: 'a test', atMs: fleet.nowMs }));
  const said = async () => (await readFleetStatus(fleet, quick)).alarms.filter(each => each.includes('in maintenance'));
  t.deepEqual(await said(), []);
  fleet.silent.add('aws-a');
  t.deepEqual(await said(), [
    'its holder is gone, and in maintenance nobody takes it: end the maintenance, or "active-eos failover"',
  ]);
});

test('who does not answer in time is not asked a second time meanwhile', async t => {
  const ask = askWithin(5);
  const { promise, resolve } = Promise.withResolvers<string>();
  let asked = 0;
  const work = () => {
    asked++;
    return promise;
  };
  t.deepEqual(await ask('a', work), { kind: 'silent', problem: 'no answer within 0.005 s' });
  const second = ask('a', work);
  resolve('late');
  t.deepEqual(await second, { kind: 'answer', value: 'late' });
  t.is(asked, 1);
  t.deepEqual(await ask('b', () => Promise.reject(new Error('no\nat a line'))), { kind: 'silent', problem: 'no' });
});

test('a block of ours that no claim carries comes first, and once', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.silent.add('gcp-b');
  const alarms = [{ at: '', slot: 7, num: 5, id: 'ab' }];
  for (const node of ['aws-b', 'gcp-a']) fleet.monitorChanges.set(node, { alarms });
  fleet.monitorChanges.set('aws-a', { solo: { phase: 'closing', detail: 'etcd is back' } });
  const status = await readFleetStatus(fleet, quick);
  t.deepEqual(status.record.unclaimed, alarms);
  t.deepEqual(status.alarms.slice(0, 2), [
    'block 5 (slot 7, ab) is ours, but no claim carries it: somebody else signs with our key',
    'aws-a: solo, closing: etcd is back',
  ]);
});

test('our slots are told as the monitor saw them that has counted longest', async t => {
  const fleet = FakeFleet.running('aws-a');
  t.is((await readFleetStatus(fleet, quick)).record.slots, null, 'monitors of earlier versions do not say');
  fleet.monitorChanges.set('aws-b', { slots: { produced: 24, missed: 0, unknown: 0 } });
  fleet.monitorChanges.set('gcp-a', { slots: { produced: 1259, missed: 1, unknown: 2 } });
  const { record } = await readFleetStatus(fleet, quick);
  t.deepEqual(record.slots, { node: 'gcp-a', produced: 1259, missed: 1, unknown: 2 });
});

test('a clock in trouble is an alarm while it lasts, and stays on record', async t => {
  const fleet = FakeFleet.running('aws-a');
  const reason = 'the wall clock moved 300 ms against the monotonic clock; no signature for 2 s';
  const at = (second: string) => `2026-01-01T00:00:${second}.000Z`;
  const other = { at: at('01'), slot: 1, decision: 'handover', reason: 'asked' };
  fleet.monitorChanges.set('aws-b', { decisions: [other, { at: at('09'), slot: 9, decision: 'clock moved', reason }] });
  fleet.monitorChanges.set('gcp-a', {
    eligible: false,
    why: ["its clock is 300 ms away from its fellows' median", 'it is draining'],
    decisions: [{ at: at('05'), slot: 5, decision: 'clock moved', reason }],
  });
  const { record, alarms } = await readFleetStatus(fleet, quick);
  t.deepEqual(alarms, ["gcp-a: its clock is 300 ms away from its fellows' median"]);
  t.deepEqual(
    record.clockMoves.map(each => [each.node, each.at, each.text]),
    [
      ['gcp-a', at('05'), reason],
      ['aws-b', at('09'), reason],
    ],
  );
});

test('a full database is an alarm of its own, and no loss of the majority', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.etcd.alarms.push({ memberId: '7', alarm: 'NOSPACE' });
  const { members, alarms } = await readFleetStatus(fleet, quick);
  t.regex(alarms[0] ?? '', /^etcd's database is full, so nobody can claim: .*etcdctl alarm disarm/);
  t.is(alarms.length, 1);
  t.like(members[0], { healthy: false, votes: true, alarms: ['NOSPACE'] });
  fleet.etcd.away.add('gcp');
  t.regex((await readFleetStatus(fleet, quick)).alarms[1] ?? '', /^etcd members in trouble: gcp/);
});

test('without Helm, or with a cluster that Helm cannot reach, the rest is shown', async t => {
  const fleet = FakeFleet.running('aws-a');
  const { deployed, render } = fleet.helm;
  fleet.helm.deployed = async release => {
    if (release.cluster === 'gcp') throw new Error('no route');
    return await deployed(release);
  };
  const status = await readFleetStatus(fleet, { releases: true });
  t.deepEqual(status.notes, ['releases of gcp are not compared: no route']);
  t.deepEqual(
    status.nodes.map(each => each.release),
    ['current', 'current', 'unknown', 'unknown'],
  );
  fleet.helm.render = async () => {
    throw new Error('helm is not there');
  };
  const without = await readFleetStatus(fleet, { releases: true });
  fleet.helm.render = render;
  t.deepEqual(without.notes, ['releases are not compared: helm is not there']);
  t.is(without.claim.holder, 'aws-a');
});
