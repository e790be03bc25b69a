// Decides the first claim of a new environment: which slot it starts from.

import { type Claim, claimVersion } from '#core/failover/claim.ts';
import { slotsPerWindow, type Window } from '#core/slots.ts';

/** Producers in a full schedule; more slots than this lie between two of our windows never. */
const mostProducers = 21;
/** Two seconds: clocks of the fleet differ, and the claim takes a moment to be written. */
const marginSlots = 4;

/**
 * A claim that nobody holds. Its slot lies past everything that could have been signed for this producer until now,
 * the window that is going on included, so that no slot can be signed a second time under the new register.
 * @param nowSlot the latest slot that any clock of the fleet names
 * @param window our present or next window; null when the producer is not scheduled
 */
export function firstClaim(nowSlot: number, window: Window | null): Claim {
  const soon = nowSlot + marginSlots;
  const slot =
    window === null ? soon + mostProducers * slotsPerWindow : window.first <= soon ? Math.max(window.last, soon) : soon;
  return { v: claimVersion, slot, digest: '', holder: '', incarnation: '', epoch: 0 };
}
