import test from 'ava';
import { slotStartMs } from '#core/slots.ts';
import type { Block } from '#rehearsal/nodeos/block.ts';
import {
  createLedger,
  judge,
  knownRange,
  type Ledger,
  mostBlocks,
  record,
  settledAfterMs,
} from '#rehearsal/observer/ledger.ts';
import { branch, child, firstSlot, genesis, schedule } from '../nodeos/chain.ts';

/** bpa's slots here are firstSlot + 1 to firstSlot + 11; later ones belong to others. */
const range = { fromSlot: firstSlot + 1, toSlot: firstSlot + 15, nowMs: slotStartMs(firstSlot + 60) };

function ledgerOf(...blocks: Block[]): Ledger {
  const ledger = createLedger('bpa', schedule);
  for (const block of blocks) record(ledger, block);
  return ledger;
}

test('a window whose every slot is on the chain is signed, by whom is told', t => {
  const { ourSlots, missedSlots, doubleSignedSlots, slots } = judge(
    ledgerOf(...branch(genesis, 15, { node: 'one' })),
    range,
  );
  t.deepEqual({ ourSlots, missedSlots, doubleSignedSlots }, { ourSlots: 11, missedSlots: [], doubleSignedSlots: [] });
  t.true(slots.every(({ verdict, nodes, onChain }) => verdict === 'signed' && nodes.join() === 'one' && onChain));
});

test('a slot without a block is missed', t => {
  const before = branch(genesis, 3);
  const after = branch(child(before[2] as Block, { slot: firstSlot + 6 }), 8);
  const { missedSlots } = judge(
    ledgerOf(...before, child(before[2] as Block, { slot: firstSlot + 6 }), ...after),
    range,
  );
  t.deepEqual(missedSlots, [firstSlot + 4, firstSlot + 5]);
});

test('a block that was forked out counts as missed, and is told', t => {
  const before = branch(genesis, 3);
  const lost = child(before[2] as Block, { node: 'one' });
  const chain = branch(child(before[2] as Block, { slot: firstSlot + 5 }), 10);
  const { slots, missedSlots } = judge(
    ledgerOf(...before, lost, child(before[2] as Block, { slot: firstSlot + 5 }), ...chain),
    range,
  );
  t.deepEqual(missedSlots, [firstSlot + 4]);
  t.deepEqual(
    slots.find(({ slot }) => slot === firstSlot + 4),
    { slot: firstSlot + 4, verdict: 'missed', nodes: ['one'], ids: [lost.id], onChain: false },
  );
});

test('two ids at one slot are a double signature, wherever they were seen and at once', t => {
  const [first, second] = [child(genesis, { node: 'one' }), child(genesis, { node: 'two', root: 'other' })];
  const { doubleSignedSlots, slots } = judge(ledgerOf(first, second), { ...range, nowMs: slotStartMs(firstSlot + 1) });
  t.deepEqual(doubleSignedSlots, [firstSlot + 1]);
  t.deepEqual(slots[0]?.nodes, ['one', 'two']);
});

test('the same block from several peers is one block', t => {
  const ledger = ledgerOf(child(genesis));
  t.false(record(ledger, child(genesis)));
  t.deepEqual(judge(ledger, range).doubleSignedSlots, []);
});

test('a slot is pending until it is settled', t => {
  const slot = firstSlot + 2;
  const at = (nowMs: number) => judge(ledgerOf(child(genesis)), { fromSlot: slot, toSlot: slot, nowMs });
  t.deepEqual(at(slotStartMs(slot) + settledAfterMs - 1).pendingSlots, [slot]);
  t.deepEqual(at(slotStartMs(slot) + settledAfterMs).missedSlots, [slot]);
});

test('the chain is the branch with the newer quorum, not the longer one', t => {
  const isolated = branch(genesis, 8, { node: 'alone', qc: 1, root: 'alone' });
  const chain = branch(genesis, 4, { node: 'one' });
  const { slots } = judge(ledgerOf(...isolated, ...chain), { ...range, toSlot: firstSlot + 6 });
  t.deepEqual(
    slots.map(({ verdict, onChain }) => `${verdict} ${onChain}`),
    [...Array(4).fill('double true'), ...Array(2).fill('missed false')],
  );
});

test('block 1 and the oldest of too many blocks are not kept', t => {
  const ledger = ledgerOf(genesis, ...branch(genesis, mostBlocks + 10));
  t.is(ledger.blocks.size, mostBlocks);
  t.is(knownRange(ledger, range.nowMs).fromSlot, firstSlot + 11);
});
