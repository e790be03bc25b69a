import test from 'ava';
import { claimVersion } from '#core/failover/claim.ts';
import type { Presence } from '#core/failover/status.ts';
import { slotStartMs } from '#core/slots.ts';
import { type FailoverPlan, failOver, planFailover, prepareFailover } from '#operations/failover.ts';
import { handOver } from '#operations/handover.ts';
import type { Picture } from '#operations/picture.ts';
import { nodeosView, presence } from '../core/failover/presences.ts';
import { FakeFleet } from '../fakes/fleet.ts';

const options = { target: undefined, by: 'tester', id: 'request-1' };

test('the report names who holds, who would take and when our window is, and changes nothing', async t => {
  const fleet = FakeFleet.running('aws-a');
  const { plan, refusal } = await prepareFailover(fleet, undefined);
  t.is(refusal, undefined);
  t.like(plan, { holder: 'aws-a', epoch: 3, holderProblems: [], windowInSeconds: 49 });
  t.true(plan?.standbys.some(each => each.node === plan.takes));
  t.deepEqual(fleet.actions, []);
  t.is(fleet.etcd.get(fleet.keys.request), undefined);
});

test('the named standby takes the claim without the holder', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.silent.add('aws-a');
  const plan = await planned(fleet, 'gcp-b');
  t.deepEqual(plan.holderProblems, ['its monitor is gone: it has no presence in etcd']);
  const result = await failOver(fleet, plan, { ...options, target: 'gcp-b' });
  t.like(result, { kind: 'done', from: 'aws-a', to: 'gcp-b', epoch: 4 });
  t.deepEqual(fleet.actions, ['failover aws-a gcp-b']);
  t.is(fleet.etcd.get(fleet.keys.request), undefined);
});

test('nobody acts on it later: it hangs on a lease that is not renewed, and is withdrawn after 20 s', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'ignore';
  const plan = await planned(fleet, undefined);
  const before = fleet.nowMs;
  let ttlSeconds = 0;
  fleet.onTick = () => {
    ttlSeconds = [...fleet.etcd.leases.values()][0]?.ttlSeconds ?? 0;
  };
  t.like(await failOver(fleet, plan, options), { kind: 'unconfirmed' });
  t.is(fleet.nowMs - before, 20_000);
  t.is(ttlSeconds, 60);
  t.is(fleet.etcd.get(fleet.keys.request), undefined);
});

test('it takes the place of a handover that waits, whose asker hears of it', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'ignore';
  const plan = await planned(fleet, 'gcp-b');
  let failover: ReturnType<typeof failOver> | undefined;
  const waiting = handOver(fleet, {
    ...options,
    id: 'request-2',
    moment: 'gap',
    onWait: async () => {
      failover ??= failOver(fleet, plan, { ...options, target: 'gcp-b', by: 'alice' });
    },
  });
  t.deepEqual(await waiting, {
    kind: 'refused',
    reason: 'the failover to gcp-b that alice asked for took the place of this one.',
  });
  fleet.handovers = 'serve';
  t.like(await failover, { kind: 'done', to: 'gcp-b' });
});

test('a claim that moved since the report is not taken a second time', async t => {
  const fleet = FakeFleet.running('aws-a');
  const plan = await planned(fleet, 'gcp-b');
  fleet.hold('aws-b', 4);
  t.deepEqual(await failOver(fleet, plan, { ...options, target: 'gcp-b' }), {
    kind: 'unconfirmed',
    reason: 'aws-b took the claim meanwhile, not gcp-b.',
  });
});

const refused = test.macro<[string, string | undefined, (fleet: FakeFleet) => void, RegExp]>({
  async exec(t, _title, target, change, reason) {
    const fleet = FakeFleet.running('aws-a');
    change(fleet);
    t.regex((await prepareFailover(fleet, target)).refusal ?? '', reason);
  },
  title: (_provided, title) => `${title} is refused before anybody is asked`,
});
const others = ['aws-b', 'gcp-a', 'gcp-b'];
const drain = (fleet: FakeFleet, ...nodes: string[]) => {
  for (const node of nodes) fleet.etcd.put(`${fleet.keys.drain}${node}`, '{}');
};
const silence = (fleet: FakeFleet, ...nodes: string[]) => {
  for (const node of nodes) fleet.silent.add(node);
};

