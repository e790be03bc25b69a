// Decides whether a node could sign next: what it says of itself, held against its fellows.

import { slotAt } from '../slots.ts';
import type { NodeosView, Presence } from './status.ts';

/** What is known about a node and its fellows. */
export interface EligibilityFacts {
  nodeos: NodeosView;
  /** The other nodes by presence. */
  fellows: readonly Presence[];
  chainId: string;
  minPeers: number;
  draining: boolean;
  /** Whether the wall clock moved against the monotonic one within the last 2 s. */
  clockMoved: boolean;
  /** How far each fellow's wall clock was ahead of ours when its word arrived, in ms. */
  clockOffsetsMs: readonly number[];
  /** Wall clock, ms since the Unix epoch. */
  wallMs: number;
  /** Monotonic. */
  nowMs: number;
  /** Whether etcd has answered lately: who cannot reach it cannot claim. */
  etcdReachable: boolean;
}

/** What the last judgement left behind: slow signals must last before they count, in both directions. */
export interface Steadiness {
  /** Why slow signals disqualify the node; empty when they do not. Undefined before the first judgement, which counts at once. */
  why: readonly string[] | undefined;
  /** Since when they have said the opposite, monotonic ms. */
  turnedAtMs: number | undefined;
}

export interface Verdict {
  eligible: boolean;
  why: string[];
  steadiness: Steadiness;
}

export const noSteadiness: Steadiness = { why: undefined, turnedAtMs: undefined };

/** Slots a head may be behind the best fellow's: one block on its way, and one to apply. */
const maxHeadLagSlots = 4;
const maxHeadAheadSlots = 2;
/** Before Savanna the last irreversible block moves in strides of 12. */
const maxLibLag = 36;
const maxClockApartMs = 250;
const steadyMs = 2000;

/**
 * Whether the node may take over, and every criterion that fails. A criterion that fails on every node disqualifies none:
 * a chain that stalls for everybody locks nobody out. A dead process counts at once; slow signals once they have lasted 2 s.
 */
export function judgeEligibility(facts: EligibilityFacts, before: Steadiness): Verdict {
  const steadiness = steady(before, slowProblems(facts), facts.nowMs);
  const why = [...plainProblems(facts), ...(steadiness.why ?? [])];
  return { eligible: why.length === 0, why, steadiness };
}

const clockMoved = 'its wall clock moved';
const clockApart = 'its clock is';

/** Whether a reason not to be eligible is about the node's clock. */
export function isAboutClock(reason: string): boolean {
  return reason.startsWith(clockMoved) || reason.startsWith(clockApart);
}

/** What is so, or not. */
function plainProblems(facts: EligibilityFacts): string[] {
  const { nodeos } = facts;
  if (facts.draining) return ['it is draining'];
  if (!nodeos.alive) return ['the main thread of nodeos does not answer'];
  const why: string[] = [];
  if (nodeos.chainId !== facts.chainId)
    why.push(`nodeos is on chain ${nodeos.chainId.slice(0, 8) || '(unknown)'}, not ${facts.chainId.slice(0, 8)}`);
  if (!facts.etcdReachable) why.push('etcd does not answer');
  if (facts.clockMoved) why.push(`${clockMoved} within the last 2 s`);
  return why;
}

/** What goes up and down by itself. */
function slowProblems(facts: EligibilityFacts): string[] {
  const { nodeos, fellows } = facts;
  // Nothing is known of a nodeos that does not answer.
  if (!nodeos.alive) return [];
  const why: string[] = [];
  // Whoever is on another chain is no measure; nor is a head in the future, which is a mad clock's.
  const onChain = fellows.filter(fellow => fellow.nodeos.chainId === facts.chainId);
  const latest = slotAt(facts.wallMs) + maxHeadAheadSlots;
  const best = Math.max(0, ...onChain.map(fellow => Math.min(latest, fellow.nodeos.headSlot)));
  if (nodeos.headSlot < best - maxHeadLagSlots)
    why.push(`its head is ${best - nodeos.headSlot} slots behind the best fellow's`);
  const bestLib = Math.max(0, ...onChain.map(fellow => fellow.nodeos.lib));
  if (nodeos.lib < bestLib - maxLibLag)
    why.push(`its last irreversible block is ${bestLib - nodeos.lib} behind the best fellow's`);
  // Alone, one peer is all that can be asked for; among fellows that have none either, it disqualifies nobody.
  const someoneHasPeers = fellows.some(fellow => fellow.nodeos.peers >= facts.minPeers);
  const neededPeers = someoneHasPeers ? facts.minPeers : fellows.length === 0 ? Math.min(1, facts.minPeers) : 0;
  if (nodeos.peers < neededPeers)
    why.push(`it has ${nodeos.peers} live peers that are not our own, ${neededPeers} are needed`);
  const apart = clockApartMs(facts.clockOffsetsMs);
  if (apart > maxClockApartMs && !isEveryClockApart(facts.clockOffsetsMs))
    why.push(`${clockApart} ${Math.round(apart)} ms away from its fellows' median`);
  return why;
}

/** A change of mind counts once it has lasted. */
function steady({ why: before, turnedAtMs }: Steadiness, why: readonly string[], nowMs: number): Steadiness {
  if (before === undefined || before.length > 0 === why.length > 0) {
    return { why, turnedAtMs: undefined };
  }
  const sinceMs = turnedAtMs ?? nowMs;
  return nowMs - sinceMs >= steadyMs ? { why, turnedAtMs: undefined } : { why: before, turnedAtMs: sinceMs };
}

/** Whether the clocks have no middle, as when those of two sites differ: then nobody can say whose are wrong, and nobody is locked out for it. */
function isEveryClockApart(offsetsMs: readonly number[]): boolean {
  const clocks = [0, ...offsetsMs];
  return clocks.every(own => {
    const others = clocks.map(clock => clock - own);
    others.splice(others.indexOf(0), 1);
    return clockApartMs(others) > maxClockApartMs;
  });
}

/** How far our clock is from its fellows' median; with an even number of them, from the nearer of the two in the middle. */
function clockApartMs(offsetsMs: readonly number[]): number {
  // One fellow alone cannot say whose clock is wrong.
  if (offsetsMs.length < 2) return 0;
  const sorted = offsetsMs.toSorted((a, b) => a - b);
  const middle = [sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, sorted[Math.floor(sorted.length / 2)] ?? 0];
  return middle.some(each => each < 0) && middle.some(each => each > 0) ? 0 : Math.min(...middle.map(Math.abs));
}
