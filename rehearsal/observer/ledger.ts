// Decides from blocks alone what became of our producer's slots: signed by which node, missed, signed twice.

import { producerOfSlot, slotAt, slotStartMs } from '#core/slots.ts';

/** What the ledger needs to know of a block. */
export interface SeenBlock {
  num: number;
  id: string;
  previous: string;
  slot: number;
  producer: string;
  /** The node that published it. */
  node: string;
  /** The number of the highest ancestor with a quorum of votes: the branch with the newer one is the chain's. */
  qc: number;
}

export interface Ledger {
  producer: string;
  schedule: readonly string[];
  blocks: Map<string, SeenBlock>;
  idsOfSlot: Map<number, string[]>;
  best: SeenBlock | undefined;
}

/** More blocks than this are not kept: the oldest go first (three hours' worth). */
export const mostBlocks = 21_600;

/** A slot is judged when it is this old: later than that no fork of a healthy chain changes. */
export const settledAfterMs = 3000;

export function createLedger(producer: string, schedule: readonly string[]): Ledger {
  return { producer, schedule, blocks: new Map(), idsOfSlot: new Map(), best: undefined };
}

/** Notes a block; false when it was known. Block 1 is nobody's, and its slot is years back. */
export function record(ledger: Ledger, block: SeenBlock): boolean {
  if (block.num === 1 || ledger.blocks.has(block.id)) return false;
  ledger.blocks.set(block.id, block);
  ledger.idsOfSlot.set(block.slot, [...(ledger.idsOfSlot.get(block.slot) ?? []), block.id]);
  const { best } = ledger;
  if (best === undefined || block.qc > best.qc || (block.qc === best.qc && block.num > best.num)) ledger.best = block;
  if (ledger.blocks.size > mostBlocks) forgetOldest(ledger);
  return true;
}

function forgetOldest(ledger: Ledger): void {
  const [oldest] = ledger.blocks.values();
  if (oldest === undefined) return;
  ledger.blocks.delete(oldest.id);
  const ids = (ledger.idsOfSlot.get(oldest.slot) ?? []).filter(id => id !== oldest.id);
  if (ids.length === 0) ledger.idsOfSlot.delete(oldest.slot);
  else ledger.idsOfSlot.set(oldest.slot, ids);
}

export type Verdict = 'signed' | 'missed' | 'double' | 'pending';

export interface SlotVerdict {
  slot: number;
  /** `double`: two ids at one slot, wherever they were seen. `missed` with ids: a block was made but is not on the chain. */
  verdict: Verdict;
  nodes: string[];
  ids: string[];
  onChain: boolean;
}

export interface Judgement {
  /** Slots of ours in the range, pending ones among them. */
  ourSlots: number;
  missedSlots: number[];
  doubleSignedSlots: number[];
  pendingSlots: number[];
  slots: SlotVerdict[];
}

export interface Range {
  fromSlot: number;
  toSlot: number;
  nowMs: number;
}

/** Judges our slots of a range, both ends included; of a range longer than the ledger can hold only its end. */
export function judge(ledger: Ledger, range: Range): Judgement {
  const { toSlot, nowMs } = range;
  const fromSlot = Math.max(range.fromSlot, toSlot - mostBlocks);
  const chain = chainIds(ledger, fromSlot);
  const slots: SlotVerdict[] = [];
  for (let slot = fromSlot; slot <= toSlot; slot++) {
    if (producerOfSlot(ledger.schedule, slot) === ledger.producer) slots.push(judgeSlot(ledger, chain, slot, nowMs));
  }
  const slotsWith = (verdict: Verdict): number[] =>
    slots.filter(each => each.verdict === verdict).map(({ slot }) => slot);
  return {
    ourSlots: slots.length,
    missedSlots: slotsWith('missed'),
    doubleSignedSlots: slotsWith('double'),
    pendingSlots: slotsWith('pending'),
    slots,
  };
}

function judgeSlot(ledger: Ledger, chain: ReadonlySet<string>, slot: number, nowMs: number): SlotVerdict {
  const ids = (ledger.idsOfSlot.get(slot) ?? []).filter(id => ledger.blocks.get(id)?.producer === ledger.producer);
  const nodes = [...new Set(ids.map(id => ledger.blocks.get(id)?.node ?? ''))];
  const onChain = ids.some(id => chain.has(id));
  const isSettled = nowMs >= slotStartMs(slot) + settledAfterMs;
  // A second signature is one however the chain goes on.
  const verdict = ids.length > 1 ? 'double' : !isSettled ? 'pending' : onChain ? 'signed' : 'missed';
  return { slot, verdict, nodes, ids, onChain };
}

/** The ids of the best chain, from its end down to `fromSlot`. */
function chainIds(ledger: Ledger, fromSlot: number): Set<string> {
  const ids = new Set<string>();
  for (
    let block = ledger.best;
    block !== undefined && block.slot >= fromSlot;
    block = ledger.blocks.get(block.previous)
  )
    ids.add(block.id);
  return ids;
}

/** The range that the ledger can judge: from the first block it saw to now, or to the newest block, which is made before its time. */
export function knownRange(ledger: Ledger, nowMs: number): Range {
  let fromSlot = slotAt(nowMs);
  for (const slot of ledger.idsOfSlot.keys()) fromSlot = Math.min(fromSlot, slot);
  return { fromSlot, toSlot: Math.max(slotAt(nowMs), ledger.best?.slot ?? 0), nowMs };
}
