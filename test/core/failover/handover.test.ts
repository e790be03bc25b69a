import test from 'ava';
import { decideHandover, nextTarget } from '#core/failover/handover.ts';
import type { HandoverRequest } from '#core/failover/requests.ts';
import type { MonitorEvent, State } from '#core/failover/state.ts';
import { slotStartMs } from '#core/slots.ts';
import { presence } from './presences.ts';

const self = presence('a', { role: 'holding', site: 'aws' });
const near = presence('b', { site: 'aws' });
const far = presence('c', { site: 'gcp' });
const request: HandoverRequest = { v: 1, kind: 'handover', id: 'r1', target: null, moment: 'gap', by: 'an operator' };
const window = { first: 1200, last: 1211 };

test('without a named target the best standby of another site is chosen', t => {
  t.deepEqual(nextTarget(request, self, [self, near, far]), { kind: 'target', target: far });
});

test('priority outweighs the site', t => {
  const preferred = { ...near, priority: 10 };
  t.deepEqual(nextTarget(request, self, [self, far, preferred]), { kind: 'target', target: preferred });
});

test('a named standby is taken as named', t => {
  t.deepEqual(nextTarget({ ...request, target: 'b' }, self, [self, near, far]), { kind: 'target', target: near });
});

const refuses = test.macro((t, changes: Partial<HandoverRequest>, nodes: (typeof far)[], reason: string) => {
  t.deepEqual(nextTarget({ ...request, ...changes }, self, [self, ...nodes]), { kind: 'refuse', reason });
});
const lagging = { ...far, eligible: false, why: ['its head is 9 slots behind'] };
test(
  'a target that is not present is refused, with those that are',
  refuses,
  { target: 'z' },
  [near],
  'no node z is present; there are a, b',
);
test(
  'a target that is not eligible is refused, with the reasons',
  refuses,
  { target: 'c' },
  [lagging],
  'c is not eligible: its head is 9 slots behind',
);
test(
  'a target that is no standby is refused',
  refuses,
  { target: 'c' },
  [{ ...far, role: 'deposed' }],
  'c is deposed, not standby',
);
test(
  'without any eligible standby the refusal says why for each node',
  refuses,
  {},
  [{ ...near, role: 'starting' }, lagging],
  'no standby is eligible: b: starting; c: its head is 9 slots behind',
);
test('a lone node cannot hand over', refuses, {}, [], 'no standby is eligible: no other node is present');

type Handing = State & { kind: 'handing' };
const handing = (phase: Handing['phase'], moment: HandoverRequest['moment'] = 'gap'): Handing => ({
  kind: 'handing',
  request: { ...request, moment },
  phase,
  target: far,
  pausedAtMs: 1000,
});
const moment = { windows: [window], claimedSlot: 900, produceBlockOffsetMs: 450 };
const decide = (state: Handing, event: MonitorEvent, nodes = [self, near, far]) =>
  decideHandover({ state, event, moment, nodes, isWanted: true });
const tickAt = (slot: number, nowMs = 0): MonitorEvent => ({ type: 'tick', nowMs, wallMs: slotStartMs(slot) });

test('a handover waits for its moment', t => {
  t.is(decide(handing('waiting'), tickAt(1193)).kind, 'pause');
  t.is(decide(handing('waiting'), tickAt(1205)).kind, 'wait');
});

test('`now` does not wait for the gap', t => {
  t.is(decide(handing('waiting', 'now'), tickAt(1205)).kind, 'pause');
});

test('the block in progress is waited for after nodeos answered to pause', t => {
  t.is(decide(handing('pausing'), { type: 'paused', ok: true, nowMs: 1000, wallMs: 0 }).kind, 'paused');
  t.is(decide(handing('finishing'), tickAt(1205, 1599)).kind, 'wait');
  t.deepEqual(decide(handing('finishing'), tickAt(1205, 1600)), { kind: 'give', target: far });
});

test('and no longer than until it is signed', t => {
  const signed = { type: 'signed', digest: 'd', isNamed: true, nowMs: 1200, wallMs: 0 } as const;
  t.deepEqual(decide(handing('finishing'), signed), { kind: 'give', target: far });
  t.is(decide(handing('pausing'), signed).kind, 'wait', 'nodeos may have begun another before it was paused');
});

test('the claim goes to the target as it is now, not as it was when chosen', t => {
  const changed = { ...far, wallMs: 77 };
  t.deepEqual(decide(handing('finishing'), tickAt(1205, 1600), [self, changed]), { kind: 'give', target: changed });
});

const stops = test.macro((t, state: Handing, event: MonitorEvent, nodes: (typeof far)[], reason: string) => {
  t.deepEqual(decide(state, event, nodes), { kind: 'stop', reason });
});
test(
  'a nodeos that does not answer to pause stops it',
  stops,
  handing('pausing'),
  { type: 'paused', ok: false, nowMs: 0, wallMs: 0 },
  [far],
  'nodeos did not answer to pause',
);
test('a target that vanishes stops it', stops, handing('waiting'), tickAt(1205), [near], 'c is gone');
test(
  'a target that restarts stops it',
  stops,
  handing('finishing'),
  tickAt(1205),
  [{ ...far, incarnation: 'c-2' }],
  'c is gone',
);
test(
  'a target that falls behind stops it',
  stops,
  handing('finishing'),
  tickAt(1205),
  [lagging],
  'c is no longer eligible: its head is 9 slots behind',
);
test(
  'a claim that moved meanwhile stops it',
  stops,
  handing('giving'),
  { type: 'gave', outcome: 'changed', stored: undefined, nowMs: 0, wallMs: 0 },
  [far],
  'the claim moved while it was being given',
);

test('while the claim is being given, only the answer matters', t => {
  t.is(decide(handing('giving'), tickAt(1205), []).kind, 'wait');
  t.is(
    decide(handing('giving'), { type: 'gave', outcome: 'put', stored: undefined, nowMs: 0, wallMs: 0 }, []).kind,
    'given',
  );
});
