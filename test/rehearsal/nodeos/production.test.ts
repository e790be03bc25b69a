import test from 'ava';
import { slotMs, slotStartMs } from '#core/slots.ts';
import { type ProductionView, planBlock, reportedOffsetMs } from '#rehearsal/nodeos/production.ts';
import { firstSlot, schedule } from './chain.ts';

/** bpa's window is firstSlot to firstSlot + 11. */
function view(change: Partial<ProductionView>): ProductionView {
  return {
    nowMs: slotStartMs(firstSlot - 1),
    headSlot: firstSlot - 1,
    schedule,
    producers: ['bpa'],
    offsetMs: 450,
    fullBlocks: false,
    hindrance: undefined,
    ...change,
  };
}

test("the first block of a window waits for its slot's start, although the head is there early", t => {
  const plan = planBlock(view({ nowMs: slotStartMs(firstSlot - 1) - 450 }));
  t.like(plan, { kind: 'produce', slot: firstSlot, startMs: slotStartMs(firstSlot) - slotMs });
});

test('each block is due by its share of the offset before its timestamp', t => {
  for (let index = 0; index < 12; index++) {
    const slot = firstSlot + index;
    const plan = planBlock(view({ headSlot: slot - 1, nowMs: slotStartMs(slot - 1) }));
    t.like(plan, { kind: 'produce', slot, deadlineMs: slotStartMs(slot) - 37.5 * (index + 1) });
  }
});

test('a block after the first starts at once, however early, and is stamped one after the head', t => {
  const nowMs = slotStartMs(firstSlot - 1) + 20;
  const plan = planBlock(view({ nowMs, headSlot: firstSlot + 4, fullBlocks: true }));
  t.like(plan, { kind: 'produce', slot: firstSlot + 5, startMs: nowMs, deadlineMs: nowMs });
});

test('a block that is late is due at once', t => {
  const nowMs = slotStartMs(firstSlot + 3) - 10;
  t.like(planBlock(view({ nowMs, headSlot: firstSlot + 2 })), {
    kind: 'produce',
    slot: firstSlot + 3,
    deadlineMs: nowMs,
  });
});

test('the clock names the slot when the head is old', t => {
  t.like(planBlock(view({ nowMs: slotStartMs(firstSlot + 6) + 1, headSlot: 5 })), {
    kind: 'produce',
    slot: firstSlot + 7,
  });
});

test('in the window of another a node follows the chain until its own', t => {
  const plan = planBlock(view({ nowMs: slotStartMs(firstSlot + 13), headSlot: firstSlot + 13 }));
  t.deepEqual(plan, {
    kind: 'follow',
    slot: firstSlot + 14,
    wakeMs: slotStartMs(firstSlot + 48) - slotMs,
    hindrance: undefined,
  });
});

test('after the last block of its window a node follows the chain', t => {
  t.like(planBlock(view({ nowMs: slotStartMs(firstSlot + 10) + 50, headSlot: firstSlot + 11 })), {
    kind: 'follow',
    slot: firstSlot + 12,
  });
});

test('a hindered node follows the chain in its own window, and looks again a slot later', t => {
  const plan = planBlock(view({ hindrance: 'production is explicitly paused' }));
  t.deepEqual(plan, {
    kind: 'follow',
    slot: firstSlot,
    wakeMs: slotStartMs(firstSlot),
    hindrance: 'production is explicitly paused',
  });
});

test('a node of several producers makes the blocks of each', t => {
  const at = (slot: number) =>
    planBlock(view({ producers: ['bpb', 'bpd'], nowMs: slotStartMs(slot - 1), headSlot: slot - 1 }));
  t.like(at(firstSlot + 12), { kind: 'produce', producer: 'bpb' });
  t.like(at(firstSlot + 47), { kind: 'produce', producer: 'bpd' });
  t.like(at(firstSlot + 25), { kind: 'follow', wakeMs: slotStartMs(firstSlot + 36) - slotMs });
});

test('the offset that the API tells counts whole milliseconds a block', t => {
  t.deepEqual([450, 0, 120, 500, 1000].map(reportedOffsetMs), [456, 0, 120, 504, 1008]);
});
