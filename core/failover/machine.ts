// The monitor's state machine: who holds the claim as far as this node knows, and what to do about it next.
//
//                      ┌──────────── c ────────────┐
//                      ▼                           │
// [starting] ─ a ─▶ [standby] ──────── b ─────▶ [taking]
//                    ▲  ▲  │                       │
//                    │  │  └── d ─▶ [resuming] ◀ e ┘
//                    │  │             │  │ ▲ ▲
//                    │  │             │  │ │ └─────── m ───────┐
//                    │  │             g  f h                   │
//                    │  │             │  ▼ │                   │
//                    │  │             │ [holding] ─── i ──▶ [handing]
//                    │  │             │  │   ▲                │ │ │
//                    │  │             │  │   └────── l ───────┘ │ │
//                    │  │             │  j                      │ │
//                    │  │             ▼  ▼                      │ │
//                    │  │          [deposed] ◀────── n ─────────┘ │
//                    │  └─────────────│────────── k ──────────────┘
//                    └─────── o ──────┘
//
// a  starting → standby    tick: nodeos was seen paused for a whole slot, and the claim is read
// b  standby → taking      tick: the holder is late, gone or not heard; or a failover is asked for
// c  taking → standby      took: the claim had moved
// d  standby → resuming    claim: it was handed to us
// e  taking → resuming     took: the claim is ours
// f  resuming → holding    resumed, asked for past the claimed slot and with the claimed block as head
// g  resuming → deposed    claim: it is another's
// h  holding → resuming    nodeos: it is paused, and not by us; or clock-moved
// i  holding → handing     request: a handover, and a standby to take it; or tick: this node would rather not sign
// j  holding → deposed     claim: it is another's
// k  handing → standby     gave, or claim: it is the target's
// l  handing → holding     the handover stopped before nodeos was paused
// m  handing → resuming    the handover stopped after that
// n  handing → deposed     claim: it is a third node's
// o  deposed → standby     tick: nodeos was seen paused for a whole slot
//
// Every other event leaves the state as it is. Only `holding`, and `handing` until the claim is given, sign (signing.ts).
// test/tidy.test.ts holds this drawing to the code below.

import { slotAt } from '../slots.ts';
import type { StoredClaim } from './claim.ts';
import { type Claim, claimFormat } from './claim.ts';
import { decideHandover, nextTarget, ownRequest, ownRequestId, reasonToLeave } from './handover.ts';
import { isHeldBy, isOurs, isSafelyPaused, learn } from './knowledge.ts';
import type { HandoverRequest, Request, RequestAnswer } from './requests.ts';
import type { Command, Knowledge, Monitor, MonitorEvent, State, Step } from './state.ts';
import type { Presence, Role } from './status.ts';
import { decideFailover, decideTakeover, type TakeoverFacts } from './takeover.ts';

/** A monitor that has just started: a standby in the making, whatever the claim says. */
export function startMonitor(self: Presence, produceBlockOffsetMs: number): Monitor {
  return {
    state: { kind: 'starting' },
    knows: {
      self,
      stored: undefined,
      nodes: [],
      windows: [],
      dueWindows: [],
      pausedSinceMs: undefined,
      pausedUntilMs: undefined,
      holderGoneSinceMs: undefined,
      lateness: [],
      tookInWindow: undefined,
      request: undefined,
      maintenance: undefined,
      unfitSinceMs: undefined,
      cannotLeave: undefined,
      leaveNotBeforeMs: Number.NEGATIVE_INFINITY,
      dealtWith: undefined,
      produceBlockOffsetMs,
    },
  };
}

/** The role to announce. */
export function roleOf(state: State): Role {
  return state.kind;
}

/** One step: first what the event teaches, then what the state makes of it. Same input, same output. */
export function step(monitor: Monitor, event: MonitorEvent): Step {
  const knows = learn(monitor.knows, event);
  const { state } = monitor;
  const next = stepIn(state, knows, event);
  return { state: next?.state ?? state, knows: { ...knows, ...next?.knows }, commands: next?.commands ?? [] };
}

interface Next {
  state?: State;
  knows?: Partial<Knowledge>;
  commands?: Command[];
}

