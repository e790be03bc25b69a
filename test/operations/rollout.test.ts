import test from 'ava';
import { slotAt } from '#core/slots.ts';
import { type RolloutOptions, runCanary, runPromote } from '#operations/rollout.ts';
import { FakeFleet } from '../fakes/fleet.ts';

const options: RolloutOptions = {
  by: 'tester',
  id: 'run-1',
  dryRun: false,
  stability: { windowSeconds: 1 },
  report: () => {},
};

function wanting(image: string, holder = 'aws-a'): FakeFleet {
  const fleet = FakeFleet.running(holder);
  fleet.want(image);
  return fleet;
}

test("a canary upgrades the first cluster's standby that is last to take over, and nothing else", async t => {
  const fleet = wanting('nodeos:2');
  const before = fleet.nowMs;
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'done', report.why);
  t.deepEqual(fleet.actions, ['upgrade aws-b']);
  t.true(fleet.nowMs - before >= 60_000, 'the soak was not waited for');
  t.is(fleet.etcd.open, 0);
});

test('promote goes cluster by cluster, hands over to another site and upgrades the old active last', async t => {
  const fleet = wanting('nodeos:2');
  t.is((await runCanary(fleet, options)).outcome, 'done');
  const report = await runPromote(fleet, { ...options, id: 'run-2' });
  t.is(report.outcome, 'done', report.why);
  t.deepEqual(fleet.actions, [
    'upgrade aws-b',
    'upgrade gcp-b',
    'upgrade gcp-a',
    'handover aws-a gcp-a',
    'upgrade aws-a',
  ]);
  t.like(report.handover, { from: 'aws-a', to: 'gcp-a', epoch: 4 });
  t.deepEqual(
    report.nodes.map(each => each.imagesAfter),
    Array.from({ length: 4 }, () => ['nodeos:2']),
  );
  t.is(fleet.etcd.get(fleet.keys.rollout), undefined, 'the lock was left behind');
});

test('nothing changed: nothing is done, and it says so', async t => {
  const fleet = FakeFleet.running();
  const report = await runCanary(fleet, options);
  t.like(report, { outcome: 'nothing-to-do', why: 'nothing changed' });
  t.is((await runPromote(fleet, options)).outcome, 'nothing-to-do');
  t.deepEqual(fleet.actions, []);
});

test('promote refuses while no canary has been upgraded', async t => {
  const fleet = wanting('nodeos:2');
  const report = await runPromote(fleet, options);
  t.is(report.outcome, 'refused');
  t.regex(report.why, /Run the canary first/);
  t.deepEqual(fleet.actions, []);
});

test('an image that does not exist is rolled back once, and the active node is left alone', async t => {
  const fleet = wanting('nodeos:missing');
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'failed');
  t.regex(report.why, /aws-b: .*ErrImagePull/);
  t.deepEqual(fleet.actions, ['upgrade aws-b', 'rollback aws-b']);
  t.like(report.failure, { node: 'aws-b', rollback: 'done', events: ['Failed: no such image'] });
  t.deepEqual(report.failure?.logs, ['nodeos: last words of aws-b']);
  t.is(fleet.running('aws-b'), 'nodeos:1');
  t.is(fleet.etcd.get(fleet.keys.rollout), undefined);
});

test('a node that never becomes ready fails at the time the environment gives it', async t => {
  const fleet = wanting('nodeos:crash');
  const before = fleet.nowMs;
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'failed');
  t.regex(report.why, /not proven within/);
  const waited = (fleet.nowMs - before) / 1000;
  t.true(waited >= 300 && waited < 400, `${waited} s`);
});

test('a pod of the bad revision that stays is deleted by its uid', async t => {
  const fleet = wanting('nodeos:missing');
  fleet.stuckPods = true;
  const report = await runCanary(fleet, options);
  t.deepEqual(fleet.actions, ['upgrade aws-b', 'rollback aws-b', 'delete-pod aws-b']);
  t.is(report.failure?.rollback, 'done');
  t.is(fleet.running('aws-b'), 'nodeos:1');
});

test('a rolled back canary is tried again by the next run, not promoted', async t => {
  const fleet = wanting('nodeos:missing');
  await runCanary(fleet, options);
  const report = await runPromote(fleet, { ...options, id: 'run-2' });
  t.is(report.outcome, 'refused');
  t.is(fleet.actions.filter(each => each.startsWith('upgrade')).length, 1);
});

