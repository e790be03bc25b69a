import test from 'ava';
import type { Claim } from '#core/failover/claim.ts';
import type { FailoverRequest } from '#core/failover/requests.ts';
import type { Presence } from '#core/failover/status.ts';
import {
  decideFailover,
  decideTakeover,
  dueMs,
  isHolderGone,
  isHolderIdle,
  rankOf,
  type TakeoverFacts,
} from '#core/failover/takeover.ts';
import { slotStartMs } from '#core/slots.ts';
import { nodeosView, presence } from './presences.ts';

const window = { first: 1200, last: 1211 };
const claim: Claim = { v: 1, slot: 1203, digest: '', holder: 'holder', incarnation: 'holder-1', epoch: 4 };
const holder = presence('holder', { role: 'holding', site: 'aws' });
const first = presence('first', { site: 'gcp' });
const second = presence('second', { site: 'aws' });

/** The claim for slot 1204 is due, with offset 450, at 1204's start less 5 × 37.5 ms. */
const due = slotStartMs(1204) - 187.5;
const usual: TakeoverFacts = {
  nowMs: due,
  claim,
  self: first,
  nodes: [holder, first, second],
  window,
  produceBlockOffsetMs: 450,
  lateness: [0],
  holderGoneForMs: undefined,
  holderIdleForMs: undefined,
  holderHeardForMs: 0,
  tookInWindow: false,
  clockUnlearned: false,
};

test('blocks of a window are due ever earlier: by a twelfth of the offset each', t => {
  t.is(dueMs(1200, window, 450), slotStartMs(1200) - 37.5);
  t.is(dueMs(1211, window, 450), slotStartMs(1211) - 450);
});

const takes = test.macro((t, changes: Partial<TakeoverFacts>, reason: RegExp) => {
  const decision = decideTakeover({ ...usual, ...changes });
  t.regex(decision.kind === 'take' ? decision.reason : decision.kind, reason);
});
const waits = test.macro((t, changes: Partial<TakeoverFacts>) => {
  t.deepEqual(decideTakeover({ ...usual, ...changes }), { kind: 'wait' });
});

test('the first standby waits 60 ms past the due time', waits, { nowMs: due + 59 });
test('the first standby takes over after them', takes, { nowMs: due + 60 }, /^the claim for slot 1204 is 60 ms late$/);
test('the second standby waits as long again', waits, { self: second, nowMs: due + 119 });
test('the second standby takes over when the first did not', takes, { self: second, nowMs: due + 120 }, /120 ms late/);
test('a standby that is not eligible waits', waits, {
  self: presence('first', { eligible: false }),
  nowMs: due + 5000,
  holderGoneForMs: 9000,
});
test('claims that used to come 50 ms late are given 50 ms more', waits, { lateness: [50, 10], nowMs: due + 109 });
test('and not more than that', takes, { lateness: [50, 10], nowMs: due + 110 }, /60 ms late/);
test(
  'claims that used to come early are missed earlier',
  takes,
  { lateness: [-30, -35], nowMs: due + 30 },
  /60 ms late/,
);
test(
  'what was learned is bounded, so that one slow window does not lame the fleet',
  takes,
  { lateness: [4000], nowMs: due + 160 },
  /60 ms late/,
);
test('a clock that is far ahead of the holder’s makes all claims late, and none of them late', waits, {
  lateness: [300, 310, 305],
  nowMs: due + 369,
});
test('until one is later than the others', takes, { lateness: [300, 310, 305], nowMs: due + 370 }, /60 ms late/);
test('after our clock moved little lateness proves nothing', waits, { clockUnlearned: true, nowMs: due + 2500 });
test(
  'five seconds do',
  takes,
  { claim: { ...claim, slot: 1199 }, clockUnlearned: true, lateness: [], nowMs: slotStartMs(1200) - 37.5 + 5000 },
  /5000 ms late/,
);
test('without any claim seen, the grace is 200 ms', waits, { lateness: [], nowMs: due + 199 });
test('and then over', takes, { lateness: [], nowMs: due + 200 }, /200 ms late/);
test('a window whose slots are all claimed needs nobody', waits, {
  claim: { ...claim, slot: 1211 },
  nowMs: slotStartMs(1210) + 400,
});
test('before our window nothing is late', waits, { claim: { ...claim, slot: 900 }, nowMs: slotStartMs(1198) });
test(
  'in our window its first slot is expected, however old the claim',
  takes,
  { claim: { ...claim, slot: 900 }, nowMs: slotStartMs(1200) + 30 },
  /slot 1200 is 68 ms late/,
);
test('after one takeover in this window lateness alone moves nobody', waits, { tookInWindow: true, nowMs: due + 400 });
test(
  'but a holder that is gone does',
  takes,
  { tookInWindow: true, holderGoneForMs: 0, nodes: [first, second] },
  /^holder is gone: its presence in etcd has expired$/,
);
test('in our window the second standby gives the first 60 ms when the holder is gone', waits, {
  self: second,
  holderGoneForMs: 59,
});
test(
  'in our window the second standby then acts',
  takes,
  { self: second, holderGoneForMs: 60, nodes: [first, second] },
  /gone/,
);
test('outside our window the second standby gives the first a second', waits, {
  self: second,
  holderGoneForMs: 999,
  window: undefined,
});
test(
  'outside our window the second standby then acts',
  takes,
  { self: second, holderGoneForMs: 1000, window: undefined, nodes: [first, second] },
  /gone/,
);
test(
  'a claim that nobody has held yet is taken',
  takes,
  { claim: { ...claim, holder: '' }, holderGoneForMs: 0 },
  /^nobody holds the claim$/,
);
test(
  'a restarted holder is named as such',
  takes,
  { nodes: [presence('holder', { incarnation: 'holder-2' }), first], holderGoneForMs: 0 },
  /the monitor of holder restarted/,
);
test(
  'a holder without nodeos is named as such',
  takes,
  { nodes: [{ ...holder, nodeos: nodeosView({ alive: false }) }, first], holderGoneForMs: 0 },
  /its nodeos is down/,
);

