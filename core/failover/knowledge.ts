// What a monitor learns from events: the claim, its holder, when claims come, since when nodeos has been paused. machine.ts decides by it.

import { isInWindow, slotAt, slotMs, slotStartMs } from '../slots.ts';
import { type Claim, type StoredClaim, signedUpTo } from './claim.ts';
import { isHeardAnew } from './pace.ts';
import type { Knowledge, MonitorEvent } from './state.ts';
import type { Presence } from './status.ts';
import { dueMs, isClockLearned, isHolderGone, isHolderIdle } from './takeover.ts';

/** Claims whose lateness is remembered: two windows. */
const rememberedClaims = 24;

const notPaused = { pausedSinceMs: undefined, pausedUntilMs: undefined, pausedUntilWallMs: undefined };

/** What an event adds to what is known; nothing is decided here. */
export function learn(knows: Knowledge, event: MonitorEvent): Knowledge {
  switch (event.type) {
    case 'claim':
      return learnClaim(knows, event);
    case 'took':
    case 'gave': {
      // Silence that ended so proves nothing more: an etcd without a leader silences everybody.
      const tried = { ...knows, holderHeardAtMs: event.nowMs };
      return event.stored === undefined ? tried : learnClaim(tried, event);
    }
    case 'nodes':
      return withHolder(learnNodes(knows, event), event);
    case 'nodeos': {
      const self = { ...knows.self, nodeos: event.view };
      return {
        ...knows,
        self,
        ...(event.view.paused === true
          ? {
              pausedSinceMs: knows.pausedSinceMs ?? event.nowMs,
              pausedUntilMs: event.askedAtMs,
              pausedUntilWallMs: event.wallMs - (event.nowMs - event.askedAtMs),
            }
          : notPaused),
      };
    }
    case 'windows':
      return {
        ...knows,
        windows: event.windows,
        isScheduleKnown: true,
        dueWindows: event.dueWindows,
        produceBlockOffsetMs: event.produceBlockOffsetMs,
      };
    case 'request':
      return { ...knows, request: event.request };
    case 'maintenance':
      return { ...knows, maintenance: event.notice };
    case 'tick':
      return { ...knows, unfitSinceMs: knows.self.eligible ? undefined : (knows.unfitSinceMs ?? event.nowMs) };
    case 'clock-moved':
      // Due times were learned by the old clock, and so was when nodeos was paused.
      return { ...knows, ...notPaused, lateness: [], clockUnlearned: true };
    case 'signed':
      return { ...knows, unnamed: event.isNamed ? undefined : event.digest };
    case 'paused':
      return knows;
    case 'resumed':
      return event.ok ? { ...knows, ...notPaused } : knows;
  }
}

function learnNodes(knows: Knowledge, { nodes, nowMs }: MonitorEvent & { type: 'nodes' }): Knowledge {
  const isNew = isHeardAnew(holderIn(knows.nodes, knows.stored), holderIn(nodes, knows.stored));
  return { ...knows, nodes, nodesAtMs: nowMs, holderHeardAtMs: isNew ? nowMs : knows.holderHeardAtMs };
}

function holderIn(nodes: readonly Presence[], stored: StoredClaim | undefined): Presence | undefined {
  return stored && nodes.find(({ node, incarnation }) => isHeldBy({ node, incarnation }, { stored }));
}

function learnClaim(knows: Knowledge, event: MonitorEvent & { stored: StoredClaim | undefined }): Knowledge {
  const before = knows.stored?.claim;
  const now = event.stored?.claim;
  // Reads and watch events may overtake each other: what etcd has ordered later stays.
  if (
    event.stored !== undefined &&
    knows.stored !== undefined &&
    BigInt(event.stored.revision) < BigInt(knows.stored.revision)
  )
    return knows;
  const learned = withHolder({ ...knows, stored: event.stored, unnamed: stillUnnamed(knows, now) }, event);
  if (before === undefined || now === undefined) return { ...learned, holderHeardAtMs: event.nowMs };
  const window = learned.dueWindows.find(candidate => isInWindow(candidate, slotAt(event.wallMs) + 1));
  // Another holder has another clock and another way to etcd: what was learned of the last one's claims says nothing of its.
  if (now.epoch > before.epoch)
    return {
      ...learned,
      lateness: [],
      holderHeardAtMs: event.nowMs,
      ...(window === undefined ? {} : { tookInWindow: window.first }),
    };
  if (window === undefined || now.slot <= before.slot || !isInWindow(window, now.slot)) return learned;
  // A claim made ahead comes when the signature before it left: it tells when that one's slot was due.
  const askedFor = signedUpTo(now);
  if (!isInWindow(window, askedFor)) return learned;
  const lateMs = event.wallMs - dueMs(askedFor, window, knows.produceBlockOffsetMs);
  const lateness = [...learned.lateness, lateMs].slice(-rememberedClaims);
  return { ...learned, lateness, clockUnlearned: learned.clockUnlearned && !isClockLearned(lateness) };
}

/** Our last block's digest until a claim names it, or another tenure has begun. */
function stillUnnamed({ unnamed, stored }: Knowledge, now: Claim | undefined): string | undefined {
  const isNamed = now === undefined || now.digest === unnamed || now.before === unnamed;
  return isNamed || now.epoch !== stored?.claim.epoch ? undefined : unnamed;
}

function withHolder(knows: Knowledge, { nowMs, wallMs }: MonitorEvent): Knowledge {
  const { stored, nodes } = knows;
  const isGone = stored !== undefined && isHolderGone(stored.claim, nodes);
  const isIdle = stored !== undefined && isHolderIdle(stored.claim, nodes, wallMs);
  return {
    ...knows,
    holderGoneSinceMs: isGone ? (knows.holderGoneSinceMs ?? nowMs) : undefined,
    holderIdleSinceMs: isIdle ? (knows.holderIdleSinceMs ?? nowMs) : undefined,
  };
}

/**
 * nodeos must have been seen paused for a whole slot: a block in progress would carry an old stamp. Only its answers count:
 * since the last one its main thread may have stalled with a block begun before it was paused.
 */
export function isSafelyPaused({ pausedSinceMs, pausedUntilMs }: Knowledge): boolean {
  return pausedSinceMs !== undefined && pausedUntilMs !== undefined && pausedUntilMs - pausedSinceMs >= slotMs;
}

/**
 * Whether nodeos was still paused when the slot had begun: whatever it has begun since, be it resumed by somebody else, carries a later
 * stamp.
 */
export function isPausedIn(slot: number, { pausedUntilWallMs }: Knowledge): boolean {
  return pausedUntilWallMs !== undefined && pausedUntilWallMs >= slotStartMs(slot);
}

/** Whether the claim names this very process; a restarted monitor is somebody else. */
export function isOurs(knows: Knowledge): boolean {
  return isHeldBy(knows.self, knows);
}

/** Whether the claim names that very process. */
export function isHeldBy(
  { node, incarnation }: Pick<Presence, 'node' | 'incarnation'>,
  { stored }: Pick<Knowledge, 'stored'>,
): boolean {
  return stored?.claim.holder === node && stored.claim.incarnation === incarnation;
}