test('a node that degrades while it is watched is rolled back', async t => {
  const fleet = wanting('nodeos:2');
  const started = fleet.nowMs;
  fleet.onTick = () => {
    if (fleet.nowMs - started > 30_000) fleet.monitorChanges.set('aws-b', { eligible: false, why: ['lags'] });
  };
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'failed');
  t.regex(report.why, /degraded while watched: monitor: standby, lags/);
  t.deepEqual(fleet.actions, ['upgrade aws-b', 'rollback aws-b']);
});

test('an etcd that is not stable refuses the rollout before anything is applied', async t => {
  const fleet = wanting('nodeos:2');
  fleet.etcd.away.add('witness');
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'refused');
  t.regex(report.why, /2 of 3 members are healthy/);
  t.deepEqual(fleet.actions, []);
});

test('a second run is refused and hears who holds the lock since when', async t => {
  const fleet = wanting('nodeos:2');
  const holder = { by: 'alice', id: 'other', since: '2026-01-01T00:00:00.000Z' };
  fleet.etcd.put(fleet.keys.rollout, JSON.stringify(holder));
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'refused');
  t.regex(report.why, /alice at 2026-01-01/);
  t.deepEqual(fleet.actions, []);
});

test('the lock of a run that was killed is waited for until its lease ends', async t => {
  const fleet = wanting('nodeos:2');
  fleet.etcd.leases.set('dead', { ttlSeconds: 30, endMs: fleet.nowMs + 20_000 });
  fleet.etcd.put(fleet.keys.rollout, '{"by":"killed"}', 'dead');
  t.is((await runCanary(fleet, options)).outcome, 'done');
});

test('a run that loses its lock stops', async t => {
  const fleet = wanting('nodeos:2');
  fleet.onTick = () => fleet.etcd.leases.clear();
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'failed');
  t.regex(report.why, /lock of this rollout has expired/);
});

test('a standby that takes the claim just before its upgrade is not touched', async t => {
  const fleet = wanting('nodeos:2');
  let reads = 0;
  const original = fleet.etcd.use.bind(fleet.etcd);
  // The lock is confirmed right before the upgrade: that is when the claim moves.
  fleet.etcd.use = (member, work) => {
    reads += 1;
    if (fleet.etcd.leases.size > 0 && fleet.holder() === 'aws-a' && reads > 2) fleet.hold('aws-b', 9);
    return original(member, work);
  };
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'done', report.why);
  t.false(fleet.actions.includes('upgrade aws-b'));
  t.deepEqual(fleet.actions, ['upgrade aws-a']);
  t.true(report.steps.some(each => each.outcome === 'overtaken'));
});

test('supervised: stops before the handover and leaves the active node to a person', async t => {
  const fleet = wanting('nodeos:2');
  fleet.environment.rollout.activeUpdate = 'supervised';
  await runCanary(fleet, options);
  const report = await runPromote(fleet, { ...options, id: 'run-2' });
  t.is(report.outcome, 'waiting');
  t.regex(report.why, /hand over from aws-a, such as to gcp-a/);
  t.is(fleet.running('aws-a'), 'nodeos:1');
  t.is(fleet.holder(), 'aws-a');
  fleet.hold('gcp-b', 5);
  t.is((await runPromote(fleet, { ...options, id: 'run-3' })).outcome, 'done');
  t.is(fleet.running('aws-a'), 'nodeos:2');
});

for (const handovers of ['refuse', 'ignore'] as const) {
  test(`a handover that monitors ${handovers} fails the run, withdraws the request and leaves the active as it is`, async t => {
    const fleet = wanting('nodeos:2');
    await runCanary(fleet, options);
    fleet.handovers = handovers;
    const report = await runPromote(fleet, { ...options, id: 'run-2' });
    t.is(report.outcome, 'failed');
    t.regex(report.why, handovers === 'refuse' ? /aws-a refused: not now/ : /did not move within/);
    t.is(fleet.etcd.get(fleet.keys.request), undefined);
    t.is(fleet.running('aws-a'), 'nodeos:1');
    t.is(fleet.holder(), 'aws-a');
  });
}

test('an active node whose monitor is silent stops the run before a standby is taken from it', async t => {
  const fleet = wanting('nodeos:2');
  fleet.silent.add('aws-a');
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'failed');
  t.regex(report.why, /no standby is taken from it/);
  t.deepEqual(fleet.actions, []);
});

test('a release whose Helm was killed half-way is freed and then upgraded', async t => {
  const fleet = wanting('nodeos:2');
  const history = fleet.history.get('aws-b') ?? [];
  history.push({ revision: 2, status: 'pending-upgrade', manifest: 'image: nodeos:2', description: '' });
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'done', report.why);
  t.deepEqual(fleet.actions, ['rollback aws-b', 'upgrade aws-b']);
});

