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
// b  standby → taking      tick: the holder is late or gone
// c  taking → standby      took: the claim had moved
// d  standby → resuming    claim: it was handed to us
// e  taking → resuming     took: the claim is ours
// f  resuming → holding    resumed, asked for past the claimed slot and with the claimed block as head
// g  resuming → deposed    claim: it is another's
// h  holding → resuming    nodeos: it is paused, and not by us; or clock-moved
// i  holding → handing     request: a handover, and a standby to take it
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
import { type Claim, claimVersion } from './claim.ts';
import { decideHandover, nextTarget } from './handover.ts';
import { isHeldBy, isOurs, isSafelyPaused, learn } from './knowledge.ts';
import type { RequestAnswer } from './requests.ts';
import type { Command, Knowledge, Monitor, MonitorEvent, State, Step } from './state.ts';
import type { Presence, Role } from './status.ts';
import { decideTakeover } from './takeover.ts';

/** A monitor that has just started: a standby in the making, whatever the claim says. */
export function startMonitor(self: Presence, produceBlockOffsetMs: number): Monitor {
  return {
    state: { kind: 'starting' },
    knows: {
      self,
      stored: undefined,
      nodes: [],
      windows: [],
      pausedSinceMs: undefined,
      pausedUntilMs: undefined,
      holderGoneSinceMs: undefined,
      lateness: [],
      tookInWindow: undefined,
      request: undefined,
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
  const window = knows.windows.find(candidate => candidate.last > slotAt(event.wallMs));
  const decision = decideTakeover({
    nowMs: event.wallMs,
    claim: knows.stored.claim,
    self: knows.self,
    nodes: knows.nodes,
    window,
    produceBlockOffsetMs: knows.produceBlockOffsetMs,
    lateness: knows.lateness,
    holderGoneForMs: knows.holderGoneSinceMs === undefined ? undefined : event.nowMs - knows.holderGoneSinceMs,
    tookInWindow: window !== undefined && knows.tookInWindow === window.first,
  });
  if (decision.kind === 'wait') return undefined;
  const claim = claimFor(knows.self, knows.stored.claim);
  return {
    state: { kind: 'taking', reason: decision.reason },
    commands: [{ type: 'take', expected: knows.stored, claim, reason: decision.reason }],
  };
}

/** The same slot and digest under a new holder: nothing signed before is forgotten. */
function claimFor({ node, incarnation }: Presence, from: Claim): Claim {
  return { v: claimVersion, slot: from.slot, digest: from.digest, holder: node, incarnation, epoch: from.epoch + 1 };
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
  const answer: RequestAnswer = {
    v: 1,
    id: request.id,
    outcome: 'done',
    node: self.node,
    reason: `${self.node} signs from now on`,
  };
  return { knows: { dealtWith: request.id }, commands: [say, { type: 'answer', answer }] };
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
  if (request === undefined || request.id === knows.dealtWith) return undefined;
  const verdict = nextTarget(request, knows.self, knows.nodes);
  const answer = (outcome: RequestAnswer['outcome'], reason: string): Command => ({
    type: 'answer',
    answer: { v: 1, id: request.id, outcome, node: knows.self.node, reason },
  });
  if (verdict.kind === 'refuse')
    return { knows: { dealtWith: request.id }, commands: [answer('refused', verdict.reason)] };
  if (verdict.kind === 'already')
    return { knows: { dealtWith: request.id }, commands: [answer('done', `${knows.self.node} signs already`)] };
  return {
    state: { kind: 'handing', request, phase: 'waiting', target: verdict.target, pausedAtMs: 0 },
    knows: { dealtWith: request.id },
    commands: [
      answer('accepted', `to ${verdict.target.node}, ${request.moment === 'gap' ? 'between our windows' : 'at once'}`),
    ],
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
    request: knows.request,
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
        commands: [{ type: 'give', expected: stored, claim: claimFor(decision.target, stored.claim), reason }],
      };
    }
    case 'given':
      return handedOver(state);
    case 'stop': {
      const answer: RequestAnswer = {
        v: 1,
        id: state.request.id,
        outcome: 'refused',
        node: knows.self.node,
        reason: decision.reason,
      };
      const back: State =
        state.phase === 'waiting'
          ? { kind: 'holding' }
          : { kind: 'resuming', sinceMs: event.nowMs, reason: decision.reason, asked: false, notBeforeMs: 0 };
      const stopped: Command[] = [
        { type: 'answer', answer },
        { type: 'say', decision: 'handover stopped', reason: decision.reason },
      ];
      if (event.type === 'clock-moved') {
        const anew = resumeAnew(event, decision.reason);
        return { ...anew, commands: [...stopped, ...(anew.commands ?? [])] };
      }
      return { state: back, commands: stopped };
    }
  }
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
