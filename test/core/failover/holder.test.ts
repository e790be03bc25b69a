// A new holder and one that holds: when nodeos is resumed, what deposes it.

import test from 'ava';
import { aHolder, aHolderWithStandby, aStandby, ours, said, self, stored, taken, types, window } from './driver.ts';

test('a new holder resumes only once the clock is past the last claim', t => {
  const driver = taken({ slot: 1001 });
  t.deepEqual(driver.after(5000), []);
  driver.slot = 1001;
  t.deepEqual(types(driver.after(0)), ['resume']);
});

const behind = { paused: true, headSlot: 899 };

test('a new holder resumes at once when its head is the claimed block', t => {
  const driver = taken({ slot: 900, digest: 'abc' });
  driver.sees(behind);
  t.deepEqual(driver.after(5), []);
  t.deepEqual(types(driver.sees({ ...behind, headId: 'abc' })), ['resume']);
});

test('a new holder resumes at once when the chain has gone on past the claimed block', t => {
  const driver = taken({ slot: 900, digest: 'abc' });
  t.deepEqual(types(driver.sees({ paused: true, headSlot: 900 })), ['resume']);
});

test('nor does it wait for a block that a claim made ahead does not name, once it has that or a later one', t => {
  const driver = taken({ slot: 900, digest: 'abc', ahead: 'm' });
  t.deepEqual(types(driver.sees({ paused: true, headId: 'later', headSlot: 899 })), []);
  t.deepEqual(types(driver.sees({ paused: true, headId: 'later', headSlot: 900 })), ['resume']);
});

test('a new holder waits 60 ms for the claimed block and goes on without it', t => {
  const driver = taken({ slot: 900, digest: 'abc' });
  driver.sees(behind);
  t.deepEqual(driver.after(59), []);
  t.deepEqual(types(driver.after(1)), ['resume']);
});

test('a block that was signed before its claim was given is waited for longer', t => {
  const driver = aStandby();
  driver.sees(behind);
  driver.on({ type: 'claim', stored: ours({ slot: 900, digest: 'abc' }) });
  t.deepEqual(driver.after(249), []);
  t.deepEqual(types(driver.after(1)), ['resume']);
});

test('a new holder whose nodeos runs waits until it was paused for a whole slot', t => {
  const driver = taken({ slot: 900 });
  driver.sees({ paused: false });
  t.deepEqual(driver.after(5000), []);
  driver.sees({ paused: true });
  t.deepEqual(driver.after(499), []);
  t.deepEqual(types(driver.after(1)), ['resume']);
});

test('the slot of pause counts from when the first answer came to when the last was asked for', t => {
  const driver = taken({ slot: 900 });
  const look = (agoMs: number) => types([...driver.sees({ paused: true }, agoMs), ...driver.on({ type: 'tick' })]);
  driver.sees({ paused: false });
  driver.nowMs += 1000;
  look(400);
  driver.nowMs += 499;
  t.deepEqual(look(0), [], 'the first answer came 499 ms ago, though it was asked for earlier');
  driver.nowMs += 401;
  t.deepEqual(look(402), [], 'the last one was asked for when the first was 498 ms old');
  driver.nowMs += 1;
  t.deepEqual(look(0), ['resume']);
});

test('a pause that was asked for before the claimed slot says nothing of what began in it', t => {
  const driver = taken({ slot: 1001 });
  const look = (agoMs: number) => types([...driver.sees({ paused: true }, agoMs), ...driver.on({ type: 'tick' })]);
  driver.after(600);
  driver.slot = 1001;
  driver.nowMs = 1050;
  t.deepEqual(look(100), [], 'it was asked for 50 ms before the slot');
  t.deepEqual(look(49), ['resume']);
});

test('a new holder asks to resume once, and again when nodeos did not obey', t => {
  const driver = taken({ slot: 900 });
  driver.after(60);
  t.deepEqual(driver.after(60), []);
  driver.on({ type: 'resumed', ok: false });
  t.is(driver.role, 'resuming');
  t.deepEqual(types(driver.after(5)), []);
  t.deepEqual(types(driver.after(250)), ['resume']);
  driver.on({ type: 'resumed', ok: true });
  t.is(driver.role, 'holding');
});

test('a new holder that is overtaken before it resumed is deposed', t => {
  const driver = taken({ slot: 900, epoch: 6 });
  t.deepEqual(types(driver.on({ type: 'claim', stored: stored({ epoch: 7 }) })), ['say', 'pause']);
  t.is(driver.role, 'deposed');
});

test('a claim handed to a standby makes it the holder', t => {
  const driver = aHolder();
  t.is(driver.role, 'holding');
  t.deepEqual(types(driver.commands), ['say', 'say', 'resume', 'say']);
});

test('a holder whose nodeos is found paused resumes it after a whole slot', t => {
  const driver = aHolder();
  driver.sees({ paused: true });
  t.is(driver.role, 'resuming');
  t.deepEqual(driver.after(499), []);
  t.deepEqual(types(driver.after(1)), ['resume']);
});

test('a slot of pause from before a resume does not count for the next one', t => {
  const driver = aStandby();
  driver.on({ type: 'claim', stored: ours() });
  driver.after(60);
  driver.on({ type: 'resumed', ok: true });
  driver.sees({ paused: true });
  t.deepEqual(driver.after(499), []);
  t.deepEqual(types(driver.after(1)), ['resume']);
});

