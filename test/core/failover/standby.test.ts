// A standby: what it waits for, when it takes the claim, and what it learns of its holder.

import test from 'ava';
import { aStandby, Driver, ours, said, self, stored, types } from './driver.ts';
import { presence } from './presences.ts';

test('a monitor that starts becomes a standby when it has read the claim and seen nodeos paused for a whole slot', t => {
  const driver = new Driver();
  driver.sees({ paused: true });
  driver.on({ type: 'claim', stored: stored() });
  driver.after(499);
  t.is(driver.role, 'starting');
  t.deepEqual(said(driver.after(1)), ['standby']);
  t.is(driver.role, 'standby');
});

test('a monitor that starts stays there while the claim is missing', t => {
  const driver = new Driver();
  driver.sees({ paused: true });
  driver.on({ type: 'claim', stored: undefined });
  driver.after(10_000);
  t.is(driver.role, 'starting');
});

test('a monitor that starts pauses a nodeos that runs, and counts the slot from then', t => {
  const driver = new Driver();
  driver.on({ type: 'claim', stored: stored() });
  t.deepEqual(types(driver.sees({ paused: false })), ['pause']);
  driver.nowMs = 2000;
  driver.sees({ paused: true });
  driver.after(499);
  t.is(driver.role, 'starting');
  driver.after(1);
  t.is(driver.role, 'standby');
});

test('a restarted monitor is a standby, though the claim carries its name', t => {
  const driver = new Driver();
  driver.on({ type: 'nodes', nodes: [self] });
  driver.sees({ paused: true });
  driver.on({ type: 'claim', stored: ours({ incarnation: 'self-0' }) });
  t.deepEqual(said(driver.after(500)), ['standby']);
  t.deepEqual(types(driver.commands), ['say']);
});

test('and takes the claim over from its former self like from anybody', t => {
  const driver = new Driver();
  driver.on({ type: 'nodes', nodes: [self] });
  driver.sees({ paused: true });
  const before = ours({ incarnation: 'self-0', slot: 1100, digest: 'abc', epoch: 5 });
  driver.on({ type: 'claim', stored: before });
  driver.after(500);
  const [take] = driver.after(50);
  t.like(take, {
    type: 'take',
    expected: before,
    claim: { holder: 'self', incarnation: 'self-1', slot: 1100, digest: 'abc', epoch: 6 },
  });
});

test('a standby pauses a nodeos that somebody resumed, and takes nothing before it was paused for a slot', t => {
  const driver = aStandby();
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(types(driver.sees({ paused: false })), ['pause']);
  driver.after(400);
  driver.sees({ paused: true });
  t.deepEqual(driver.after(499), []);
  t.deepEqual(types(driver.after(1)), ['take']);
});

test('a standby whose fellow holds the claim waits', t => {
  const driver = aStandby();
  t.deepEqual(driver.after(60_000), []);
  t.is(driver.role, 'standby');
});

test('a takeover that etcd refuses leaves a standby', t => {
  const driver = aStandby();
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(types(driver.after(10)), ['take']);
  t.is(driver.role, 'taking');
  t.deepEqual(driver.after(500), []);
  const moved = stored({ slot: 1101, incarnation: 'other-2' });
  t.deepEqual(said(driver.on({ type: 'took', outcome: 'changed', stored: moved })), ['no takeover']);
  t.is(driver.role, 'standby');
  t.is(driver.monitor.knows.stored, moved);
});

test('a takeover whose answer was lost is found out by the next look at the claim', t => {
  const driver = aStandby();
  driver.on({ type: 'nodes', nodes: [self] });
  driver.after(10);
  driver.on({ type: 'took', outcome: 'changed', stored: undefined });
  t.is(driver.role, 'standby');
  driver.on({ type: 'claim', stored: ours({ epoch: 6 }) });
  t.is(driver.role, 'resuming');
});

const promising = presence('other', { role: 'holding', paceMs: 150, revision: '7' });

test('a standby takes the claim of a holder that does not speak as it promised, unless it has spoken meanwhile', t => {
  const driver = aStandby([self, promising]);
  driver.on({ type: 'nodes', nodes: [self, { ...promising, revision: '8' }] });
  driver.after(399);
  t.is(driver.role, 'standby');
  t.like(driver.after(1)[0], { type: 'take', silent: { node: 'other', revision: '8' } });
});

test('reading the same word again is not hearing', t => {
  const driver = aStandby([self, promising]);
  driver.on({ type: 'nodes', nodes: [self, { ...promising, revision: '8' }] });
  driver.after(300, { type: 'nodes', nodes: [self, { ...promising, revision: '8' }] });
  t.deepEqual(types(driver.after(100)), ['take']);
});

