// The states of a node that does not sign: it sees that nodeos is paused, and takes the claim when its time comes.

import { slotAt } from '../slots.ts';
import type { Claim, StoredClaim } from './claim.ts';
import { isOurs, isSafelyPaused } from './knowledge.ts';
import { claimFor, givenBlockPatienceMs, keepPaused, type Next, refuse, resuming } from './next.ts';
import type { Knowledge, MonitorEvent, State } from './state.ts';
import type { Presence } from './status.ts';
import { decideFailover, decideTakeover, type TakeoverFacts } from './takeover.ts';

export function inStarting(knows: Knowledge, event: MonitorEvent): Next | undefined {
  if (event.type !== 'tick') return keepPaused(event, 'a monitor that starts is a standby');
  if (knows.stored === undefined || !isSafelyPaused(knows)) return undefined;
  return {
    state: { kind: 'standby' },
    commands: [{ type: 'say', decision: 'standby', reason: 'nodeos is paused and the claim is read' }],
  };
}

export function inStandby(knows: Knowledge, event: MonitorEvent): Next | undefined {
  if (isOurs(knows) && knows.stored !== undefined) {
    const reason = `the claim was handed to us at epoch ${knows.stored.claim.epoch}`;
    return {
      state: resuming(event.nowMs, reason, givenBlockPatienceMs),
      commands: [{ type: 'say', decision: 'resuming', reason }],
    };
  }
  if (event.type !== 'tick') return keepPaused(event, 'this node does not hold the claim, yet nodeos was resumed');
  if (knows.stored === undefined || !isSafelyPaused(knows)) return undefined;
  const facts = takeoverFacts(knows, knows.stored.claim, event);
  const { request } = knows;
  if (request?.kind === 'failover' && request.id !== knows.dealtWith) {
    const verdict = decideFailover(request, facts);
    if (verdict.kind === 'refuse') return refuse(request, knows, verdict.reason);
    if (verdict.kind === 'take') return take(knows, knows.stored, verdict.reason);
  }
  const decision = knows.maintenance === undefined ? decideTakeover(facts) : undefined;
  return decision?.kind === 'take' ? take(knows, knows.stored, decision.reason, decision.silent) : undefined;
}

function takeoverFacts(knows: Knowledge, claim: Claim, event: MonitorEvent): TakeoverFacts {
  const window = knows.dueWindows.find(candidate => candidate.last > slotAt(event.wallMs));
  return {
    nowMs: event.wallMs,
    claim,
    self: knows.self,
    nodes: knows.nodes,
    window,
    produceBlockOffsetMs: knows.produceBlockOffsetMs,
    lateness: knows.lateness,
    holderGoneForMs: knows.holderGoneSinceMs === undefined ? undefined : event.nowMs - knows.holderGoneSinceMs,
    holderIdleForMs: knows.holderIdleSinceMs === undefined ? undefined : event.nowMs - knows.holderIdleSinceMs,
    holderHeardForMs: event.nowMs - knows.holderHeardAtMs,
    clockUnlearned: knows.clockUnlearned,
    tookInWindow: window !== undefined && knows.tookInWindow === window.first,
  };
}

function take(knows: Knowledge, expected: StoredClaim, reason: string, silent?: Presence): Next {
  const claim = claimFor(knows.self, expected.claim, knows.nodes);
  return {
    state: { kind: 'taking', reason },
    commands: [{ type: 'take', expected, claim, reason, ...(silent === undefined ? {} : { silent }) }],
  };
}

export function inTaking(state: State & { kind: 'taking' }, event: MonitorEvent): Next | undefined {
  if (event.type !== 'took') return undefined;
  if (event.outcome === 'changed')
    return {
      state: { kind: 'standby' },
      commands: [
        { type: 'say', decision: 'no takeover', reason: 'the claim moved, its holder spoke, or etcd did not answer' },
      ],
    };
  return {
    state: resuming(event.nowMs, state.reason),
    commands: [{ type: 'say', decision: 'takeover', reason: state.reason }],
  };
}

export function inDeposed(state: State & { kind: 'deposed' }, knows: Knowledge, event: MonitorEvent): Next | undefined {
  if (event.type === 'tick' && isSafelyPaused(knows)) {
    return { state: { kind: 'standby' }, commands: [{ type: 'say', decision: 'standby', reason: 'nodeos is paused' }] };
  }
  // A nodeos that did not obey is asked again when it is next seen running: one that is down would refuse a thousand times a second.
  return keepPaused(event, state.reason);
}
