// Makes claims ahead of the signatures that they will pay for, one at a time and while nobody waits, and keeps the one that lies ready.

import { isReady, type PlannedClaim, planAfter, planBetween, type ReadyClaim } from '#core/failover/ahead.ts';
import type { Claim, StoredClaim } from '#core/failover/claim.ts';
import { slotAt } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import type { Journal } from './journal.ts';
import type { Register } from './register.ts';
import type { SignerPort, Tenure } from './signer.ts';

export interface ClaimAhead {
  /** Resolves when a claim under way has been answered; undefined when there is none. */
  readonly underWay: Promise<void> | undefined;
  /** The claim that lies ready, if it is the one that stands. */
  ready(stored: StoredClaim): ReadyClaim | undefined;
  /** It pays for a signature, once: whatever becomes of that. */
  use(): void;
  /** A signature left for a nodeos that waited. */
  signed(digest: string, slot: number): void;
  /** To be called again and again: before our window, and when a last block is not named yet. */
  look(): void;
}

/** @param parts.mark draws what no other claim has; without it, or when it gives nothing, nothing is claimed ahead. `remember` takes the text of each claim that is tried */
export function openClaimAhead(
  parts: {
    register: Pick<Register, 'swapClaim'>;
    journal: Pick<Journal, 'observeAhead' | 'etcdWrite'>;
    time: Time;
    mark: (() => string | undefined) | undefined;
    isBusy: () => boolean;
    isOurs: (tenure: Tenure) => boolean;
    remember: (claim: Claim) => string;
  },
  port: SignerPort,
): ClaimAhead {
  const { register, journal, time, mark } = parts;
  let underWay: Promise<void> | undefined;
  let made: ReadyClaim | undefined;
  // One try a window: an answer that was lost takes as long as is left.
  let triedInSlot = 0;

  const make = async ({ stored }: Tenure, { claim, ready }: PlannedClaim): Promise<void> => {
    const text = parts.remember(claim);
    made = ready === undefined ? undefined : { text, slot: claim.slot, above: ready.above };
    const sentMs = time.nowMs();
    try {
      const outcome = await register.swapClaim(stored, claim);
      if (outcome.kind === 'put') journal.observeAhead(time.nowMs() - sentMs);
      if (outcome.kind === 'unclear') journal.etcdWrite('claim ahead', new Error(outcome.detail));
      // Without an answer it may stand all the same: then the watch, or the next claim, tells.
      else port.claimSeen(outcome.stored);
    } catch (error) {
      journal.etcdWrite('claim ahead', error as Error);
    }
  };

  const plan = (decide: (tenure: Tenure, mark: string) => PlannedClaim | undefined) => {
    const drawn = mark?.();
    if (drawn === undefined || underWay !== undefined || parts.isBusy() || port.isClockSuspect()) return;
    const tenure = port.tenure();
    if (tenure === undefined || !tenure.mayClaimAhead || !parts.isOurs(tenure)) return;
    const planned = decide(tenure, drawn);
    if (planned === undefined) return;
    underWay = make(tenure, planned).finally(() => {
      underWay = undefined;
    });
  };

  return {
    get underWay() {
      return underWay;
    },
    ready: stored => (made !== undefined && isReady(made, stored) ? made : undefined),
    use: () => {
      made = undefined;
    },
    signed: (digest, slot) => plan((tenure, drawn) => planAfter({ digest, slot }, { ...tenure, mark: drawn })),
    look: () => {
      const slot = slotAt(time.wallMs());
      if (slot === triedInSlot) return;
      plan((tenure, drawn) => {
        const planned = planBetween(time.wallMs(), { ...tenure, mark: drawn });
        if (planned !== undefined) triedInSlot = slot;
        return planned;
      });
    },
  };
}