/** The gap: our window begins in a second. */
const gap = { nowMs: slotStartMs(1197), claim: { ...claim, slot: 900 }, lateness: [] };
const promising = { ...holder, paceMs: 150 };
const promised = { ...gap, nodes: [promising, first, second] };
test('a holder that speaks as it promised keeps the claim', waits, { ...promised, holderHeardForMs: 399 });
test(
  'one that has fallen silent is relieved',
  takes,
  { ...promised, holderHeardForMs: 400 },
  /^holder was to speak every 150 ms before our window, and has been silent for 400 ms$/,
);
test('unless it has spoken meanwhile: the claim is taken from that very silence', t => {
  t.like(decideTakeover({ ...usual, ...promised, holderHeardForMs: 400 }), { kind: 'take', silent: promising });
});
test('the second standby gives the first time to take the claim', waits, {
  ...promised,
  self: second,
  holderHeardForMs: 599,
});
test(
  'and then acts as well',
  takes,
  { ...promised, self: second, holderHeardForMs: 600 },
  /has been silent for 600 ms$/,
);
test('silence proves nothing of a holder that promised nothing, such as one of an earlier version', waits, {
  ...gap,
  holderHeardForMs: 4000,
});
test('nor of one that promised less', waits, {
  ...gap,
  nodes: [{ ...holder, paceMs: 1000 }, first],
  holderHeardForMs: 1499,
});
test('a presence of its former self is no promise of the holder', waits, {
  ...gap,
  nodes: [{ ...promising, incarnation: 'holder-2' }, first],
  holderHeardForMs: 4000,
});
test(
  'a silence that began in one of our windows counts as well, and a takeover in it does not matter',
  takes,
  {
    nodes: [promising, first, second],
    holderHeardForMs: 400,
    tookInWindow: true,
  },
  /silent for 400 ms/,
);
test(
  'shortly before our window the second standby gives the first 200 ms when the holder is gone',
  takes,
  { ...gap, self: second, nodes: [first, second], holderGoneForMs: 200 },
  /gone/,
);
test('and not less', waits, { ...gap, self: second, nodes: [first, second], holderGoneForMs: 199 });

test('priority ranks first, then another site than the holder, then the name', t => {
  const nodes = [holder, second, presence('third', { site: 'gcp' }), first, presence('best', { priority: 50 })];
  const ranks = ['best', 'first', 'third', 'second'].map(node => rankOf(presence(node), nodes, 'holder'));
  t.deepEqual(ranks, [0, 1, 2, 3]);
});

