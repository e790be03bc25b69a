// Decides which of our slots got no block, from the heads that nodeos has shown.
//
// Between two heads of one chain the number grows by n and the slot by m: m − n slots between them have no block. Where those are ours is
// counted; what the heads leave open is `unknown`, never guessed. A head that a longer branch replaced looks just as one that was built on
// when both branches grew unseen: at a window's edge the slots next to it are therefore unknown unless no claim was made for them; within a
// window the count is right all the same, since either way it is a slot of ours, but the slot named may be its neighbour.

import { isInWindow, slotsPerWindow, type Window } from '../slots.ts';
import { type ClaimTrail, claimsFor, isBlockIdNear, isComplete } from './claim-trail.ts';
import type { Head } from './signing.ts';

/** Heads of one chain, as far as that can be seen, and the windows not judged yet. */
export interface Sightings {
  /** Oldest first; number and slot rise. */
  heads: readonly Head[];
  waiting: readonly Window[];
  /** Last slot of the last window judged. */
  judgedTo: number;
}

export interface WindowVerdict {
  window: Window;
  produced: number;
  missed: number;
  unknown: number;
  /** Slots known to have no block. */
  missedSlots: number[];
  /** Slots of which only so many have no block. */
  missedAmong: { count: number; first: number; last: number }[];
  unknownSlots: number[];
}

export const noSightings: Sightings = { heads: [], waiting: [], judgedTo: Number.NEGATIVE_INFINITY };

/** Micro-forks at the end of a window are over by then. */
const settleSlots = 6;
const maxHeads = 96;

/**
 * Takes in a head, and judges the windows that are over by it.
 * @param due the window that blocks of ours are due in, now or next
 */
export function sight(
  before: Sightings,
  head: Head,
  due: Window | undefined,
  facts: { producer: string; trail: ClaimTrail },
): { after: Sightings; verdicts: WindowVerdict[] } {
  const heads = withHead(before.heads, head);
  const begun = before.waiting.filter(({ first }) => first <= head.slot);
  const isNew = due !== undefined && due.first > before.judgedTo && !begun.some(({ first }) => first === due.first);
  const windows = isNew ? [...begun, due] : begun;
  const over = windows.filter(({ last }) => head.slot > last + settleSlots);
  const waiting = windows.filter(window => !over.includes(window)).slice(-2);
  return {
    after: {
      heads: needed(heads, waiting),
      waiting,
      judgedTo: Math.max(before.judgedTo, ...over.map(({ last }) => last)),
    },
    verdicts: over.flatMap(window => judgeWindow(heads, window, facts) ?? []),
  };
}

function withHead(heads: readonly Head[], head: Head): readonly Head[] {
  const last = heads.at(-1);
  if (last === undefined) return [head];
  if (head.id === last.id) return heads;
  if (isAbove(head, last)) return [...heads, head];
  // A fork. What was seen below it stands if no slot since then is without a block: no other chain has room for that.
  const kept = heads.filter(older => isAbove(head, older));
  const base = kept.at(-1);
  return base !== undefined && emptySlots(base, head) === 0 ? [...kept, head] : [head];
}

function isAbove(head: Head, other: Head): boolean {
  return head.num > other.num && head.slot - other.slot >= head.num - other.num;
}

function emptySlots(from: Head, to: Head): number {
  return to.slot - from.slot - (to.num - from.num);
}

/** From the last head below the oldest window that waits. */
function needed(heads: readonly Head[], waiting: readonly Window[]): readonly Head[] {
  const first = waiting[0]?.first ?? Number.POSITIVE_INFINITY;
  const start = heads.findLastIndex(({ slot }) => slot < first);
  return heads.slice(Math.max(start, heads.length - maxHeads, 0));
}

/** Undefined when another producer made a block in it: it was not our window after all. */
function judgeWindow(
  heads: readonly Head[],
  window: Window,
  facts: { producer: string; trail: ClaimTrail },
): WindowVerdict | undefined {
  const ours = (slot: number) => isInWindow(window, slot);
  if (heads.some(({ slot, producer }) => ours(slot) && producer !== facts.producer)) return undefined;
  const filled = new Set(heads.filter(({ slot }) => ours(slot)).map(({ slot }) => slot));
  const missedSlots: number[] = [];
  const missedAmong: WindowVerdict['missedAmong'] = [];
  const doubtful = new Set<number>();
  for (const [from, to] of pairs(heads)) {
    const between = slotsBetween(from.slot, to.slot);
    const own = between.filter(ours);
    const empty = emptySlots(from, to);
    if (empty === 0) {
      for (const slot of own) filled.add(slot);
    } else if (empty >= own.length && own.every(slot => isUnsigned(slot, to, heads, facts.trail))) {
      missedSlots.push(...own);
      if (ours(from.slot) && own.length < between.length) doubtful.add(from.slot);
    } else if (ours(from.slot) && ours(to.slot)) {
      if (empty === own.length) missedSlots.push(...own);
      else missedAmong.push({ count: empty, first: from.slot + 1, last: to.slot - 1 });
    } else if (ours(from.slot)) {
      doubtful.add(from.slot);
    }
  }
  return sumUp(window, { filled, missedSlots, missedAmong, doubtful });
}

function sumUp(
  window: Window,
  seen: Pick<WindowVerdict, 'missedSlots' | 'missedAmong'> & { filled: Set<number>; doubtful: Set<number> },
): WindowVerdict {
  const { missedSlots, missedAmong, filled, doubtful } = seen;
  const isAmong = (slot: number) => missedAmong.some(range => isInWindow(range, slot));
  const slots = Array.from({ length: slotsPerWindow }, (_, index) => window.first + index);
  const isFilled = (slot: number) => filled.has(slot) && !doubtful.has(slot);
  const unknownSlots = slots.filter(slot => !isFilled(slot) && !missedSlots.includes(slot) && !isAmong(slot));
  const missed = missedSlots.length + missedAmong.reduce((sum, { count }) => sum + count, 0);
  return {
    window,
    produced: slotsPerWindow - missed - unknownSlots.length,
    missed,
    unknown: unknownSlots.length,
    missedSlots,
    missedAmong,
    unknownSlots,
  };
}

/** Whether no claim can have been made for a block of this slot that `to` is built on, beside those of the heads seen. */
function isUnsigned(slot: number, to: Head, heads: readonly Head[], trail: ClaimTrail): boolean {
  if (!isComplete(trail, slot - 1)) return false;
  return claimsFor(trail, slot, slot + 2).every(({ slot: claimed, digest, mark, open }) => {
    // A claim lies at most one slot above its block; one made ahead, at most two.
    if (mark === undefined && claimed > slot + 1) return true;
    if (open !== undefined) return false;
    if (heads.some(({ id }) => id === digest)) return true;
    // A claim may lie one slot above its block; where digests are no ids, that would be taken for the next block's own.
    if (!isBlockIdNear(digest, to.num)) return claimed !== slot;
    // An id begins with its block's number: what is not below `to` cannot lie under it.
    return Number.parseInt(digest.slice(0, 8), 16) >= to.num;
  });
}

function pairs(heads: readonly Head[]): [Head, Head][] {
  return heads.slice(1).map((head, index) => [heads[index] ?? head, head]);
}

function slotsBetween(from: number, to: number): number[] {
  return Array.from({ length: Math.min(to - from - 1, 10_000) }, (_, index) => from + 1 + index);
}
