// The claims that a watch of the register has shown lately, and from which slot on none can have been overlooked.

import type { StoredClaim } from './claim.ts';

/** A claim as the watch showed it. */
export interface WatchedClaim {
  slot: number;
  digest: string;
  holder: string;
}

export interface ClaimTrail {
  /** Oldest first; only those that were made for a signature. */
  claims: readonly WatchedClaim[];
  isWatching: boolean;
  /** Every claim above this slot has been seen; undefined when that cannot be said of any. */
  completeAbove: number | undefined;
  /** Newest mod_revision of the claim that the watch has shown. */
  revision: string | undefined;
}

export const noTrail: ClaimTrail = { claims: [], isWatching: false, completeAbove: undefined, revision: undefined };

/** Eight windows. */
const remembered = 96;

/** A watch began right after the claim was read: whatever is claimed above it will be seen. */
export function watchStarted(trail: ClaimTrail, stored: StoredClaim | undefined): ClaimTrail {
  return { ...trail, isWatching: true, completeAbove: stored?.claim.slot, revision: stored?.revision };
}

/** What is claimed until the next watch may be overlooked. */
export function watchEnded(trail: ClaimTrail): ClaimTrail {
  return { ...trail, isWatching: false, completeAbove: undefined };
}

/** The watch showed a claim; undefined: one that is missing or cannot be read, and so may stand for any signature. */
export function claimWatched(trail: ClaimTrail, stored: StoredClaim | undefined): ClaimTrail {
  if (stored === undefined) return { ...trail, completeAbove: undefined };
  const { slot, digest, holder } = stored.claim;
  const isNew = digest !== '' && !trail.claims.some(claim => claim.digest === digest && claim.slot === slot);
  return {
    ...trail,
    claims: isNew ? [...trail.claims, { slot, digest, holder }].slice(-remembered) : trail.claims,
    completeAbove: trail.completeAbove ?? (trail.isWatching ? slot : undefined),
    revision: stored.revision,
  };
}

/** Whether every claim for slots above `slot` is in the trail. */
export function isComplete({ claims, completeAbove }: ClaimTrail, slot: number): boolean {
  const oldest = claims.length < remembered ? undefined : claims[0]?.slot;
  return completeAbove !== undefined && slot >= completeAbove && (oldest === undefined || slot >= oldest);
}

/** Distinct digests claimed for the slots `first` to `last`. */
export function claimsFor({ claims }: ClaimTrail, first: number, last: number): WatchedClaim[] {
  return claims.filter(({ slot }) => slot >= first && slot <= last);
}

/** Under Savanna a digest is the block's id, which begins with its number; before it, chance alone would make it look like one nearby. */
export function isBlockIdNear(digest: string, num: number): boolean {
  return Math.abs(Number.parseInt(digest.slice(0, 8), 16) - num) <= 1000;
}
