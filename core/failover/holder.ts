// The states of a node that holds the claim: it resumes nodeos when that is safe, signs, hands over, and stops when the claim is another's.

import { slotAt } from '../slots.ts';
import { type Claim, signedUpTo } from './claim.ts';
import { decideHandover, nextTarget, ownRequest, ownRequestId, reasonToLeave } from './handover.ts';
import { isHeldBy, isOurs, isPausedIn, isSafelyPaused } from './knowledge.ts';
import { answerTo, claimFor, keepPaused, type Next, refuse, resuming } from './next.ts';
import type { HandoverRequest, Request } from './requests.ts';
import type { Command, Knowledge, MonitorEvent, State } from './state.ts';
import type { Presence } from './status.ts';

const clockMoved = 'the wall clock moved: nodeos may stamp slots again that have been claimed';
/** A resume that nodeos refused is tried again after this. */
const resumeAgainMs = 250;

export function inResuming(
  state: State & { kind: 'resuming' },
  knows: Knowledge,
  event: MonitorEvent,
): Next | undefined {
  if (!isOurs(knows) || knows.stored === undefined) return depose(knows);
  if (event.type === 'clock-moved' && state.asked) return resumeAnew(event, clockMoved);
  if (event.type === 'resumed' && state.asked) {
    if (!event.ok) return { state: { ...state, asked: false, notBeforeMs: event.nowMs + resumeAgainMs } };
    return { state: { kind: 'holding' }, ...answerRequest(knows) };
  }
  if (state.asked) return undefined;
  // Running before it may: a resume or a failed pause of ours that took effect late, or somebody else's.
  if (!isSafelyPaused(knows)) return keepPaused(event, 'this node holds the claim, but may not sign yet');
  if (event.nowMs < state.notBeforeMs) return undefined;
  const { claim } = knows.stored;
  const isPast = slotAt(event.wallMs) >= claim.slot && isPausedIn(claim.slot, knows);
  if (!isPast || !(hasBlockOf(claim, knows) || event.nowMs - state.sinceMs >= state.patienceMs)) return undefined;
  return {
    state: { ...state, asked: true },
    knows: { begunWith: knows.stored.text },
    commands: [{ type: 'resume', reason: state.reason }],
  };
}

/** Whether the claimed block is here, or the chain has gone on past its slot. */
function hasBlockOf({ digest, slot }: Claim, { self: { nodeos } }: Knowledge): boolean {
  return digest === '' || nodeos.headId === digest || nodeos.headSlot >= slot;
}

/** A request that led here is done. */
function answerRequest({ request, dealtWith, self }: Knowledge): Pick<Next, 'knows' | 'commands'> {
  const say: Command = { type: 'say', decision: 'holding', reason: 'nodeos is resumed' };
  if (request === undefined || request.id === dealtWith || (request.target !== null && request.target !== self.node))
    return { commands: [say] };
  const done = answerTo(request, 'done', self.node, `${self.node} signs from now on`);
  return { knows: { dealtWith: request.id }, commands: [say, done] };
}

export function inHolding(knows: Knowledge, event: MonitorEvent): Next | undefined {
  if (!isOurs(knows)) return depose(knows);
  if (event.type === 'nodeos' && event.view.paused === true) {
    const reason = 'nodeos is paused although this node holds the claim (did it restart?)';
    return {
      state: resuming(event.nowMs, reason),
      commands: [{ type: 'say', decision: 'resuming', reason }],
    };
  }
  if (event.type === 'clock-moved') return leaveAtOnce(knows, event);
  const { request } = knows;
  const dealt = request === undefined || request.id === knows.dealtWith ? undefined : dealWith(request, knows);
  return dealt ?? (event.type === 'tick' ? leave(knows, event.nowMs) : undefined);
}

function dealWith(request: Request, knows: Knowledge): Next | undefined {
  const { node } = knows.self;
  if (request.target === node) {
    return { knows: { dealtWith: request.id }, commands: [answerTo(request, 'done', node, `${node} signs already`)] };
  }
  // A standby does it, and this node learns of it from the claim.
  if (request.kind === 'failover') return undefined;
  const verdict = nextTarget(request, knows.self, knows.nodes);
  return verdict.kind === 'refuse' ? refuse(request, knows, verdict.reason) : handOver(request, verdict.target, knows);
}

/** After a failed try the next waits so long: standbys come and go by the second. */
const leaveAgainMs = 5000;

/** A holder that would rather not sign hands over as if asked to. */
function leave(knows: Knowledge, nowMs: number): Next | undefined {
  const reason = reasonToLeave(knows, nowMs);
  if (reason === undefined) return knows.cannotLeave === undefined ? undefined : { knows: { cannotLeave: undefined } };
  if (nowMs < knows.leaveNotBeforeMs) return undefined;
  const request = ownRequest(knows.self.node, reason);
  const verdict = nextTarget(request, knows.self, knows.nodes);
  if (verdict.kind === 'target') {
    const next = handOver(request, verdict.target, knows);
    return { ...next, commands: [{ type: 'say', decision: 'leaving', reason }, ...(next.commands ?? [])] };
  }
  const isNews = knows.cannotLeave !== verdict.reason;
  return {
    knows: { cannotLeave: verdict.reason, leaveNotBeforeMs: nowMs + leaveAgainMs },
    commands: isNews ? [{ type: 'say', decision: 'cannot leave', reason: `${reason}, but ${verdict.reason}` }] : [],
  };
}

