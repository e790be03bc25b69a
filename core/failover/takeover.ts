// Decides when a standby takes the claim from a holder that fell silent, and which standby it is.

import { isInWindow, slotAt, slotStartMs, slotsPerWindow, type Window } from '../slots.ts';
import type { Claim } from './claim.ts';
import { isHolderUnheard } from './hearing.ts';
import { isCloseTo, silenceMs } from './pace.ts';
import type { FailoverRequest } from './requests.ts';
import type { Presence } from './status.ts';

/** How long a claim may come after it was expected before the first standby acts; each further rank waits as long again. */
export const graceMs = 60;
/** The same without any claim seen to learn from: wide, since clocks and round trips are unknown. */
export const graceWithoutHistoryMs = 200;
/** The same when our clock has moved since: long enough for it to be found wrong against the fellows', if it is. */
export const graceAfterStepMs = 5000;
/** Outside our window there is no hurry: each rank waits this long. */
export const idleRankDelayMs = 1000;
/** Shortly before it there is some: the first must have been able to take the claim and say so. */
export const closeRankDelayMs = 200;

/** How long a holder may take to resume once it may. */
export const idleHolderMs = 10_000;

/** What a standby knows when it asks itself whether to take over. */
export interface TakeoverFacts {
  nowMs: number;
  claim: Claim;
  /** This node, as it announces itself. */
  self: Presence;
  /** All nodes by presence, this one included. */
  nodes: readonly Presence[];
  /** Our window now or next; undefined when the schedule is not known. */
  window: Window | undefined;
  produceBlockOffsetMs: number;
  /** How late past their due time claims arrived here lately, in ms (negative: early). Newest last. */
  lateness: readonly number[];
  /** Since when the holder has been known to be gone, by our monotonic clock against `nowMs`; undefined when it is not. */
  holderGoneForMs: number | undefined;
  /** The same for a holder that says it does not sign. */
  holderIdleForMs: number | undefined;
  /** How long ago the holder was last heard. */
  holderHeardForMs: number;
  /** Whether somebody took over in this window already: lateness and silence then prove nothing more. */
  tookInWindow: boolean;
  /** Whether our clock moved, and too few claims were seen since to know when they are due by it. */
  clockUnlearned: boolean;
}

/** `silent`: taken because of its silence, the claim is the holder's still if it has spoken meanwhile. */
export type TakeoverDecision = { kind: 'wait' } | { kind: 'take'; reason: string; silent?: Presence };

/** Whether to take the claim now. Safe whatever it answers: only the compare in etcd decides who signs. */
export function decideTakeover(facts: TakeoverFacts): TakeoverDecision {
  const { self, claim } = facts;
  if (!self.eligible) return { kind: 'wait' };
  const rank = rankOf(self, facts.nodes, claim.holder);
  const next = nextExpectedSlot(facts);
  if (facts.holderGoneForMs !== undefined) {
    const delay = rank * (next === undefined ? rankDelayMs(facts) : graceMs);
    if (facts.holderGoneForMs >= delay) return { kind: 'take', reason: describeHolder(claim, facts.nodes) };
  }
  if (facts.holderIdleForMs !== undefined && facts.holderIdleForMs >= idleHolderMs + rank * idleRankDelayMs) {
    return { kind: 'take', reason: `${claim.holder} holds the claim, but has not resumed its nodeos for 10 s` };
  }
  const silent = silentHolder(facts, rank);
  if (silent !== undefined) {
    const reason = `${claim.holder} was to speak every ${silent.paceMs} ms before our window, and has been silent for ${Math.round(facts.holderHeardForMs)} ms`;
    return { kind: 'take', reason, silent };
  }
  if (facts.tookInWindow) return { kind: 'wait' };
  if (rank === 0 && isHolderUnheard(self, facts.nodes, claim.holder)) {
    return {
      kind: 'take',
      reason: `${claim.holder} claimed slot ${self.unheardSlot}, but no standby has its block: nobody hears it`,
    };
  }
  if (next === undefined) return { kind: 'wait' };
  const lateMs = facts.nowMs - expectedAtMs(facts, next.slot, next.window);
  const grace = facts.clockUnlearned ? graceAfterStepMs : facts.lateness.length === 0 ? graceWithoutHistoryMs : graceMs;
  const allowance = grace * (rank + 1);
  if (lateMs < allowance) return { kind: 'wait' };
  return { kind: 'take', reason: `the claim for slot ${next.slot} is ${Math.round(lateMs)} ms late` };
}

function rankDelayMs({ window, nowMs }: TakeoverFacts): number {
  return window !== undefined && isCloseTo(window, nowMs) ? closeRankDelayMs : idleRankDelayMs;
}

/** The holder, when it has not spoken as it promised. Who promises nothing may be of an earlier version. */
function silentHolder({ claim, nodes, holderHeardForMs }: TakeoverFacts, rank: number): Presence | undefined {
  const holder = nodes.find(node => node.node === claim.holder && node.incarnation === claim.incarnation);
  if (holder === undefined || holder.paceMs === null) return undefined;
  return holderHeardForMs >= silenceMs(holder.paceMs) + rank * closeRankDelayMs ? holder : undefined;
}

