// Decides what a node does next: make which block until when, wait for its window, or only follow the chain.

import { producerOfSlot, slotAt, slotMs, slotStartMs, slotsPerWindow } from '#core/slots.ts';

export interface ProductionView {
  nowMs: number;
  headSlot: number;
  schedule: readonly string[];
  /** The producers that this node makes blocks for. */
  producers: readonly string[];
  offsetMs: number;
  /** Every block is full at once. */
  fullBlocks: boolean;
  /** What keeps the node from producing in its own slots. */
  hindrance: string | undefined;
}

export type Plan =
  | { kind: 'produce'; slot: number; producer: string; startMs: number; deadlineMs: number }
  | { kind: 'follow'; slot: number; wakeMs: number; hindrance: string | undefined };

/**
 * The next block is stamped max(now, head) + 1. Only the first of a window waits for its slot's start; each has until its share of the offset before its timestamp.
 * Source: plugins/producer_plugin/producer_plugin.cpp, start_block; block_timing_util.hpp.
 */
export function planBlock(view: ProductionView): Plan {
  const slot = Math.max(slotAt(view.nowMs), view.headSlot) + 1;
  const producer = producerOfSlot(view.schedule, slot);
  if (producer === undefined || !view.producers.includes(producer)) {
    return { kind: 'follow', slot, wakeMs: nextWindowStartMs(view, slot), hindrance: undefined };
  }
  if (view.hindrance !== undefined)
    return { kind: 'follow', slot, wakeMs: slotStartMs(slot), hindrance: view.hindrance };
  const index = slot % slotsPerWindow;
  const startMs = index === 0 ? slotStartMs(slot) - slotMs : view.nowMs;
  const deadlineMs = slotStartMs(slot) - (view.offsetMs / slotsPerWindow) * (index + 1);
  return {
    kind: 'produce',
    slot,
    producer,
    startMs,
    deadlineMs: view.fullBlocks ? startMs : Math.max(startMs, deadlineMs),
  };
}

/** When a node looks again although no block came: when its next window starts, or in a round. */
function nextWindowStartMs(view: ProductionView, slot: number): number {
  const windowStart = slot - (slot % slotsPerWindow);
  for (let ahead = 1; ahead <= view.schedule.length; ahead++) {
    const first = windowStart + ahead * slotsPerWindow;
    if (view.producers.includes(producerOfSlot(view.schedule, first) ?? '')) return slotStartMs(first) - slotMs;
  }
  return slotStartMs(windowStart + view.schedule.length * slotsPerWindow);
}

/** What get_runtime_options tells of the offset: nodeos keeps whole milliseconds per block, so 450 reads 456 and 500 reads 504. */
export function reportedOffsetMs(offsetMs: number): number {
  const effortMs = Math.floor(slotMs - offsetMs / slotsPerWindow);
  return (slotMs - effortMs) * slotsPerWindow;
}