function stepIn(state: State, knows: Knowledge, event: MonitorEvent): Next | undefined {
  switch (state.kind) {
    case 'starting':
      return inStarting(knows, event);
    case 'standby':
      return inStandby(knows, event);
    case 'taking':
      return inTaking(state, event);
    case 'resuming':
      return inResuming(state, knows, event);
    case 'holding':
      return inHolding(knows, event);
    case 'handing':
      return inHanding(state, knows, event);
    case 'deposed':
      return inDeposed(state, knows, event);
  }
}

/** A node that is not the holder keeps its nodeos paused, whoever resumed it. */
function keepPaused(event: MonitorEvent, reason: string): Next | undefined {
  if (event.type !== 'nodeos' || event.view.paused !== false) return undefined;
  return { commands: [{ type: 'pause', reason }] };
}

function inStarting(knows: Knowledge, event: MonitorEvent): Next | undefined {
  if (event.type !== 'tick') return keepPaused(event, 'a monitor that starts is a standby');
  if (knows.stored === undefined || !isSafelyPaused(knows)) return undefined;
  return {
    state: { kind: 'standby' },
    commands: [{ type: 'say', decision: 'standby', reason: 'nodeos is paused and the claim is read' }],
  };
}

function inStandby(knows: Knowledge, event: MonitorEvent): Next | undefined {
  if (isOurs(knows) && knows.stored !== undefined) {
    const reason = `the claim was handed to us at epoch ${knows.stored.claim.epoch}`;
    return {
      state: { kind: 'resuming', sinceMs: event.nowMs, reason, asked: false, notBeforeMs: 0 },
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
  return decision?.kind === 'take' ? take(knows, knows.stored, decision.reason) : undefined;
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
    tookInWindow: window !== undefined && knows.tookInWindow === window.first,
  };
}

function take(knows: Knowledge, expected: StoredClaim, reason: string): Next {
  const claim = claimFor(knows.self, expected.claim, knows.nodes);
  return { state: { kind: 'taking', reason }, commands: [{ type: 'take', expected, claim, reason }] };
}

/** The same slot and digest under a new holder: nothing signed before is forgotten. The format may rise once all can read it. */
function claimFor({ node, incarnation }: Presence, from: Claim, nodes: readonly Presence[]): Claim {
  const v = claimFormat(nodes.map(each => each.claimFormat));
  return { v, slot: from.slot, digest: from.digest, holder: node, incarnation, epoch: from.epoch + 1 };
}

/** What is answered to a request; a node that asked itself says it to its own log. */
function answerTo(request: Request, outcome: RequestAnswer['outcome'], node: string, reason: string): Command {
  return request.id === ownRequestId
    ? { type: 'say', decision: `handover ${outcome}`, reason }
    : { type: 'answer', answer: { v: 1, id: request.id, outcome, node, reason } };
}

function refuse(request: Request, { self }: Knowledge, reason: string): Next {
  return { knows: { dealtWith: request.id }, commands: [answerTo(request, 'refused', self.node, reason)] };
}

function inTaking(state: State & { kind: 'taking' }, event: MonitorEvent): Next | undefined {
  if (event.type !== 'took') return undefined;
  if (event.outcome === 'changed')
    return {
      state: { kind: 'standby' },
      commands: [{ type: 'say', decision: 'no takeover', reason: 'the claim moved meanwhile' }],
    };
  return {
    state: { kind: 'resuming', sinceMs: event.nowMs, reason: state.reason, asked: false, notBeforeMs: 0 },
    commands: [{ type: 'say', decision: 'takeover', reason: state.reason }],
  };
}

/** How long a new holder waits for the claimed block to arrive before it goes on without it. */
const claimedBlockPatienceMs = 60;
/** A resume that nodeos refused is tried again after this. */
const resumeAgainMs = 250;

function inResuming(state: State & { kind: 'resuming' }, knows: Knowledge, event: MonitorEvent): Next | undefined {
  if (!isOurs(knows) || knows.stored === undefined) return depose(knows);
  if (event.type === 'resumed' && state.asked) {
    if (!event.ok) return { state: { ...state, asked: false, notBeforeMs: event.nowMs + resumeAgainMs } };
    return { state: { kind: 'holding' }, ...answerRequest(knows) };
  }
  if (state.asked) return undefined;
  // Running before it may: a resume or a failed pause of ours that took effect late, or somebody else's.
  if (!isSafelyPaused(knows)) return keepPaused(event, 'this node holds the claim, but may not sign yet');
  if (event.nowMs < state.notBeforeMs) return undefined;
  const { claim } = knows.stored;
  const isPast = slotAt(event.wallMs) >= claim.slot;
  const hasBlock = claim.digest === '' || knows.self.nodeos.headId === claim.digest;
  if (!isPast || !(hasBlock || event.nowMs - state.sinceMs >= claimedBlockPatienceMs)) return undefined;
  return { state: { ...state, asked: true }, commands: [{ type: 'resume', reason: state.reason }] };
}

/** A request that led here is done. */
function answerRequest({ request, dealtWith, self }: Knowledge): Pick<Next, 'knows' | 'commands'> {
  const say: Command = { type: 'say', decision: 'holding', reason: 'nodeos is resumed' };
  if (request === undefined || request.id === dealtWith || (request.target !== null && request.target !== self.node))
    return { commands: [say] };
  const done = answerTo(request, 'done', self.node, `${self.node} signs from now on`);
  return { knows: { dealtWith: request.id }, commands: [say, done] };
}

function inHolding(knows: Knowledge, event: MonitorEvent): Next | undefined {
  if (!isOurs(knows)) return depose(knows);
  if (event.type === 'nodeos' && event.view.paused === true) {
    const reason = 'nodeos is paused although this node holds the claim (did it restart?)';
    return {
      state: { kind: 'resuming', sinceMs: event.nowMs, reason, asked: false, notBeforeMs: 0 },
      commands: [{ type: 'say', decision: 'resuming', reason }],
    };
  }
  if (event.type === 'clock-moved')
    return resumeAnew(event, 'the wall clock moved: nodeos may stamp slots again that have been claimed');
  const { request } = knows;
  if (request !== undefined && request.id !== knows.dealtWith) return dealWith(request, knows);
  return event.type === 'tick' ? leave(knows, event.nowMs) : undefined;
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
  const request = ownRequest(knows.self.node);
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

/** Pauses nodeos, to resume it by the rules: past the claim, and after a whole slot paused. */
function resumeAnew(event: MonitorEvent, reason: string): Next {
  return {
    state: { kind: 'resuming', sinceMs: event.nowMs, reason, asked: false, notBeforeMs: 0 },
    commands: [
      { type: 'say', decision: 'resuming', reason },
      { type: 'pause', reason },
    ],
  };
}

function inHanding(state: State & { kind: 'handing' }, knows: Knowledge, event: MonitorEvent): Next | undefined {
  if (!isOurs(knows) && event.type !== 'gave')
    return state.phase === 'giving' && isHeldBy(state.target, knows) ? handedOver(state) : depose(knows);
  const decision = decideHandover({
    state,
    event,
    windows: knows.windows,
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
      const { stored } = knows;
      if (stored === undefined) return undefined;
      const reason = `handover asked by ${state.request.by}`;
      return {
        state: { ...state, phase: 'giving' },
        commands: [
          { type: 'give', expected: stored, claim: claimFor(decision.target, stored.claim, knows.nodes), reason },
        ],
      };
    }
    case 'given':
      return handedOver(state);
    case 'stop': {
      const answer = answerTo(state.request, 'refused', knows.self.node, decision.reason);
      const back: State =
        state.phase === 'waiting'
          ? { kind: 'holding' }
          : { kind: 'resuming', sinceMs: event.nowMs, reason: decision.reason, asked: false, notBeforeMs: 0 };
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

function inDeposed(state: State & { kind: 'deposed' }, knows: Knowledge, event: MonitorEvent): Next | undefined {
  if (event.type === 'tick' && isSafelyPaused(knows)) {
    return { state: { kind: 'standby' }, commands: [{ type: 'say', decision: 'standby', reason: 'nodeos is paused' }] };
  }
  // A nodeos that did not obey is asked again when it is next seen running: one that is down would refuse a thousand times a second.
  return keepPaused(event, state.reason);
}
