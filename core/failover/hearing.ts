// Decides whether the blocks of the node that claims arrive: a claim proves that somebody signs, not that anybody hears it.

import { slotMs, slotStartMs, slotsPerWindow, type Window } from '../slots.ts';
import { type Claim, signedUpTo } from './claim.ts';
import type { NodeosView, Presence } from './status.ts';

/** A block is due before its slot starts; two slots later it has had time to cross the world. */
const patienceMs = 2 * slotMs;

/**
 * The oldest slot of the window whose block should be here by now: it was claimed, yet our head is older. Null when there is none, or
 * when this node hears nobody itself and so cannot tell.
 * @param window the one that blocks are due in now
 */
export function unheardSlot(facts: {
  claim: Claim;
  nodeos: NodeosView;
  window: Window | undefined;
  wallMs: number;
}): number | null {
  const { claim, nodeos, window, wallMs } = facts;
  if (window === undefined || !nodeos.alive || nodeos.peers === 0) return null;
  // A chain that has stood still since before our window is not the holder's doing.
  if (nodeos.headSlot < window.first - slotsPerWindow) return null;
  // A bound is no signature: nobody has signed under a claim without a digest, or under one far ahead.
  if (claim.digest === '' || claim.slot > window.last) return null;
  const slot = Math.max(window.first, nodeos.headSlot + 1);
  if (slot > signedUpTo(claim)) return null;
  return wallMs < slotStartMs(slot) + patienceMs ? null : slot;
}

/** Whether all who could sign instead of the holder say the same: one that is cut off itself must not depose a healthy holder. */
export function isHolderUnheard(self: Presence, nodes: readonly Presence[], holder: string): boolean {
  const witnesses = nodes.filter(({ node, eligible }) => eligible && node !== holder && node !== self.node);
  return self.unheardSlot !== null && witnesses.every(node => node.unheardSlot !== null);
}
