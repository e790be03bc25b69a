import test from 'ava';
import {
  decideLeadership,
  type LeaderPlace,
  type LeadershipDecision,
  type LeadershipFacts,
  type LeadershipMemory,
  type MemberView,
  startLeadership,
} from '#core/failover/leadership.ts';
import { slotStartMs } from '#core/slots.ts';

const window = { first: 1000, last: 1011 };
/** 20 s before the window, 10 s after the one before it. */
const gapMs = slotStartMs(960);
const ways = { aws: 1, gcp: 8, witness: 9 };
type Site = keyof typeof ways;

function view(site: Site, leader: Site, changes: Partial<MemberView> = {}): MemberView {
  return {
    endpoint: `https://${site}:2379`,
    site,
    roundTripMs: ways[site],
    answer: { memberId: site, leaderId: leader, appliedIndex: '5000', isLearner: false, errors: [] },
    ...changes,
  };
}

/** The holder at `aws`, the next standby at `gcp`. */
function facts(place: LeaderPlace, leader: Site, changes: Partial<LeadershipFacts> = {}): LeadershipFacts {
  return {
    place,
    isHolder: true,
    site: 'aws',
    standbySite: 'gcp',
    members: [view('aws', leader), view('gcp', leader), view('witness', leader)],
    windows: [window, { first: 1252, last: 1263 }],
    produceBlockOffsetMs: 450,
    claimAhead: 0,
    nowMs: 0,
    wallMs: gapMs,
    ...changes,
  };
}

/** Looks every 2 s while nothing changes but the time, and gives the last decision: that after `forMs`, at `wallMs` if it is given. */
function after(forMs: number, given: LeadershipFacts, from: LeadershipMemory = startLeadership(0)) {
  let memory = from;
  let decision: LeadershipDecision = { kind: 'stay', reason: '' };
  for (let nowMs = 0; nowMs <= forMs; nowMs += 2000) {
    ({ memory, decision } = decideLeadership(memory, { ...given, nowMs: given.nowMs + nowMs }));
  }
  return { memory, decision };
}
const longMs = 130_000;
/** The leader has been the same for long, and every other condition is looked at alone. */
const settled = (leader: Site): LeadershipMemory => ({
  leaderId: leader,
  leaderSinceMs: -longMs,
  wantedSinceMs: -longMs,
  lastWindow: undefined,
});
const decide = (given: LeadershipFacts, memory = settled((given.members[0]?.answer?.leaderId ?? 'aws') as Site)) =>
  decideLeadership(memory, given).decision;

const moves = test.macro((t, given: LeadershipFacts, to: Site) => {
  t.like(decide(given), { kind: 'move', to: `https://${to}:2379`, targetId: to });
});
const stays = test.macro((t, given: LeadershipFacts, why: RegExp) => {
  const decision = decide(given);
  t.is(decision.kind, 'stay');
  t.regex(decision.reason, why);
});

test('leadership that may be anywhere stays', stays, facts('anywhere', 'aws'), /anywhere/);
test(
  "leadership leaves the holder's site for one that has no standby about to take over",
  moves,
  facts('away', 'aws'),
  'witness',
);
test("leadership comes to the holder's site", moves, facts('near', 'gcp'), 'aws');
test('leadership that is away already stays', stays, facts('away', 'gcp'), /leads from gcp, a claim takes about 17 ms/);
test('leadership that is near already stays', stays, facts('near', 'aws'), /leads from aws, a claim takes about 10 ms/);
test('only the monitor of the holder moves it', stays, facts('away', 'aws', { isHolder: false }), /holds the claim/);

test(
  "another site leads when the standby's is the only one left",
  moves,
  facts('away', 'aws', {
    members: [view('aws', 'aws'), view('gcp', 'aws'), view('witness', 'aws', { answer: undefined })],
  }),
  'gcp',
);

const unfit = (answer: Partial<MemberView['answer']>) =>
  facts('near', 'gcp', {
    members: [
      view('aws', 'gcp', {
        answer: { memberId: 'aws', leaderId: 'gcp', appliedIndex: '5000', isLearner: false, errors: [], ...answer },
      }),
      view('gcp', 'gcp'),
      view('witness', 'gcp'),
    ],
  });
test('a member that lags gets no leadership', stays, unfit({ appliedIndex: '4899' }), /no fit member at aws/);
test('a member that lags a little gets it', moves, unfit({ appliedIndex: '4900' }), 'aws');
test('a learner gets no leadership', stays, unfit({ isLearner: true }), /no fit member at aws/);
test('a member that complains gets no leadership', stays, unfit({ errors: ['NOSPACE'] }), /no fit member at aws/);