/** Whether a failover that an operator asked for is ours to do. `wait`: it is another's, or over. */
export function decideFailover(
  request: FailoverRequest,
  { self, nodes, claim }: Pick<TakeoverFacts, 'self' | 'nodes' | 'claim'>,
): TakeoverDecision | { kind: 'refuse'; reason: string } {
  if (request.epoch !== claim.epoch) return { kind: 'wait' };
  const standbys = nodes.filter(({ node }) => node !== claim.holder);
  const eligible = standbys.filter(node => node.eligible);
  if (request.target !== null && request.target !== self.node) return { kind: 'wait' };
  if (self.eligible && (request.target === self.node || rankOf(self, nodes, claim.holder) === 0)) {
    return { kind: 'take', reason: `failover asked by ${request.by}` };
  }
  // Somebody has to say that nobody can.
  const isSpeaker = request.target === self.node || (eligible.length === 0 && isFirstByName(self, standbys));
  return isSpeaker
    ? {
        kind: 'refuse',
        reason: standbys.map(({ node, why }) => `${node}: ${why.join(', ') || 'not asked'}`).join('; '),
      }
    : { kind: 'wait' };
}

function isFirstByName(self: Presence, nodes: readonly Presence[]): boolean {
  return nodes.every(({ node }) => self.node <= node);
}

/** When a block of our window should be signed, ms since the Unix epoch: later blocks of a window are made ever earlier. Source: nodeos block_timing_util.hpp. */
export function dueMs(slot: number, window: Window, produceBlockOffsetMs: number): number {
  return slotStartMs(slot) - (produceBlockOffsetMs / slotsPerWindow) * (slot - window.first + 1);
}

/** 0 for the standby that should take over first; deterministic, so that all nodes agree from the same presences. */
export function rankOf(self: Presence, nodes: readonly Presence[], holder: string): number {
  const site = nodes.find(node => node.node === holder)?.site;
  const standbys = nodes
    .filter(node => node.eligible && node.node !== holder)
    .sort((a, b) => compareStandbys(a, b, site));
  const index = standbys.findIndex(node => node.node === self.node);
  return index < 0 ? standbys.length : index;
}

/** What the order of taking over goes by. */
type Ranked = Pick<Presence, 'node' | 'priority' | 'site'> & Partial<Pick<Presence, 'firstRequestFails'>>;

/** Best first: priority, then whose first block is not lost, then another site than the holder's (whatever took the holder may have taken its site), then name. */
export function compareStandbys(a: Ranked, b: Ranked, holderSite: string | undefined): number {
  return (
    a.priority - b.priority ||
    Number(a.firstRequestFails ?? false) - Number(b.firstRequestFails ?? false) ||
    Number(a.site === holderSite) - Number(b.site === holderSite) ||
    (a.node < b.node ? -1 : 1)
  );
}

/**
 * Whether the holder is known to be gone: no presence of that very process, or its own word that its nodeos is down. One that drains
 * hands over by itself; to take from it would cost what a handover does not.
 */
export function isHolderGone(claim: Claim, nodes: readonly Presence[]): boolean {
  const holder = nodes.find(node => node.node === claim.holder && node.incarnation === claim.incarnation);
  return holder === undefined || !holder.nodeos.alive;
}

/** Whether the holder is there and says that it does not sign though it may, such as one whose nodeos does not obey. */
export function isHolderIdle(claim: Claim, nodes: readonly Presence[], wallMs: number): boolean {
  // It must wait until the claimed slot has come.
  if (claim.slot >= slotAt(wallMs)) return false;
  const holder = nodes.find(node => node.node === claim.holder && node.incarnation === claim.incarnation);
  return holder !== undefined && holder.role !== 'holding' && holder.role !== 'handing';
}

function describeHolder(claim: Claim, nodes: readonly Presence[]): string {
  if (claim.holder === '') return 'nobody holds the claim';
  const holder = nodes.find(node => node.node === claim.holder);
  if (holder === undefined) return `${claim.holder} is gone: its presence in etcd has expired`;
  if (holder.incarnation !== claim.incarnation) return `the monitor of ${claim.holder} restarted and is a standby now`;
  return `${claim.holder} says that its nodeos is down`;
}

/** The slot of our window whose claim should come next; undefined outside it, or when all are claimed. */
function nextExpectedSlot({ nowMs, window, claim }: TakeoverFacts): { slot: number; window: Window } | undefined {
  if (window === undefined || !isInWindow(window, slotAt(nowMs) + 1)) return undefined;
  const slot = Math.max(window.first, claim.slot + 1);
  return slot <= window.last ? { slot, window } : undefined;
}

/** Fewer claims than these say little about clocks. */
const manyClaims = 3;
/** Claims of full blocks come early, and the next need not; a clock may be far ahead of the holder's. */
const [mostEarlyMs, mostLateMs, mostLateAtFirstMs, mostJitterMs] = [40, 1000, 100, 100];

/** When its claim should be here: due time plus the latest that claims lately came, which absorbs clock skew, round trips and heavy blocks. */
function expectedAtMs({ produceBlockOffsetMs, lateness }: TakeoverFacts, slot: number, window: Window): number {
  if (lateness.length === 0) return dueMs(slot, window, produceBlockOffsetMs);
  const earliest = Math.min(...lateness);
  const jitter = Math.min(mostJitterMs, Math.max(...lateness) - earliest);
  const most = lateness.length < manyClaims ? mostLateAtFirstMs : mostLateMs;
  return dueMs(slot, window, produceBlockOffsetMs) + Math.max(-mostEarlyMs, Math.min(most, earliest)) + jitter;
}

/** Whether so much has been learned that a clock that moved is known again. */
export function isClockLearned(lateness: readonly number[]): boolean {
  return lateness.length >= manyClaims;
}
