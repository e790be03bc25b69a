// Decides how often the holder says that it is there, and how long its silence is borne: a promise that it makes itself, and only before our window.

import { slotMs, slotStartMs, type Window } from '../slots.ts';
import type { Presence } from './status.ts';

/** Once a second, as everybody: one that dies now still has a presence when our window begins. */
const [soonMs, soonPaceMs] = [8000, 1000];
/** A slower pace would leave a standby too little time to make the first block. */
const [closeMs, closePaceMs] = [2500, 150];
/** What an announcement may take longer than the one before. */
const leastDelayMs = 250;

/**
 * How soon the holder speaks again; null: it promises nothing. Once it has claimed a slot of the window, its claims speak for it.
 * @param window the one now or next
 */
export function holderPaceMs(window: Window | undefined, claimedSlot: number, wallMs: number): number | null {
  if (window === undefined || claimedSlot >= window.first || wallMs >= slotStartMs(window.first)) return null;
  if (isCloseTo(window, wallMs)) return closePaceMs;
  return untilBegunMs(window, wallMs) < soonMs ? soonPaceMs : null;
}

/** Whether our window begins within seconds, and its first block has not been due yet. */
export function isCloseTo(window: Window, wallMs: number): boolean {
  return untilBegunMs(window, wallMs) < closeMs && wallMs < slotStartMs(window.first);
}

/** How long after it was last heard a node that promised a pace has broken its promise. */
export function silenceMs(paceMs: number): number {
  return paceMs + Math.max(leastDelayMs, paceMs / 2);
}

/** The holder's presence when it is one that was written since: etcd counts every writing. */
export function isHeardAnew(before: Presence | undefined, now: Presence | undefined): boolean {
  return now !== undefined && (before?.incarnation !== now.incarnation || before.revision !== now.revision);
}

/** The first block is begun a slot before its own. */
function untilBegunMs({ first }: Window, wallMs: number): number {
  return slotStartMs(first) - slotMs - wallMs;
}