test('a release that Helm refuses is rolled back and reported', async t => {
  const fleet = wanting('nodeos:2');
  fleet.onAction = action => {
    if (action === 'upgrade aws-b') throw new Error('values do not fit the schema');
  };
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'failed');
  t.regex(report.why, /values do not fit the schema/);
  t.is(fleet.running('aws-b'), 'nodeos:1');
});

test('etcd members are upgraded one at a time, the leader last and without its leadership', async t => {
  const fleet = FakeFleet.running();
  fleet.etcd.leader = 'aws';
  fleet.want('etcd:2', release => release.node === undefined);
  t.is((await runCanary(fleet, options)).outcome, 'nothing-to-do');
  fleet.onAction = action => {
    if (action === 'upgrade etcd-aws') t.not(fleet.etcd.leader, 'aws');
  };
  const report = await runPromote(fleet, options);
  t.is(report.outcome, 'done', report.why);
  t.deepEqual(fleet.actions, ['upgrade etcd-gcp', 'upgrade etcd-witness', 'upgrade etcd-aws']);
});

test('a dry run says what would be done and touches nothing, not even the lock', async t => {
  const fleet = wanting('nodeos:2');
  const report = await runCanary(fleet, { ...options, dryRun: true });
  t.is(report.outcome, 'planned');
  t.deepEqual(
    report.planned.map(each => each.kind),
    ['upgrade', 'prove', 'prove'],
  );
  t.deepEqual(fleet.actions, []);
  t.is(fleet.etcd.leases.size, 0);
});

test('without etcd nothing is decided: the run fails before it starts', async t => {
  const fleet = wanting('nodeos:2');
  for (const member of ['aws', 'gcp', 'witness']) fleet.etcd.away.add(member);
  const report = await runCanary(fleet, options);
  t.is(report.outcome, 'refused');
  t.regex(report.why, /no etcd member could be asked.*Nothing is changed/);
});

test('a run killed after any of its actions is finished by the next one, with the same order', async t => {
  const whole = ['upgrade aws-b', 'upgrade gcp-b', 'upgrade gcp-a', 'handover aws-a gcp-a', 'upgrade aws-a'];
  for (let killAt = 0; killAt < 4; killAt++) {
    const fleet = wanting('nodeos:2');
    let upgrades = 0;
    fleet.onTick = () => {
      upgrades = fleet.actions.length;
      if (upgrades > killAt) throw new Error('killed');
    };
    for (const part of [runCanary, runPromote]) await part(fleet, options).catch(() => undefined);
    fleet.onTick = () => {};
    fleet.etcd.leases.clear();
    for (const part of [runCanary, runPromote]) {
      const report = await part(fleet, { ...options, id: `again-${killAt}` });
      t.true(['done', 'nothing-to-do'].includes(report.outcome), `killed at ${killAt}: ${report.why}`);
    }
    t.deepEqual(fleet.actions, whole, `killed at ${killAt}`);
  }
});

test('a canary that degrades long after its upgrade stops the rollout and is left as it is', async t => {
  const fleet = wanting('nodeos:2');
  await runCanary(fleet, options);
  fleet.nowMs += 86_400_000;
  fleet.monitorChanges.set('aws-b', { eligible: false, why: ['lags'] });
  const report = await runPromote(fleet, { ...options, id: 'run-2' });
  t.is(report.outcome, 'failed');
  t.like(report.failure, { node: 'aws-b', rollback: 'none' });
  t.deepEqual(fleet.actions, ['upgrade aws-b']);
});

test('an etcd member is restarted between our windows', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.want('etcd:2', release => release.node === undefined);
  const first = slotAt(fleet.nowMs) + 8;
  fleet.monitorChanges.set('aws-a', { window: { first, last: first + 11 } });
  fleet.onAction = () => t.true(slotAt(fleet.nowMs) > first + 11, `slot ${slotAt(fleet.nowMs) - first} of our window`);
  t.is((await runPromote(fleet, options)).outcome, 'done');
  t.is(fleet.actions.length, 3);
});

test('a window that never ends holds an etcd member up only so long', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.want('etcd:2', release => release.node === undefined);
  fleet.monitorChanges.set('aws-a', { window: { first: 0, last: Number.MAX_SAFE_INTEGER } });
  t.is((await runPromote(fleet, options)).outcome, 'done');
});
