import test from 'ava';
import { type EligibilityFacts, isAboutClock, judgeEligibility, noSteadiness } from '#core/failover/eligibility.ts';
import type { NodeosView } from '#core/failover/status.ts';
import { slotStartMs } from '#core/slots.ts';
import { chainId, nodeosView, presence } from './presences.ts';

const usual: EligibilityFacts = {
  nodeos: nodeosView(),
  fellows: [presence('b'), presence('c')],
  chainId,
  minPeers: 2,
  draining: false,
  clockMoved: false,
  clockOffsetsMs: [],
  wallMs: slotStartMs(1001),
  nowMs: 0,
  etcdReachable: true,
};
const fellowsWith = (changes: Partial<NodeosView>) => [
  presence('b', { nodeos: nodeosView(changes) }),
  presence('c', { nodeos: nodeosView(changes) }),
];

const passes = test.macro((t, changes: Partial<EligibilityFacts>) => {
  t.like(judgeEligibility({ ...usual, ...changes }, noSteadiness), { eligible: true, why: [] });
});
const fails = test.macro((t, changes: Partial<EligibilityFacts>, why: string[]) => {
  const verdict = judgeEligibility({ ...usual, ...changes }, noSteadiness);
  t.deepEqual([verdict.eligible, verdict.why], [false, why]);
});

test('a synced node with peers is eligible', passes, {});
test('a clock that has just moved is not trusted', fails, { clockMoved: true }, [
  'its wall clock moved within the last 2 s',
]);
test('a draining node is not', fails, { draining: true }, ['it is draining']);
test(
  'a dead nodeos is not, and nothing else is said of it',
  fails,
  { nodeos: nodeosView({ alive: false, peers: 0 }) },
  ['the main thread of nodeos does not answer'],
);
test('nodeos on another chain is not', fails, { nodeos: nodeosView({ chainId: 'aca376f2' }) }, [
  'nodeos is on chain aca376f2, not cf057bbf',
]);
test('a node that cannot reach etcd is not', fails, { etcdReachable: false }, ['etcd does not answer']);
test('a head four slots behind the best fellow is near enough', passes, { nodeos: nodeosView({ headSlot: 996 }) });
test('a head five slots behind is not', fails, { nodeos: nodeosView({ headSlot: 995 }) }, [
  "its head is 5 slots behind the best fellow's",
]);
test('a fellow whose head lies in the future is no measure', passes, {
  fellows: [presence('b', { nodeos: nodeosView({ headSlot: 15_400 }) }), presence('c')],
});
test('a chain that stalls for everybody locks nobody out', passes, {
  nodeos: nodeosView({ headSlot: 10 }),
  fellows: fellowsWith({ headSlot: 10 }),
});
test('too few peers of others disqualify while a fellow has enough', fails, { nodeos: nodeosView({ peers: 1 }) }, [
  'it has 1 live peers that are not our own, 2 are needed',
]);
test('too few peers on every node disqualify none', passes, {
  nodeos: nodeosView({ peers: 0 }),
  fellows: fellowsWith({ peers: 0 }),
});
test('a lone node needs a peer', fails, { nodeos: nodeosView({ peers: 0 }), fellows: [] }, [
  'it has 0 live peers that are not our own, 1 are needed',
]);
test('a lone node with fewer peers than are wished for is all there is', passes, {
  nodeos: nodeosView({ peers: 1 }),
  fellows: [],
});
test(
  'every criterion that fails is told',
  fails,
  { nodeos: nodeosView({ peers: 0, headSlot: 900 }), etcdReachable: false },
  [
    'etcd does not answer',
    "its head is 100 slots behind the best fellow's",
    'it has 0 live peers that are not our own, 2 are needed',
  ],
);
test('a clock within 250 ms of the median of its fellows is well', passes, { clockOffsetsMs: [250, 200, 9000] });
test('a clock further before it is not', fails, { clockOffsetsMs: [251, 200, 9000] }, [
  "its clock is 251 ms away from its fellows' median",
]);
test('nor is one further after it', fails, { clockOffsetsMs: [-400, -500] }, [
  "its clock is 400 ms away from its fellows' median",
]);
test('two fellows of whom one agrees are enough', passes, { clockOffsetsMs: [0, 3000] });
test('two fellows who contradict each other say nothing', passes, { clockOffsetsMs: [-3000, 3000] });
test('one fellow alone cannot say whose clock is wrong', passes, { clockOffsetsMs: [60_000] });
test('clocks that differ between two sites lock nobody out: each half would blame the other', passes, {
  clockOffsetsMs: [10, 300, 310],
});
test('nor do clocks that all differ', passes, { clockOffsetsMs: [300, 600, 900] });
test('a fellow on another chain is no measure', passes, {
  fellows: [
    ...fellowsWith({}),
    presence('lost', { nodeos: nodeosView({ chainId: 'other', lib: 9_000_000, headSlot: 1004 }) }),
  ],
});
test('a last irreversible block far behind the best fellow disqualifies', fails, { nodeos: nodeosView({ lib: 461 }) }, [
  "its last irreversible block is 37 behind the best fellow's",
]);

/** Judges again and again, each time from what the last judgement left. */
function judging(): (nowMs: number, changes: Partial<EligibilityFacts>) => boolean {
  let steadiness = noSteadiness;
  return (nowMs, changes) => {
    const verdict = judgeEligibility({ ...usual, nowMs, ...changes }, steadiness);
    steadiness = verdict.steadiness;
    return verdict.eligible;
  };
}
const behind = { nodeos: nodeosView({ headSlot: 900 }) };

test('a head that falls behind for less than two seconds disqualifies nobody', t => {
  const judge = judging();
  t.true(judge(0, {}));
  t.true(judge(1000, behind));
  t.true(judge(2999, behind));
  t.true(judge(3000, {}));
  t.true(judge(3100, behind));
  t.true(judge(5000, behind));
});

test('one that stays behind does, until it has been well for as long', t => {
  const judge = judging();
  judge(0, {});
  judge(1000, behind);
  t.false(judge(3000, behind));
  t.false(judge(3100, {}));
  t.false(judge(5099, {}));
  t.true(judge(5100, {}));
});

test('a dead nodeos disqualifies at once, and a live one is judged as before it', t => {
  const judge = judging();
  judge(0, {});
  t.false(judge(10, { nodeos: nodeosView({ alive: false }) }));
  t.true(judge(20, {}));
});

test('reasons that are about the clock are told from others', t => {
  const facts = { ...usual, clockMoved: true, clockOffsetsMs: [-400, -500], etcdReachable: false };
  const { why } = judgeEligibility(facts, noSteadiness);
  t.deepEqual(why.map(isAboutClock), [false, true, true], why.join('; '));
});