test('a standby whose first block would be lost comes after those of the same priority', t => {
  const nodes = [
    holder,
    presence('aside', { site: 'gcp', firstRequestFails: true }),
    first,
    presence('worst', { priority: 200 }),
  ];
  const ranks = ['first', 'aside', 'worst'].map(node => rankOf(presence(node), nodes, 'holder'));
  t.deepEqual(ranks, [0, 1, 2]);
});

test('nodes that are not eligible take no rank', t => {
  t.is(rankOf(second, [holder, { ...first, eligible: false }, second], 'holder'), 0);
});

test('every node computes the same ranks, in whatever order it sees the others', t => {
  t.is(rankOf(first, [second, first, holder], 'holder'), rankOf(first, [holder, first, second], 'holder'));
});

test('a holder is gone when that very process is not present or is down; one that drains hands over', t => {
  t.false(isHolderGone(claim, [holder, first]));
  t.true(isHolderGone(claim, [first]));
  t.true(isHolderGone(claim, [{ ...holder, incarnation: 'holder-2' }]));
  t.true(isHolderGone(claim, [{ ...holder, nodeos: nodeosView({ alive: false }) }]));
  t.false(isHolderGone(claim, [{ ...holder, draining: true }]));
});

test('a holder that nobody hears is relieved by the first standby', t => {
  const deaf = (node: string, site: string) => presence(node, { site, unheardSlot: 1203 });
  const nodes = [holder, deaf('first', 'gcp'), deaf('second', 'aws')];
  const decide = (self: string) =>
    decideTakeover({ ...usual, nodes, self: nodes.find(({ node }) => node === self) ?? first });
  t.like(decide('first'), {
    kind: 'take',
    reason: 'holder claimed slot 1203, but no standby has its block: nobody hears it',
  });
  t.deepEqual(decide('second'), { kind: 'wait' });
});

test('a holder whose nodeos does not obey is relieved after ten seconds', t => {
  const idle = { nowMs: due - 20_000, holderIdleForMs: 10_000 };
  const decision = decideTakeover({ ...usual, ...idle });
  t.regex(decision.kind === 'take' ? decision.reason : '', /has not resumed its nodeos for 10 s/);
  t.deepEqual(decideTakeover({ ...usual, ...idle, holderIdleForMs: 9999 }), { kind: 'wait' });
  t.deepEqual(decideTakeover({ ...usual, ...idle, self: second }), { kind: 'wait' });
});

test('a holder that resumes, and one that signs', t => {
  const resuming = { ...holder, role: 'resuming' as const };
  const past = slotStartMs(claim.slot + 1);
  t.true(isHolderIdle(claim, [resuming, first], past));
  t.false(isHolderIdle(claim, [holder, first], past));
  t.false(isHolderIdle({ ...claim, incarnation: 'another' }, [resuming], past));
  t.false(isHolderIdle(claim, [resuming, first], past - 1), 'it has to wait for the claimed slot');
});

const failover: FailoverRequest = { v: 1, kind: 'failover', id: 'f', target: null, epoch: 4, by: 'me' };
const unfit = (node: string) => presence(node, { eligible: false, why: ['it is behind'] });
const forced = (request: Partial<FailoverRequest>, self: Presence, nodes = [holder, self]) =>
  decideFailover({ ...failover, ...request }, { self, nodes, claim });

test('a failover is for the best standby', t => {
  t.is(forced({}, first, [holder, first, second]).kind, 'take');
  t.is(forced({}, second, [holder, first, second]).kind, 'wait');
});
test('or for the one that was named', t => {
  t.is(forced({ target: 'second' }, second, [holder, first, second]).kind, 'take');
  t.is(forced({ target: 'second' }, first, [holder, first, second]).kind, 'wait');
});
test('one that is named and cannot says why', t => {
  t.deepEqual(forced({ target: 'b' }, unfit('b')), { kind: 'refuse', reason: 'b: it is behind' });
});
test('when nobody can, one says so for all', t => {
  const nodes = [holder, unfit('b'), unfit('c')];
  t.deepEqual(forced({}, unfit('b'), nodes), { kind: 'refuse', reason: 'b: it is behind; c: it is behind' });
  t.is(forced({}, unfit('c'), nodes).kind, 'wait');
});
