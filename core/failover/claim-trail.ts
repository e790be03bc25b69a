// The claims that a watch of the register has shown lately, and from which slot on none can have been overlooked.

import type { Claim, StoredClaim } from './claim.ts';

/** A claim as the watch showed it. */
export interface WatchedClaim {
  slot: number;
  /** What was signed on it; empty while it is open, or when it was made ahead and not used. */
  digest: string;
  holder: string;
  /** Of one made ahead: what no other claim has. */
  mark?: string;
  /** Of one made ahead, until a later claim tells what it was used for. */
  open?: Open;
}

interface Open {
  epoch: number;
  /** What had been signed before it. */
  after: string;
  /** No claim came after it, so that the next may tell. */
  isNewest: boolean;
}

export interface ClaimTrail {
  /** Oldest first; only those that were used for a signature, or may have been. */
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
  const { claim, revision } = stored;
  // An event that comes again tells nothing of the claims after it.
  const isAgain = trail.revision !== undefined && BigInt(revision) <= BigInt(trail.revision);
  if (isAgain && claim.ahead !== undefined) return trail;
  const { slot } = claim;
  return {
    ...trail,
    claims: withClaim(isAgain ? trail.claims : toldBy(claim, trail.claims), claim).slice(-remembered),
    completeAbove: trail.completeAbove ?? (trail.isWatching ? slot : undefined),
    revision: isAgain ? trail.revision : revision,
  };
}

/** What the next claim tells of the newest one made ahead: what it was used for, that it was not used, or nothing. */
function toldBy(next: Claim, claims: readonly WatchedClaim[]): readonly WatchedClaim[] {
  const last = claims.findLast(({ open }) => open?.isNewest);
  if (last?.open === undefined) return claims;
  const { open, ...rest } = last;
  const instead = (told: WatchedClaim) => claims.map(each => (each === last ? told : each));
  if (next.epoch === open.epoch) {
    // Another one made ahead names the signature before it; any other names its own, and one before it if need be.
    const used = next.ahead !== undefined && next.digest !== open.after ? next.digest : next.before;
    return instead({ ...rest, digest: used ?? '' });
  }
  // Who gives the claim to another knows what was signed; who takes it does not.
  const isGiven = next.epoch === open.epoch + 1 && next.digest !== '' && next.digest !== open.after;
  return instead(isGiven ? { ...rest, digest: next.digest } : { ...rest, open: { ...open, isNewest: false } });
}

function withClaim(claims: readonly WatchedClaim[], claim: Claim): readonly WatchedClaim[] {
  const { slot, digest, holder, epoch, ahead: mark } = claim;
  if (mark !== undefined) {
    return [...claims, { slot, digest: '', holder, mark, open: { epoch, after: digest, isNewest: true } }];
  }
  const isNew = digest !== '' && !claims.some(each => each.slot === slot && each.digest === digest);
  return isNew ? [...claims, { slot, digest, holder }] : claims;
}

/** Whether a claim names the digest. */
export function isNamed({ claims }: ClaimTrail, digest: string): boolean {
  return claims.some(claim => claim.digest === digest || claim.open?.after === digest);
}

/** Whether every claim for slots above `slot` is in the trail. */
export function isComplete({ claims, completeAbove }: ClaimTrail, slot: number): boolean {
  const oldest = claims.length < remembered ? undefined : claims[0]?.slot;
  return completeAbove !== undefined && slot >= completeAbove && (oldest === undefined || slot >= oldest);
}

/** Claims for the slots `first` to `last` that were used, or may have been. */
export function claimsFor({ claims }: ClaimTrail, first: number, last: number): WatchedClaim[] {
  return claims.filter(
    ({ slot, digest, open }) => slot >= first && slot <= last && (digest !== '' || open !== undefined),
  );
}

/** Under Savanna a digest is the block's id, which begins with its number; before it, chance alone would make it look like one nearby. */
export function isBlockIdNear(digest: string, num: number): boolean {
  return Math.abs(Number.parseInt(digest.slice(0, 8), 16) - num) <= 1000;
}
