// Decides whether a block of our producer was signed outside the register: then somebody else has the key, and no claim holds it back.

import { type ClaimTrail, claimsFor, isBlockIdNear, isComplete, isNamed, type WatchedClaim } from './claim-trail.ts';
import type { Head } from './signing.ts';

/** A head of ours that has not been held against the claims yet. */
export interface OwnHead extends Head {
  /** Monotonic. */
  seenAtMs: number;
}

/** A claim comes before its block, but may be shown later: the watch and the block take different ways. */
const patienceMs = 2000;
/** Time a read of the register may have taken: one that ends later than this was asked for after `patienceMs`. */
const readMs = 2000;
/** What could not be judged by then never will be. */
const expiryMs = 20_000;
const maxWaiting = 96;

/** A head that nodeos shows, kept when it is ours and new. */
export function ownHeadSeen(
  waiting: readonly OwnHead[],
  head: Head,
  producer: string,
  nowMs: number,
): readonly OwnHead[] {
  if (head.producer !== producer || waiting.some(({ id }) => id === head.id)) return waiting;
  return [...waiting, { ...head, seenAtMs: nowMs }].slice(-maxWaiting);
}

/**
 * Judges the heads that are old enough, whenever the register has been read: a watch that has shown the claim which was read has shown
 * all claims before it.
 * @param readRevision mod_revision of the claim as just read
 */
export function judgeOwnHeads(
  waiting: readonly OwnHead[],
  trail: ClaimTrail,
  { readRevision, nowMs }: { readRevision: string | undefined; nowMs: number },
): { waiting: readonly OwnHead[]; unclaimed: OwnHead[] } {
  const isUpToDate =
    readRevision !== undefined && trail.revision !== undefined && BigInt(trail.revision) >= BigInt(readRevision);
  const isDue = ({ seenAtMs }: OwnHead) => isUpToDate && nowMs - seenAtMs >= patienceMs + readMs;
  const unnamed = waiting.filter(head => isDue(head) && isUnclaimed(head, trail));
  // A holder that died between a signature made ahead and the claim that would name it leaves one block without a name, and no second.
  const excused = unnamed.filter((head, index) => {
    const claim = openClaimFor(head, trail);
    return claim !== undefined && !unnamed.slice(0, index).some(earlier => openClaimFor(earlier, trail) === claim);
  });
  return {
    waiting: waiting.filter(head => (!isDue(head) || excused.includes(head)) && nowMs - head.seenAtMs < expiryMs),
    unclaimed: unnamed.filter(head => !excused.includes(head)),
  };
}

/** Whether no claim carries the block. False in doubt: before Savanna the digest is not the id, and only slots can be compared. */
export function isUnclaimed({ id, num, slot }: Head, trail: ClaimTrail): boolean {
  if (!isComplete(trail, slot - 1) || isNamed(trail, id)) return false;
  // A claim bounds its block from above, by one slot at most; one made ahead, by two.
  const near = claimsFor(trail, slot, slot + 2);
  return near.every(({ digest, open }) => isBlockIdNear(open?.after ?? digest, num));
}

/** A claim made ahead that may have been used for the block, though no claim tells so. */
function openClaimFor({ slot }: Head, trail: ClaimTrail): WatchedClaim | undefined {
  return claimsFor(trail, slot, slot + 2).find(({ open }) => open !== undefined);
}