test('a holder keeps signing under its own newer claims', t => {
  const driver = aHolder();
  t.deepEqual(driver.on({ type: 'claim', stored: ours({ slot: 1200, digest: 'x' }) }), []);
  t.is(driver.role, 'holding');
});

test('an older claim that arrives late is not believed', t => {
  const late = stored({ slot: 899 });
  const driver = aHolder();
  t.deepEqual(driver.on({ type: 'claim', stored: late }), []);
  t.is(driver.role, 'holding');
});

test('a deposed holder pauses nodeos and becomes a standby after a whole slot', t => {
  const driver = aHolder();
  t.deepEqual(types(driver.on({ type: 'claim', stored: stored({ epoch: 6 }) })), ['say', 'pause']);
  driver.on({ type: 'paused', ok: true });
  driver.sees({ paused: true });
  t.deepEqual(driver.after(499), []);
  t.is(driver.role, 'deposed');
  t.deepEqual(said(driver.after(1)), ['standby']);
});

test('a missing claim key deposes the holder', t => {
  const driver = aHolder();
  driver.on({ type: 'claim', stored: undefined });
  t.is(driver.role, 'deposed');
});

test('a deposed holder whose nodeos did not answer pauses it when it is seen running, not in a tight loop', t => {
  const driver = aHolder();
  driver.on({ type: 'claim', stored: stored({ epoch: 6 }) });
  t.deepEqual(driver.on({ type: 'paused', ok: false }), []);
  t.deepEqual(driver.sees({ alive: false, paused: null }), []);
  t.deepEqual(types(driver.sees({ paused: false })), ['pause']);
});

test('answers of nodeos count as paused, not the time since the last of them', t => {
  const driver = aStandby();
  driver.lastSeen = undefined;
  driver.sees({ paused: null });
  driver.sees({ paused: true });
  driver.lastSeen = undefined;
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(types(driver.after(5000)), []);
  t.deepEqual(types(driver.sees({ paused: true })), []);
  t.deepEqual(types(driver.after(0)), ['take']);
});

test('a holder whose wall clock moves hands over at once', t => {
  const driver = aHolderWithStandby({});
  t.deepEqual(types(driver.on({ type: 'clock-moved' })), ['say', 'pause']);
  driver.on({ type: 'paused', ok: true });
  driver.sees({ paused: true });
  t.deepEqual(types(driver.after(600)), ['give']);
});

test('a clock that moves while nodeos is being resumed makes it pause again', t => {
  const driver = aStandby();
  driver.on({ type: 'claim', stored: ours() });
  t.deepEqual(types(driver.after(60)), ['resume']);
  t.deepEqual(types(driver.on({ type: 'clock-moved' })), ['say', 'pause']);
  driver.on({ type: 'resumed', ok: true });
  t.is(driver.role, 'resuming');
});

test('a holder that nobody can relieve pauses nodeos when its clock moves, and resumes it by the rules', t => {
  const driver = aHolder();
  t.deepEqual(types(driver.on({ type: 'clock-moved' })), ['say', 'pause']);
  t.is(driver.role, 'resuming');
});

test('a new holder whose nodeos runs before it may pauses it', t => {
  const driver = aHolder();
  driver.on({ type: 'clock-moved' });
  t.deepEqual(types(driver.sees({ paused: false })), ['pause']);
});

test('a claim by a pending schedule is no reason to wait for one', t => {
  const driver = aStandby();
  driver.on({ type: 'windows', windows: [window], dueWindows: [], produceBlockOffsetMs: 450 });
  driver.slot = 1205;
  t.deepEqual(driver.after(400), []);
});

test('a new holder resumes a nodeos that still says it is paused in the claimed slot', t => {
  const driver = aStandby();
  driver.slot = 1202;
  driver.on({ type: 'claim', stored: ours({ slot: 1204, epoch: 6 }) });
  driver.after(100);
  driver.lastSeen = undefined;
  driver.slot = 1204;
  t.deepEqual(driver.after(100), [], 'the last answer is older than the slot');
  const [resume] = driver.sees({ paused: true });
  t.is(resume?.type, 'resume');
  t.is(driver.monitor.knows.begunWith, driver.monitor.knows.stored?.text);
});

test('after a step of the clock nodeos must be seen paused for a whole slot anew', t => {
  const driver = aStandby();
  driver.on({ type: 'clock-moved' });
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(types(driver.after(10)), []);
  t.deepEqual(types(driver.after(499)), []);
  t.deepEqual(types(driver.after(1)), ['take']);
});

test('each tenure begins with the claim of its own: a second one is not taken for a clone of the first', t => {
  const driver = aHolder();
  const first = driver.monitor.knows.begunWith;
  t.truthy(first);
  driver.on({ type: 'claim', stored: stored({ epoch: 6 }) });
  t.is(driver.role, 'deposed');
  driver.sees({ paused: true });
  driver.after(600);
  t.is(driver.role, 'standby');
  const second = ours({ epoch: 7 });
  driver.on({ type: 'claim', stored: second });
  driver.after(300);
  driver.on({ type: 'resumed', ok: true });
  t.is(driver.role, 'holding');
  t.is(driver.monitor.knows.begunWith, second.text);
  t.not(second.text, first);
});
