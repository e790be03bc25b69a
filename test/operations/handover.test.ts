import test from 'ava';
import { handOver } from '#operations/handover.ts';
import { FakeFleet } from '../fakes/fleet.ts';

const options = { target: undefined, moment: 'gap', by: 'tester', id: 'request-1' } as const;

test('production moves to the node asked for, and the new node says that it signs', async t => {
  const fleet = FakeFleet.running('aws-a');
  const result = await handOver(fleet, { ...options, target: 'gcp-b' });
  t.like(result, { kind: 'done', from: 'aws-a', to: 'gcp-b', epoch: 4 });
});

test('without a target the holder chooses', async t => {
  t.like(await handOver(FakeFleet.running('aws-a'), options), { kind: 'done', to: 'gcp-a' });
});

test('handing over to the holder, to nobody or from nobody is refused without asking', async t => {
  const fleet = FakeFleet.running('aws-a');
  t.regex(refusal(await handOver(fleet, { ...options, target: 'aws-a' })), /aws-a holds the claim already/);
  t.regex(refusal(await handOver(fleet, { ...options, target: 'oci-a' })), /no node oci-a; testnet has aws-a/);
  t.is(fleet.etcd.get(fleet.keys.request), undefined);
  fleet.hold('', 0);
  t.regex(refusal(await handOver(fleet, options)), /nobody holds the claim/);
});

test("the holder's refusal is passed on, and the request is withdrawn", async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'refuse';
  t.regex(refusal(await handOver(fleet, options)), /aws-a refused: not now/);
  t.is(fleet.etcd.get(fleet.keys.request), undefined);
});

for (const [moment, seconds] of [
  ['now', 30],
  ['gap', 252],
] as const) {
  test(`a handover ${moment} that nobody answers is withdrawn after ${seconds} s`, async t => {
    const fleet = FakeFleet.running('aws-a');
    fleet.handovers = 'ignore';
    const before = fleet.nowMs;
    const result = await handOver(fleet, { ...options, moment });
    t.like(result, { kind: 'unconfirmed' });
    t.is((fleet.nowMs - before) / 1000, seconds);
    t.is(fleet.etcd.get(fleet.keys.request), undefined, 'a later holder would serve it');
  });
}

test('a third node that takes the claim meanwhile is no success', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'ignore';
  fleet.onTick = () => fleet.hold('aws-b', 8);
  const result = await handOver(fleet, { ...options, target: 'gcp-a' });
  t.like(result, { kind: 'unconfirmed', reason: 'aws-b took the claim meanwhile, not gcp-a.' });
});

test('a target that gets the claim but does not produce is not confirmed', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.monitorChanges.set('gcp-b', { role: 'resuming' });
  const result = await handOver(fleet, { ...options, target: 'gcp-b' });
  t.like(result, { kind: 'unconfirmed' });
  t.regex(refusal(result), /gcp-b holds the claim, but it is resuming/);
});

test('a request that another took the place of ends this one', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'ignore';
  fleet.onTick = () => fleet.etcd.put(fleet.keys.request, '{"v":1}');
  t.regex(refusal(await handOver(fleet, options)), /another request took the place/);
  t.is(fleet.etcd.get(fleet.keys.request), '{"v":1}', 'the other one stays');
});

test('one etcd member away does not matter', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.etcd.away.add('aws');
  t.like(await handOver(fleet, options), { kind: 'done' });
});

function refusal(result: Awaited<ReturnType<typeof handOver>>): string {
  return result.kind === 'done' ? 'done' : result.reason;
}

test('an asker who changes their mind withdraws what is not served yet', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'ignore';
  const wish = new AbortController();
  fleet.onTick = () => wish.abort();
  const result = await handOver(fleet, { ...options, signal: wish.signal });
  t.deepEqual(result, { kind: 'withdrawn', reason: 'the request was withdrawn before it was served.' });
  t.is(fleet.etcd.get(fleet.keys.request), undefined);
});

test('a handover that comes to its end while it is withdrawn is told as done', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'ignore';
  const wish = new AbortController();
  fleet.onTick = () => {
    if (wish.signal.aborted) fleet.hold('gcp-a', 4);
    wish.abort();
  };
  t.like(await handOver(fleet, { ...options, signal: wish.signal }), { kind: 'done', to: 'gcp-a' });
});

test('one that the holder has begun when it is withdrawn may still come to its end, and that is said', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'ignore';
  const answer = { v: 1, id: options.id, outcome: 'accepted', node: 'aws-a', reason: 'to gcp-a' };
  fleet.etcd.put(fleet.keys.answer, JSON.stringify(answer));
  const result = await handOver(fleet, { ...options, signal: AbortSignal.abort() });
  t.is(result.kind, 'withdrawn');
  t.regex(refusal(result), /aws-a had begun and may still come to its end/);
});

test('of two operators the first one is served, and the second one hears of it', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'ignore';
  const other = { v: 1, kind: 'handover', id: 'other', target: 'gcp-b', moment: 'gap', by: 'alice' };
  fleet.etcd.put(fleet.keys.request, JSON.stringify(other));
  t.regex(refusal(await handOver(fleet, options)), /the handover to gcp-b that alice asked for is going on/);
  fleet.etcd.put(fleet.keys.answer, JSON.stringify({ v: 1, id: 'other', outcome: 'refused', node: 'x', reason: 'x' }));
  fleet.handovers = 'serve';
  t.like(await handOver(fleet, options), { kind: 'done' }, 'one that is answered is in nobody’s way');
});

test('a request lives as long as its asker', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'ignore';
  const seen = new Set<boolean>();
  let leases = 0;
  fleet.onTick = () => {
    seen.add(fleet.etcd.get(fleet.keys.request) !== undefined);
    leases = fleet.etcd.leases.size;
  };
  await handOver(fleet, options);
  t.deepEqual([...seen], [true], 'its lease was renewed all the time');
  t.is(leases, 1, 'it hangs on a lease');
  t.is(fleet.etcd.leases.size, 0);
});