function handOver(request: HandoverRequest, target: Presence, knows: Knowledge): Next {
  const text = `to ${target.node}, ${request.moment === 'gap' ? 'between our windows' : 'at once'}`;
  return {
    state: { kind: 'handing', request, phase: 'waiting', target, pausedAtMs: 0 },
    knows: { cannotLeave: undefined, ...(request.id === ownRequestId ? {} : { dealtWith: request.id }) },
    commands: [answerTo(request, 'accepted', knows.self.node, text)],
  };
}

/** A clock that moved is wrong, or was: one that did not is better. It costs the 2 s that nothing is signed anyway, or less. */
function leaveAtOnce(knows: Knowledge, event: MonitorEvent): Next {
  const request: HandoverRequest = { ...ownRequest(knows.self.node, 'its wall clock moved'), moment: 'now' };
  const verdict = nextTarget(request, knows.self, knows.nodes);
  if (verdict.kind === 'refuse' || knows.maintenance !== undefined) return resumeAnew(event, clockMoved);
  return {
    state: { kind: 'handing', request, phase: 'pausing', target: verdict.target, pausedAtMs: 0 },
    commands: [
      { type: 'say', decision: 'leaving', reason: `${clockMoved}; to ${verdict.target.node}` },
      { type: 'pause', reason: clockMoved },
    ],
  };
}

/** Pauses nodeos, to resume it by the rules: past the claim, and after a whole slot paused. */
function resumeAnew(event: MonitorEvent, reason: string): Next {
  return {
    state: resuming(event.nowMs, reason),
    commands: [
      { type: 'say', decision: 'resuming', reason },
      { type: 'pause', reason },
    ],
  };
}

export function inHanding(state: State & { kind: 'handing' }, knows: Knowledge, event: MonitorEvent): Next | undefined {
  if (!isOurs(knows) && event.type !== 'gave')
    return state.phase === 'giving' && isHeldBy(state.target, knows) ? handedOver(state) : depose(knows);
  const decision = decideHandover({
    state,
    event,
    moment: {
      windows: knows.isScheduleKnown ? knows.windows : undefined,
      claimedSlot: knows.stored === undefined ? 0 : signedUpTo(knows.stored.claim),
      produceBlockOffsetMs: knows.produceBlockOffsetMs,
    },
    nodes: knows.nodes,
    isWanted: isWanted(state.request, knows, event.nowMs),
  });
  switch (decision.kind) {
    case 'wait':
      return undefined;
    case 'pause':
      return {
        state: { ...state, phase: 'pausing' },
        commands: [{ type: 'pause', reason: `handover to ${state.target.node}` }],
      };
    case 'paused':
      return { state: { ...state, phase: 'finishing', pausedAtMs: event.nowMs } };
    case 'give': {
      const { stored, unnamed } = knows;
      if (stored === undefined) return undefined;
      const reason = `handover asked by ${state.request.by}`;
      const from = { ...stored.claim, digest: unnamed ?? stored.claim.digest };
      return {
        state: { ...state, phase: 'giving' },
        commands: [{ type: 'give', expected: stored, claim: claimFor(decision.target, from, knows.nodes), reason }],
      };
    }
    case 'given':
      return handedOver(state);
    case 'stop': {
      const answer = answerTo(state.request, 'refused', knows.self.node, decision.reason);
      const back: State = state.phase === 'waiting' ? { kind: 'holding' } : resuming(event.nowMs, decision.reason);
      const isOwn = state.request.id === ownRequestId;
      const later = isOwn ? { cannotLeave: decision.reason, leaveNotBeforeMs: event.nowMs + leaveAgainMs } : {};
      const stopped: Command[] = [answer, { type: 'say', decision: 'handover stopped', reason: decision.reason }];
      if (event.type === 'clock-moved') {
        const anew = resumeAnew(event, decision.reason);
        return { ...anew, knows: later, commands: [...stopped, ...(anew.commands ?? [])] };
      }
      return { state: back, knows: later, commands: stopped };
    }
  }
}

/** An operator's request stands until it is withdrawn; one of the node's own gives way to it, and ends when the node is well again. */
function isWanted({ id }: HandoverRequest, knows: Knowledge, nowMs: number): boolean {
  const { request, dealtWith } = knows;
  if (id !== ownRequestId) return request?.id === id;
  const isAsked = request !== undefined && request.id !== dealtWith && request.kind === 'handover';
  return !isAsked && reasonToLeave(knows, nowMs) !== undefined;
}

function handedOver({ target }: State & { kind: 'handing' }): Next {
  return {
    state: { kind: 'standby' },
    commands: [{ type: 'say', decision: 'handed over', reason: `${target.node} holds the claim` }],
  };
}

function depose(knows: Knowledge): Next {
  const holder =
    knows.stored === undefined
      ? 'the claim key is missing or unreadable'
      : `${knows.stored.claim.holder} holds the claim at epoch ${knows.stored.claim.epoch}`;
  const reason = `this node was deposed: ${holder}`;
  return {
    state: { kind: 'deposed', reason },
    commands: [
      { type: 'say', decision: 'deposed', reason },
      { type: 'pause', reason },
    ],
  };
}