test('after a try that etcd refused, or did not answer, the silence counts anew', t => {
  const driver = aStandby([self, promising]);
  t.deepEqual(types(driver.after(400)), ['take']);
  driver.on({ type: 'took', outcome: 'changed', stored: undefined });
  t.deepEqual(driver.after(399), []);
  t.deepEqual(types(driver.after(1)), ['take']);
});

test('a new holder has not been silent yet', t => {
  const nodes = [self, promising, presence('third', { paceMs: 150, revision: '9' })];
  const driver = aStandby(nodes);
  driver.on({ type: 'nodes', nodes: [self, { ...promising, revision: '8' }, ...nodes.slice(2)] });
  driver.after(300);
  driver.on({ type: 'claim', stored: stored({ holder: 'third', incarnation: 'third-1', epoch: 6 }) });
  t.deepEqual(driver.after(399), []);
  t.deepEqual(types(driver.after(1)), ['take']);
});

test('in maintenance nobody takes the claim of a silent holder', t => {
  const driver = aStandby([self, promising]);
  driver.on({ type: 'maintenance', notice: { v: 1, by: 'an operator', why: 'etcd moves', atMs: 0 } });
  t.deepEqual(driver.after(4000), []);
});

test('lateness is learned from claims of our window, and from no other', t => {
  const driver = aStandby();
  driver.slot = 1150;
  driver.on({ type: 'claim', stored: stored({ slot: 1151 }) });
  t.deepEqual(driver.monitor.knows.lateness, []);
  driver.slot = 1203;
  driver.nowMs = 5320;
  driver.on({ type: 'claim', stored: stored({ slot: 1204 }) });
  // Due at 1204's start less 187.5 ms, that is 312.5 ms into slot 1203; seen at 320.
  t.deepEqual(driver.monitor.knows.lateness, [7.5]);
  driver.on({ type: 'claim', stored: stored({ slot: 1204, digest: 'again' }) });
  t.is(driver.monitor.knows.lateness.length, 1);
});

test('a claim made ahead teaches when the signature before it was due, and the first one of a window nothing', t => {
  const driver = aStandby();
  driver.slot = 1199;
  driver.on({ type: 'claim', stored: stored({ slot: 1200, ahead: 'm' }) });
  t.deepEqual(driver.monitor.knows.lateness, []);
  driver.slot = 1203;
  driver.nowMs = 5320;
  driver.on({ type: 'claim', stored: stored({ slot: 1205, ahead: 'n' }) });
  t.deepEqual(driver.monitor.knows.lateness, [7.5]);
});

test('in one window a second takeover needs more than lateness', t => {
  const driver = aStandby();
  driver.slot = 1203;
  driver.on({ type: 'claim', stored: stored({ slot: 1203, epoch: 6 }) });
  t.is(driver.monitor.knows.tookInWindow, 1200);
  driver.nowMs = 5499;
  t.deepEqual(driver.on({ type: 'tick' }), []);
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(types(driver.on({ type: 'tick' })), ['take']);
});

test('a holder that falls silent in our window is relieved once its claim is 200 ms late', t => {
  const driver = aStandby();
  // Slot 1200 is due 37.5 ms before its start.
  driver.slot = 1200;
  driver.nowMs = 5162;
  t.deepEqual(driver.on({ type: 'tick' }), []);
  driver.nowMs = 5163;
  t.like(driver.on({ type: 'tick' })[0], { type: 'take', reason: 'the claim for slot 1200 is 201 ms late' });
});

test('a standby whose clock moved waits for three claims before one can be late', t => {
  const driver = aStandby();
  driver.on({ type: 'clock-moved' });
  t.true(driver.monitor.knows.clockUnlearned);
  driver.slot = 1203;
  for (const [index, slot] of [1204, 1205, 1206].entries()) {
    driver.nowMs = 5320 + index * 500;
    driver.slot = slot - 1;
    driver.on({ type: 'claim', stored: stored({ slot }) });
  }
  t.false(driver.monitor.knows.clockUnlearned);
});

test('what was learned of one holder says nothing of the next', t => {
  const driver = aStandby();
  const { knows } = driver.monitor;
  driver.monitor = { ...driver.monitor, knows: { ...knows, lateness: [3, 4] } };
  const { stored } = knows;
  if (stored === undefined) return t.fail('no claim');
  const claim = { ...stored.claim, holder: 'c', epoch: stored.claim.epoch + 1 };
  driver.on({ type: 'claim', stored: { claim, text: 'x', revision: String(BigInt(stored.revision) + 1n) } });
  t.deepEqual(driver.monitor.knows.lateness, []);
});
