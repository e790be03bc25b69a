// Decides whether a block of our producer was signed outside the register: then somebody else has the key, and no claim holds it back.

import { slotsPerWindow } from '../slots.ts';
import { type ClaimTrail, claimsFor, isBlockIdNear, isComplete, isNamed, type WatchedClaim } from './claim-trail.ts';
import type { Head } from './signing.ts';

/** A head of ours that has not been held against the claims yet. */
export interface OwnHead extends Head {
  /** Monotonic. */
  seenAtMs: number;
  /** In the block's header; asked for only where the claims do not name blocks by their ids. */
  signature?: string;
}

/** Whether a signature is of this digest, by our key. */
export type IsSignatureOf = (signature: string, digest: string) => boolean;

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

/** The heads that cannot be judged without their signatures. */
export function lackingSignature(waiting: readonly OwnHead[], trail: ClaimTrail, nowMs: number): OwnHead[] {
  return waiting.filter(
    head => nowMs - head.seenAtMs >= patienceMs && judge(head, trail, () => false) === 'lacks signature',
  );
}

export interface Judged {
  waiting: readonly OwnHead[];
  unclaimed: OwnHead[];
  /** Whose signatures nobody told in time: nothing is known of them. */
  unjudged: OwnHead[];
}

/**
 * Judges the heads that are old enough, whenever the register has been read: a watch that has shown the claim which was read has shown
 * all claims before it.
 * @param readRevision mod_revision of the claim as just read
 */
export function judgeOwnHeads(
  waiting: readonly OwnHead[],
  trail: ClaimTrail,
  facts: { readRevision: string | undefined; nowMs: number; isSignatureOf: IsSignatureOf },
): Judged {
  const { readRevision, nowMs, isSignatureOf } = facts;
  const isUpToDate =
    readRevision !== undefined && trail.revision !== undefined && BigInt(trail.revision) >= BigInt(readRevision);
  const isDue = ({ seenAtMs }: OwnHead) => isUpToDate && nowMs - seenAtMs >= patienceMs + readMs;
  const isOver = ({ seenAtMs }: OwnHead) => nowMs - seenAtMs >= expiryMs;
  const due = waiting.filter(isDue).map(head => ({ head, verdict: judge(head, trail, isSignatureOf) }));
  const judgedAs = (wanted: Verdict) => due.filter(({ verdict }) => verdict === wanted).map(({ head }) => head);
  const unnamed = judgedAs('unclaimed');
  // A holder that died between a signature made ahead and the claim that would name it leaves one block without a name, and no second.
  const excused = unnamed.filter((head, index) => {
    const claim = openClaimFor(head, trail);
    return claim !== undefined && !unnamed.slice(0, index).some(earlier => openClaimFor(earlier, trail) === claim);
  });
  const lacking = judgedAs('lacks signature');
  return {
    waiting: waiting.filter(
      head => (!isDue(head) || excused.includes(head) || lacking.includes(head)) && !isOver(head),
    ),
    unclaimed: unnamed.filter(head => !excused.includes(head)),
    unjudged: lacking.filter(isOver),
  };
}

type Verdict = 'claimed' | 'unclaimed' | 'not known' | 'lacks signature';

/**
 * Whether a claim carries the block: by its id, or else by its signature, which is of the digest in the claim. Before Savanna a digest is no
 * id, and slots prove nothing: whoever has the key can sign for a slot that is claimed, and a block that was held up lies far below its claim.
 */
function judge({ id, num, slot, signature }: OwnHead, trail: ClaimTrail, isSignatureOf: IsSignatureOf): Verdict {
  if (!isComplete(trail, slot - 1)) return 'not known';
  if (isNamed(trail, id)) return 'claimed';
  // Also those just below: one digest alone might look like an id by chance.
  const digests = claimsFor(trail, slot - slotsPerWindow, Number.POSITIVE_INFINITY)
    .flatMap(({ digest, open }) => [digest, open?.after ?? ''])
    .filter(digest => digest !== '');
  if (digests.every(digest => isBlockIdNear(digest, num))) return 'unclaimed';
  if (signature === undefined) return 'lacks signature';
  return digests.some(digest => isSignatureOf(signature, digest)) ? 'claimed' : 'unclaimed';
}

/** A claim made ahead that may have been used for the block, though no claim tells so: it lies above its block by two slots at most. */
function openClaimFor({ slot }: Head, trail: ClaimTrail): WatchedClaim | undefined {
  return claimsFor(trail, slot, slot + 2).find(({ open }) => open !== undefined);
}
