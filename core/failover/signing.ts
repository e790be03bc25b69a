// Decides which slot a signature request stands for, and whether it may be claimed. See docs/signing.md for the proof.

import { isInWindow, slotAt, slotStartMs, type Window } from '../slots.ts';
import type { Claim } from './claim.ts';

/** nodeos' head when it asked. */
export interface Head {
  id: string;
  num: number;
  slot: number;
  producer: string;
}

/** Everything the decision rests on. */
export interface SigningFacts {
  /** Hex digest to sign; under Savanna it is the block's id. */
  digest: string;
  /** Wall clock, ms since the Unix epoch. */
  nowMs: number;
  head: Head;
  /** Our claim as last confirmed by etcd. */
  claim: Claim;
  /** The last signature of this tenure that nodeos waited for, and the slot claimed for it; undefined when there is none. */
  last: { digest: string; slot: number } | undefined;
  producer: string;
  /** Whether this nodeos has shown that it signs ids of blocks. */
  isSavanna: boolean;
  /** Our windows by the active and the pending schedule. */
  windows: readonly Window[];
}

export type SigningDecision =
  | { kind: 'claim'; slot: number }
  | { kind: 'refuse'; reason: RefusalReason; detail: string };

/** Why a signature is refused. A closed list: metrics count by it. */
export type RefusalReason =
  | 'not-holder'
  | 'busy'
  | 'clock-moved'
  | 'outside-window'
  | 'slot-already-claimed'
  | 'fork-dropped-our-block'
  | 'stale-head'
  | 'nodeos-silent'
  | 'etcd-silent'
  | 'claim-lost'
  | 'too-late'
  | 'bad-request'
  | 'wrong-key';

/** nodeos stamps a block `max(now, head) + 1`: the claim must be at least that, and above every slot signed before. */
export function decideSigning(facts: SigningFacts): SigningDecision {
  const { nowMs, head, claim, windows, digest } = facts;
  if (facts.isSavanna && !isOnHead(digest, head)) {
    return {
      kind: 'refuse',
      reason: 'stale-head',
      detail: `nodeos told block ${head.num} as its head and asks for block ${numberIn(digest)}: what that one is built on is not known`,
    };
  }
  const next = slotAt(nowMs) + 1;
  const slot = Math.max(next, head.slot + 1);
  const lowest = lowestClaim(facts, head);
  if (slot < lowest) {
    const reason = lowest > claim.slot + 1 ? 'fork-dropped-our-block' : 'slot-already-claimed';
    return {
      kind: 'refuse',
      reason,
      detail: `the block would carry slot ${slot} at most; slot ${lowest} or later is free under the claim of ${claim.slot}`,
    };
  }
  if (!windows.some(window => isInWindow(window, slot))) {
    return { kind: 'refuse', reason: 'outside-window', detail: `slot ${slot} is not ours by the schedule` };
  }
  return { kind: 'claim', slot };
}

/**
 * The slot that can be claimed before nodeos' head is known, to ask etcd and nodeos at once; undefined when only the head can tell.
 * The signature still waits for `decideSigning` to give the same slot: a claim unused is harmless.
 */
export function slotBeforeHead({ nowMs, claim, windows }: Omit<SigningFacts, 'head'>): number | undefined {
  const next = slotAt(nowMs) + 1;
  return next > claim.slot && windows.some(window => isInWindow(window, next)) ? next : undefined;
}

/** Blocks at the beginning of a window are due right before their slot's end: see docs/decisions/0014-late-blocks.md. */
export const mostLateMs = 150;

/**
 * Until when, in ms since the Unix epoch, the signature for a slot may leave. A block that comes a little after its slot delays only the next
 * one; where that is another producer's, ours would be left behind.
 */
export function leaveByMs(slot: number, windows: readonly Window[]): number {
  const isNextOurs = windows.some(window => isInWindow(window, slot) && isInWindow(window, slot + 1));
  return slotStartMs(slot) + (isNextOurs ? mostLateMs : 0);
}

/** The lowest slot that a new claim may carry. */
function lowestClaim(facts: SigningFacts, head: Head): number {
  const { claim, last } = facts;
  if (last === undefined) return claim.slot + 1;
  if (isOurLastBlock(facts, head, last)) {
    // Our last request came late and claimed one slot too many, or a claim stayed unused: the slot is claimed, but no block carries it.
    return head.slot < claim.slot ? claim.slot : claim.slot + 1;
  }
  // A fork dropped our block: nodeos may stamp its slot again, so one slot after it is left out (request and stamp may fall into
  // different slots). Claims made since that no signature left for are no blocks, and need no distance.
  return Math.max(claim.slot + 1, last.slot + 2);
}

/** Whether the digest is the id of a block on this head: it begins with the block's number. Before Savanna it begins with anything. */
export function isOnHead(digest: string, head: Pick<Head, 'num'>): boolean {
  return numberIn(digest) === head.num + 1;
}

function numberIn(digest: string): number {
  return Number.parseInt(digest.slice(0, 8), 16);
}

/** Under Savanna the digest is the block's id. Before it the digest says nothing, and only our name and the slot are left to go by. */
function isOurLastBlock(
  { digest, producer }: SigningFacts,
  head: Head,
  last: { digest: string; slot: number },
): boolean {
  if (head.id === last.digest) return true;
  return !isOnHead(digest, head) && head.producer === producer && head.slot <= last.slot && head.slot >= last.slot - 1;
}
