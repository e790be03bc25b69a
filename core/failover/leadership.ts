// Decides whether etcd's leadership should move to another site, when, and to which member. docs/decisions/0010 has the figures.

import { isInWindow, slotAt, slotMs, slotsPerWindow, type Window } from '../slots.ts';
import { mostLateMs } from './signing.ts';

/**
 * Where etcd's leader shall be, seen from the site of the node that holds the claim. `away` holds only as long as the first block of a
 * window can wait for a claim through it; else it is `near`.
 */
export type LeaderPlace = 'anywhere' | 'near' | 'away';

/** One etcd member as this monitor sees it. */
export interface MemberView {
  endpoint: string;
  site: string;
  /** Undefined when it did not answer. */
  answer: MemberAnswer | undefined;
  /** Between this monitor and the member, of late. */
  roundTripMs: number;
}

export interface MemberAnswer {
  memberId: string;
  /** `0` when it knows no leader. */
  leaderId: string;
  appliedIndex: string;
  isLearner: boolean;
  errors: readonly string[];
}

export interface LeadershipFacts {
  place: LeaderPlace;
  /** Whether this node holds the claim, and nothing is about to change that. */
  isHolder: boolean;
  /** This node's. */
  site: string;
  /** Of the standby that would take over; undefined when none could. */
  standbySite: string | undefined;
  members: readonly MemberView[];
  windows: readonly Window[];
  produceBlockOffsetMs: number;
  /** How many slots this node claims before their signatures are asked for. */
  claimAhead: number;
  nowMs: number;
  wallMs: number;
}

/** What is kept from one look to the next. */
export interface LeadershipMemory {
  leaderId: string | undefined;
  /** When the leader was last seen to change, by whatever; at first, when it was first looked for. */
  leaderSinceMs: number;
  /** Since when this node has wanted a move. */
  wantedSinceMs: number | undefined;
  /** The last window of ours that was seen. */
  lastWindow: Window | undefined;
}

export type LeadershipDecision =
  | { kind: 'move'; from: string; to: string; targetId: string; reason: string }
  | { kind: 'stay'; reason: string };

/** A member that answered. */
type Answering = MemberView & { answer: MemberAnswer };

const settledMs = 10_000;
const betweenMovesMs = 120_000;
/** Slots between our last window and a move, and between a move and our next one: 2 s and 6 s. */
const [slotsAfter, slotsBefore] = [4, 12];
/** Entries that a target may be behind: members are asked some milliseconds apart. */
const maxAppliedLag = 100n;
/** Of the time that the first block of a window has: two members' disks, signing, and the way back to nodeos. */
const besidesEtcdMs = 11;
/** A claim must be so much faster than needed before leadership goes away, so that it does not come and go. */
const spareMs = 4;

export function startLeadership(nowMs: number): LeadershipMemory {
  return { leaderId: undefined, leaderSinceMs: nowMs, wantedSinceMs: undefined, lastWindow: undefined };
}

/** One look. Only the holder's monitor ever moves leadership, and only in the gap between our windows: a move delays a claim by some 100 ms. */
export function decideLeadership(
  memory: LeadershipMemory,
  facts: LeadershipFacts,
): { memory: LeadershipMemory; decision: LeadershipDecision } {
  const answering = facts.members.filter((member): member is Answering => member.answer !== undefined);
  const leader = leaderOf(answering);
  const leaderId = typeof leader === 'string' ? memory.leaderId : leader.answer.memberId;
  const now = slotAt(facts.wallMs);
  const seen: LeadershipMemory = {
    leaderId,
    leaderSinceMs: leaderId === memory.leaderId ? memory.leaderSinceMs : facts.nowMs,
    wantedSinceMs: undefined,
    lastWindow: facts.windows.find(window => isInWindow(window, now)) ?? memory.lastWindow,
  };
  const stay = (reason: string, kept = seen) => ({ memory: kept, decision: { kind: 'stay' as const, reason } });
  if (facts.place === 'anywhere') return stay('it may lead from anywhere');
  if (typeof leader === 'string') return stay(leader);
  if (!facts.isHolder) return stay('the node that holds the claim sees to it');
  const target = chooseTarget(facts, leader, answering);
  if ('none' in target) return stay(target.none);
  const wantedSinceMs = leaderId === memory.leaderId ? (memory.wantedSinceMs ?? facts.nowMs) : facts.nowMs;
  const wanting = { ...seen, wantedSinceMs };
  const wait = whyWait(wanting, facts, now);
  if (wait !== undefined) return stay(`${target.reason}; ${wait}`, wanting);
  const { endpoint: to, answer } = target.member;
  const move = { kind: 'move' as const, from: leader.endpoint, to, targetId: answer.memberId, reason: target.reason };
  // Whether it worked or not, the next try waits as after a move.
  return { memory: { ...wanting, wantedSinceMs: undefined, leaderSinceMs: facts.nowMs }, decision: move };
}