test(refused, 'an unknown node', 'oci-a', () => {}, /no node oci-a; testnet has aws-a, aws-b/);
test(refused, 'the holder', 'aws-a', () => {}, /aws-a holds the claim already/);
test(refused, 'a drained node', 'gcp-a', fleet => drain(fleet, 'gcp-a'), /gcp-a cannot: it is draining/);
test(refused, 'a node that is down', 'gcp-a', fleet => silence(fleet, 'gcp-a'), /gcp-a is not present in etcd/);
test(refused, 'no node that could', undefined, fleet => drain(fleet, ...others), /gcp-b cannot/);
test(refused, 'a fleet of one', undefined, fleet => silence(fleet, ...others), /no standby is present/);
test(refused, 'a missing claim', undefined, fleet => fleet.etcd.keys.delete(fleet.keys.claim), /the claim is missing/);

test('a holder whose monitor was started anew is a standby, and may take its own claim', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.monitorChanges.set('aws-a', { incarnation: 'aws-a/2' });
  silence(fleet, ...others);
  for (const target of ['aws-a', undefined]) {
    const { plan, refusal } = await prepareFailover(fleet, target);
    t.is(refusal, undefined);
    t.like(plan, { takes: 'aws-a', holderProblems: ['its monitor restarted and is a standby now'] });
  }
});

const problem = test.macro<[string, Partial<Presence>, string[]]>({
  exec(t, _title, changes, expected) {
    const holder = presence('a', { role: 'holding', nodeos: nodeosView({ paused: false }), ...changes });
    const { plan } = planFailover(picture([holder, presence('b')]), { target: undefined, window: undefined, nowMs: 0 });
    t.deepEqual(plan?.holderProblems, expected);
  },
  title: (_provided, title) => title,
});
test(problem, 'a holder that signs has no problem', {}, []);
test(problem, 'a holder whose nodeos is silent', { nodeos: nodeosView({ alive: false }) }, [
  'its nodeos does not answer',
]);
test(problem, 'a holder that does not sign yet', { role: 'resuming' }, ['it is resuming']);
test(problem, 'a holder that was paused', { nodeos: nodeosView({ paused: true }) }, ['its nodeos is paused']);
test(problem, 'a holder that restarted', { incarnation: 'a-2' }, ['its monitor restarted and is a standby now']);
test(problem, 'a holder that lags', { why: ['its head is 9 slots behind'] }, ['its head is 9 slots behind']);

test('standbys that do not hear the holder are named', t => {
  const holder = presence('a', { role: 'holding', nodeos: nodeosView({ paused: false }) });
  const seen = picture([holder, presence('b', { unheardSlot: 7 })]);
  const { plan } = planFailover(seen, { target: undefined, window: undefined, nowMs: 0 });
  t.deepEqual(plan?.holderProblems, ['its latest blocks did not reach b']);
});

test('within our window the report says 0 seconds, and after it nothing', t => {
  const at = (slot: number) =>
    planFailover(picture([presence('b')]), {
      target: undefined,
      window: { first: 100, last: 111 },
      nowMs: slotStartMs(slot),
    }).plan?.windowInSeconds;
  t.deepEqual([at(79), at(99), at(105), at(112)], [10, 0, 0, null]);
});

async function planned(fleet: FakeFleet, target: string | undefined): Promise<FailoverPlan> {
  const { plan, refusal } = await prepareFailover(fleet, target);
  if (plan === undefined || refusal !== undefined) throw new Error(refusal);
  return plan;
}

function picture(nodes: Presence[]): Picture {
  const stored = { v: claimVersion, slot: 1000, digest: '', holder: 'a', incarnation: 'a-1', epoch: 3 };
  const nothing = { drains: [], maintenance: undefined, request: undefined, answer: undefined, history: [] };
  return { claim: { kind: 'held', holder: 'a', epoch: 3 }, stored, nodes, ...nothing };
}
