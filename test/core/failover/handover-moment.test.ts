// When a handover may begin: in the gap, or at once but not where pausing nodeos would cost a block.

import test from 'ava';
import { isMoment, type MomentFacts } from '#core/failover/handover-moment.ts';
import { slotStartMs } from '#core/slots.ts';

const window = { first: 1200, last: 1211 };
const later = { first: 1248, last: 1259 };
const facts: MomentFacts = { wallMs: 0, windows: [window, later], claimedSlot: 900, produceBlockOffsetMs: 450 };

const gap = test.macro((t, slot: number, is: boolean) =>
  t.is(isMoment('gap', { ...facts, wallMs: slotStartMs(slot) }), is),
);
test('well before our window is the gap', gap, 1193, true);
test('six slots before it is not', gap, 1194, false);
test('within it is not', gap, 1205, false);
test('two slots after it is not', gap, 1213, false);
test('three slots after it is', gap, 1214, true);

test('without a schedule no gap is known, and a producer that is not in it has nothing but gap', t => {
  t.false(isMoment('gap', { ...facts, windows: undefined }));
  t.true(isMoment('gap', { ...facts, windows: [] }));
});
test('`now` is any moment then', t => {
  t.true(isMoment('now', { ...facts, windows: undefined }));
  t.true(isMoment('now', { ...facts, windows: [] }));
});

const now = test.macro((t, wallMs: number, claimedSlot: number, is: boolean) =>
  t.is(isMoment('now', { ...facts, wallMs, claimedSlot }), is),
);
/** The block of slot 1205 is due 225 ms before its start, with offset 450. */
const due = slotStartMs(1205) - 225;
test('right after a block was signed nodeos may be paused', now, due - 460, 1204, true);
test('and while the next is made', now, due - 151, 1204, true);
test('until shortly before that one is due', now, due - 150, 1204, false);
test('a block that is being signed is waited for', now, due + 10, 1204, false);
test('once it is signed the next has just begun', now, due + 10, 1205, true);
test('blocks that were full are signed already, and the next is not due for long', now, due - 20, 1209, true);
test('when all slots of the window are claimed no block is in progress', now, due, 1211, true);

/** The first block is begun a slot before its own. */
const begun = slotStartMs(1200) - 500;
test('before our window there may be time for the target to make the first block', now, begun - 601, 900, true);
test('or not', now, begun - 600, 900, false);
test('as long as nodeos has not begun the first block it is not paused', now, begun + 59, 900, false);
test('then it makes it', now, begun + 60, 900, true);
test('the first block is due 37.5 ms before its slot', now, slotStartMs(1200) - 187, 900, false);
test('of two windows in a row the second is like any', t => {
  const windows = [window, { first: 1212, last: 1223 }];
  const at = (wallMs: number) => isMoment('now', { ...facts, windows, claimedSlot: 1211, wallMs });
  t.deepEqual([at(slotStartMs(1211) - 440), at(slotStartMs(1211) + 60)], [false, true]);
});
