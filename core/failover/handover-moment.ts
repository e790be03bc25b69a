// Decides when a handover may begin: in the gap, or at once, but where pausing nodeos costs no block.

import { isInWindow, slotAt, slotMs, slotStartMs, type Window } from '../slots.ts';
import type { HandoverMoment } from './requests.ts';
import { dueMs } from './takeover.ts';

/** Slots that must lie between now and our next window for a handover in the gap. */
export const gapSlots = 6;
/** Slots after our window in which its last block is still on its way. */
export const settleSlots = 2;
/** Nodeos must have answered to `pause` before it asks for the next signature: only then is that known to be its last one. */
const answerMs = 150;
/** Paused in these ms before our window, nodeos does not begin the first block, and the target has the claim too late to make it. */
const tooLateMs = 600;
/** By then nodeos has begun the first block. */
const begunMs = 60;

/** What the choice rests on. */
export interface MomentFacts {
  wallMs: number;
  /** Windows near, and the one just over; undefined while nodeos has told no schedule. */
  windows: readonly Window[] | undefined;
  /** Up to which it was signed, as far as the claim says. */
  claimedSlot: number;
  produceBlockOffsetMs: number;
}

/** Whether nodeos may be paused for a handover now. */
export function isMoment(moment: HandoverMoment, facts: MomentFacts): boolean {
  return moment === 'gap' ? isGap(facts) : isBetweenSignatures(facts);
}

function isGap({ windows, wallMs }: MomentFacts): boolean {
  if (windows === undefined) return false;
  const now = slotAt(wallMs);
  return windows.every(window => !isInWindow({ first: window.first - gapSlots, last: window.last + settleSlots }, now));
}

/**
 * After `pause` nodeos signs the block in progress, and then the claim is given. When that one is signed right before or right after the
 * answer, nobody knows that it was the last; the wait for another takes longer than the target has for its first block.
 */
function isBetweenSignatures({ windows, wallMs, claimedSlot, produceBlockOffsetMs }: MomentFacts): boolean {
  const next = Math.max(slotAt(wallMs), claimedSlot) + 1;
  const window = windows?.find(({ last }) => last >= next);
  if (window === undefined) return true;
  if (next > window.first) return wallMs < dueMs(next, window, produceBlockOffsetMs) - answerMs;
  const untilBegunMs = slotStartMs(window.first) - slotMs - wallMs;
  if (untilBegunMs > -begunMs) return untilBegunMs > tooLateMs;
  return wallMs < dueMs(window.first, window, produceBlockOffsetMs) - answerMs;
}