const far = (leader: Site, place: LeaderPlace, ms: number, changes: Partial<LeadershipFacts> = {}) =>
  facts(place, leader, {
    members: (['aws', 'gcp', 'witness'] as const).map(site =>
      view(site, leader, { roundTripMs: site === 'aws' ? 1 : ms }),
    ),
    ...changes,
  });
test(
  'leadership stays near when a claim from away would be late for the first block of a window',
  stays,
  far('aws', 'away', 90),
  /leads from aws, a claim takes about 92 ms/,
);
test('leadership that is too far away comes back', moves, far('gcp', 'away', 90), 'aws');
test('leadership that is just near enough stays away', stays, far('gcp', 'away', 87), /leads from gcp/);
test('but would not have gone there: it does not come and go', stays, far('aws', 'away', 87), /leads from aws/);
test(
  'where claims are made ahead, a first block waits for none, and leadership may be far away',
  stays,
  far('gcp', 'away', 90, { claimAhead: 1 }),
  /leads from gcp/,
);
test(
  'a smaller offset leaves less time for it',
  stays,
  far('aws', 'away', 80, { produceBlockOffsetMs: 200 }),
  /leads from aws/,
);

const leaderless = (leaders: string[]) =>
  facts('near', 'gcp', {
    members: (['aws', 'gcp', 'witness'] as const).map((site, index) =>
      view(site, 'gcp', {
        answer: { memberId: site, leaderId: leaders[index] ?? '0', appliedIndex: '1', isLearner: false, errors: [] },
      }),
    ),
  });
test('without a leader nothing is moved', stays, leaderless(['0', '0', '0']), /no leader/);
test('while the members differ nothing is moved', stays, leaderless(['gcp', 'gcp', 'aws']), /different leaders/);
test(
  'without any answer nothing is moved',
  stays,
  facts('near', 'gcp', { members: [view('aws', 'gcp', { answer: undefined })] }),
  /no member answers/,
);

const at = (slot: number) => facts('near', 'gcp', { wallMs: slotStartMs(slot) });
test('6 s before our window it may still move', moves, at(window.first - 13), 'aws');
test('less than 6 s before our window it does not', stays, at(window.first - 12), /between our windows/);
test('within our window it does not', stays, at(window.first + 5), /between our windows/);
test(
  'before our windows are known it does not',
  stays,
  facts('near', 'gcp', { windows: [] }),
  /once our windows are known/,
);

test('for 2 s after our window it does not, although the window is no longer the next', t => {
  const later = [{ first: 1252, last: 1263 }];
  let memory = settled('gcp');
  ({ memory } = decideLeadership(memory, at(window.last)));
  const decision = (slot: number) => decideLeadership(memory, { ...at(slot), windows: later }).decision.kind;
  t.deepEqual([decision(window.last + 4), decision(window.last + 5)], ['stay', 'move']);
});

test('it moves only once it has been wanted for 10 s', t => {
  const memory = { ...settled('gcp'), wantedSinceMs: undefined };
  t.is(after(8000, facts('near', 'gcp'), memory).decision.kind, 'stay');
  t.is(after(10_000, facts('near', 'gcp'), memory).decision.kind, 'move');
});

test('a wish that ended begins anew', t => {
  let { memory } = after(8000, facts('near', 'gcp'), { ...settled('gcp'), wantedSinceMs: undefined });
  ({ memory } = decideLeadership(memory, { ...facts('near', 'gcp'), isHolder: false, nowMs: 9000 }));
  t.is(decideLeadership(memory, { ...facts('near', 'gcp'), nowMs: 12_000 }).decision.kind, 'stay');
});

test('it moves at most once in two minutes, whoever moved it last', t => {
  const { memory, decision } = decideLeadership(settled('gcp'), facts('near', 'gcp'));
  t.is(decision.kind, 'move');
  t.is(after(118_000, facts('near', 'witness'), memory).decision.kind, 'stay');
  t.is(after(120_000, facts('near', 'witness'), memory).decision.kind, 'move');
});

test('a monitor that has just started waits as if leadership had just moved', t => {
  t.is(after(118_000, facts('near', 'gcp')).decision.kind, 'stay');
  t.is(after(120_000, facts('near', 'gcp')).decision.kind, 'move');
});
