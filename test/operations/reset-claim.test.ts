import test from 'ava';
import { parseClaim, renderClaim } from '#core/failover/claim.ts';
import { historyKey } from '#core/failover/keys.ts';
import { slotAt } from '#core/slots.ts';
import { judgeReset, prepareReset, type ResetFacts, resetClaim } from '#operations/reset-claim.ts';
import { FakeFleet } from '../fakes/fleet.ts';

const nowMs = Date.UTC(2026, 5, 1);
const hourMs = 3600_000;

function claimText(aheadMs: number): string {
  const slot = slotAt(nowMs + aheadMs);
  return renderClaim({ v: 1, slot, digest: 'd', holder: 'a', incarnation: 'a-1', epoch: 8 });
}

function facts(changes: Partial<ResetFacts> = {}): ResetFacts {
  const clocks = [
    { node: 'b', apartMs: -900 },
    { node: 'c', apartMs: 100 },
  ];
  return { text: claimText(365 * 24 * hourMs), clocks, silent: ['a'], nowMs, ...changes };
}

test('a claim a year ahead goes back to one round past now, to nobody, at the next epoch', t => {
  const verdict = judgeReset(facts());
  if (verdict.kind !== 'reset') return t.fail(verdict.reason);
  const expected = { v: 1, slot: slotAt(nowMs) + 252, digest: '', holder: '', incarnation: '', epoch: 9 };
  t.deepEqual(verdict.claim, expected);
  t.regex(
    verdict.risks[0] ?? '',
    /between 2026-06-01T00:02:06Z and 2027-06-01T00:00:00Z are no longer barred. If a signed/,
  );
  t.regex(verdict.risks[1] ?? '', /^a does not answer, so its clock is not known/);
});

const refused = test.macro<[string, Partial<ResetFacts>, RegExp]>({
  exec(t, _title, changes, reason) {
    const verdict = judgeReset(facts(changes));
    t.regex(verdict.kind === 'refused' ? verdict.reason : 'reset', reason);
  },
  title: (_provided, title) => `no reset: ${title}`,
});
const clocks = (...apartMs: number[]) => ({
  clocks: apartMs.map((apart, index) => ({ node: `n${index}`, apartMs: apart })),
});

test(refused, 'an hour is waited for', { text: claimText(hourMs) }, /3600 s ahead; wait for that/);
test(refused, 'a claim of the past', { text: claimText(-hourMs) }, /not ahead at all/);
test(refused, 'no claim', { text: undefined }, /there is no claim. Run "active-eos install"/);
test(refused, 'an unreadable claim', { text: '{' }, /cannot be read: it is not JSON/);
test(refused, 'one monitor alone', clocks(0), /two monitors' clocks must agree.*found n0 0.0 s/);
test(refused, 'nobody answers', clocks(), /found none answers/);
test(refused, 'this machine is the one that is wrong', clocks(-9000, -9100), /Is this machine's clock right\?/);
test(refused, 'the two agree with us, but not with each other', clocks(-1500, 1500), /must agree with each other/);
test(refused, 'a living node’s clock is ahead', clocks(0, 0, 24 * hourMs), /clock of n2 \(24 h ahead\).*Stop it first/);
test(refused, 'all clocks are ahead', clocks(5000, 5000), /clock of n0 \(5.0 s ahead\), n1/);

function ahead(): FakeFleet {
  const fleet = FakeFleet.running('aws-a');
  const slot = slotAt(fleet.nowMs + 24 * hourMs);
  fleet.etcd.put(
    fleet.keys.claim,
    renderClaim({ v: 1, slot, digest: '', holder: 'aws-a', incarnation: 'aws-a/1', epoch: 3 }),
  );
  return fleet;
}

test('the claim is put and the reset is written into the history', async t => {
  const fleet = ahead();
  const result = await resetClaim(fleet, await prepareReset(fleet), 'alice');
  t.is(result.kind, 'done');
  t.like(parseClaim(fleet.etcd.get(fleet.keys.claim) ?? ''), { kind: 'claim', claim: { holder: '', epoch: 4 } });
  const entry: unknown = JSON.parse(fleet.etcd.get(historyKey(fleet.keys, 4)) ?? '');
  t.like(entry, { how: 'reset', from: 'aws-a', to: '', why: 'the claim lay far ahead; reset by alice' });
});

test('a claim that moves between the look and the put stays as it is', async t => {
  const fleet = ahead();
  const plan = await prepareReset(fleet);
  fleet.hold('gcp-a', 7);
  const before = fleet.etcd.get(fleet.keys.claim);
  const result = await resetClaim(fleet, plan, 'alice');
  t.regex(result.kind === 'refused' ? result.reason : '', /some node still claims with a clock far ahead/);
  t.is(fleet.etcd.get(fleet.keys.claim), before);
  t.is(fleet.etcd.get(historyKey(fleet.keys, 8)), undefined);
});

test('a node that is only heard by its presence counts, too: one with a mad clock stands in the way', async t => {
  const fleet = ahead();
  fleet.monitorChanges.set('gcp-b', { wallMs: fleet.nowMs + 24 * hourMs });
  fleet.nodes.look = async () => undefined;
  const { clocks: seen, verdict } = await prepareReset(fleet);
  t.deepEqual(seen.map(each => each.node).toSorted(), ['aws-a', 'aws-b', 'gcp-a', 'gcp-b']);
  t.regex(verdict.kind === 'refused' ? verdict.reason : '', /clock of gcp-b \(24 h ahead\)/);
});
