// Decides which claims the holder makes ahead of their signatures, and which signature such a claim pays for. See docs/signing.md for the proof.

import { isInWindow, slotAt, type Window } from '../slots.ts';
import type { Claim, StoredClaim } from './claim.ts';

/** A claim that was made before anybody asked for its signature: good for one. */
export interface ReadyClaim {
  text: string;
  slot: number;
  /** No signature before it was for a slot above this one. */
  above: number;
}

export interface AheadFacts {
  stored: StoredClaim;
  /** Digest of our last block when no claim names it. */
  unnamed: string | undefined;
  /** By the active and the pending schedule. */
  windows: readonly Window[];
  /** Unlike that of any other claim: whoever was cloned and makes the same claim makes another text. */
  mark: string;
}

/** A claim to make while nobody waits for it; `ready` when it pays for a signature, and does not just name the last. */
export interface PlannedClaim {
  claim: Claim;
  ready: { above: number } | undefined;
}

/** After a signature that nodeos waited for: one slot more, never past our window; at its end what was signed is named, and no more. */
export function planAfter(
  signed: { digest: string; slot: number },
  { stored, unnamed, windows, mark }: AheadFacts,
): PlannedClaim | undefined {
  const next = signed.slot + 1;
  if (!windows.some(window => isInWindow(window, next))) return planName({ stored, unnamed });
  const { slot } = stored.claim;
  return {
    claim: plainly(stored.claim, { slot: Math.max(slot, next), digest: signed.digest, ahead: mark }),
    ready: { above: signed.slot },
  };
}

/**
 * Between two signatures: in the slot before our window its first one, so that it need not wait for etcd in the little time that it has.
 * @param wallMs ms since the Unix epoch
 */
export function planBetween(wallMs: number, { stored, unnamed, windows, mark }: AheadFacts): PlannedClaim | undefined {
  const { slot, digest } = stored.claim;
  const next = slotAt(wallMs) + 1;
  if (windows.some(({ first }) => first === next) && slot < next) {
    const claim = plainly(stored.claim, { slot: next, digest: unnamed ?? digest, ahead: mark });
    return { claim, ready: { above: slot } };
  }
  return windows.some(window => isInWindow(window, next)) ? undefined : planName({ stored, unnamed });
}

/** For a signature that is asked for now; one before it that no claim names yet is named with it. */
export function claimToSign(stored: StoredClaim, slot: number, digest: string, unnamed: string | undefined): Claim {
  return plainly(stored.claim, { slot, digest, ...(unnamed === undefined ? {} : { before: unnamed }) });
}

function planName({ stored, unnamed }: Pick<AheadFacts, 'stored' | 'unnamed'>): PlannedClaim | undefined {
  if (unnamed === undefined) return undefined;
  return { claim: plainly(stored.claim, { slot: stored.claim.slot, digest: unnamed }), ready: undefined };
}

/** The same tenure; of what was said of the signature before nothing stays. */
function plainly(
  { v, holder, incarnation, epoch }: Claim,
  { slot, digest, ...rest }: Pick<Claim, 'slot' | 'digest' | 'before' | 'ahead'>,
): Claim {
  return { v, slot, digest, holder, incarnation, epoch, ...rest };
}

/** Whether a claim lies ready: it is the one that stands. */
export function isReady(ready: ReadyClaim, stored: StoredClaim): boolean {
  return ready.text === stored.text;
}