/** The one member that all who answer name; otherwise why there is none. */
function leaderOf(answering: readonly Answering[]): Answering | string {
  const named = new Set(answering.map(({ answer }) => answer.leaderId));
  if (named.size === 0) return 'no member answers';
  if (named.size > 1) return 'the members name different leaders';
  const leader = answering.find(({ answer }) => named.has(answer.memberId));
  return leader ?? (named.has('0') ? 'there is no leader' : 'the member that leads does not answer');
}

type Target = { member: Answering; reason: string } | { none: string };

function chooseTarget(facts: LeadershipFacts, leader: Answering, answering: readonly Answering[]): Target {
  const { site, standbySite, members } = facts;
  const claimMs = (member: MemberView) => expectedClaimMs(member, members);
  const fit = answering.filter(member => member === leader || isFit(member, leader));
  const limitMs = firstBlockMs(facts.produceBlockOffsetMs) + facts.claimAhead * slotMs;
  const away = fit.filter(
    member => member.site !== site && claimMs(member) <= (member === leader ? limitMs : limitMs - spareMs),
  );
  const isAway = facts.place === 'away' && away.length > 0;
  const wanted = isAway ? away : fit.filter(member => member.site === site);
  const costs = (member: MemberView) => `a claim takes about ${Math.round(claimMs(member))} ms`;
  if (wanted.includes(leader)) return { none: `it leads from ${leader.site}, ${costs(leader)}` };
  const [best] = wanted.toSorted(
    (a, b) =>
      // After a takeover the leader would be at the holder's site again, and would have to move.
      Number(isAway && a.site === standbySite) - Number(isAway && b.site === standbySite) ||
      claimMs(a) - claimMs(b) ||
      (a.endpoint < b.endpoint ? -1 : 1),
  );
  if (best === undefined)
    return { none: `it leads from ${leader.site}, ${costs(leader)}; no fit member at ${site} could lead instead` };
  const why = isAway
    ? `away from ${site}, where the claim is held`
    : facts.place === 'near'
      ? 'where the claim is held'
      : `where the claim is held: from elsewhere a claim would take longer than the ${Math.round(limitMs)} ms that a window's first block leaves`;
  return { member: best, reason: `from ${leader.site} to ${best.site}, ${why}` };
}

/** Could lead at once: it votes, complains of nothing, and has applied what the leader has. */
function isFit({ answer }: Answering, leader: Answering): boolean {
  const isCaughtUp = BigInt(leader.answer.appliedIndex) - BigInt(answer.appliedIndex) <= maxAppliedLag;
  return isCaughtUp && !answer.isLearner && answer.errors.length === 0;
}

/**
 * At most so long takes a claim led by a member: the way there, and from it to as many others as make a majority. The ways between
 * members are not known, but are no longer than by way of this site.
 */
function expectedClaimMs(leader: MemberView, members: readonly MemberView[]): number {
  const others = members
    .filter(other => other !== leader)
    .map(other => (other.answer === undefined ? Number.POSITIVE_INFINITY : distanceMs(leader, other)))
    .toSorted((a, b) => a - b);
  const acknowledging = Math.floor(members.length / 2);
  return leader.roundTripMs + (acknowledging === 0 ? 0 : (others[acknowledging - 1] ?? Number.POSITIVE_INFINITY));
}

function distanceMs(a: MemberView, b: MemberView): number {
  return a.site === b.site ? Math.min(a.roundTripMs, b.roundTripMs) : a.roundTripMs + b.roundTripMs;
}

/** How long the first block of a window can wait for its claim: it is due a twelfth of the offset before its slot's end, and may leave after it. */
function firstBlockMs(produceBlockOffsetMs: number): number {
  return produceBlockOffsetMs / slotsPerWindow + mostLateMs - besidesEtcdMs;
}

function whyWait(memory: LeadershipMemory, facts: LeadershipFacts, now: number): string | undefined {
  const { nowMs, windows } = facts;
  if (nowMs - (memory.wantedSinceMs ?? nowMs) < settledMs) return 'once it has been so for 10 s';
  if (nowMs - memory.leaderSinceMs < betweenMovesMs) return 'at the earliest 2 minutes after the last change of leader';
  if (windows.length === 0) return 'once our windows are known';
  const isNear = [memory.lastWindow, ...windows].some(
    window =>
      window !== undefined && isInWindow({ first: window.first - slotsBefore, last: window.last + slotsAfter }, now),
  );
  return isNear ? 'between our windows' : undefined;
}
