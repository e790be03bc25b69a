// Decides how a planned handover goes: to whom, when to pause, when the claim may be given.

import { isInWindow, slotAt, slotMs, type Window } from '../slots.ts';
import type { HandoverRequest } from './requests.ts';
import type { MonitorEvent, State } from './state.ts';
import type { Presence } from './status.ts';
import { compareStandbys } from './takeover.ts';

/** Slots that must lie between now and our next window for a handover in the gap. */
export const gapSlots = 6;
/** After `pause` answers, nodeos finishes exactly the block in progress: one slot, and its signature's way through etcd. Source: pause-resume transcripts. */
const finishingMs = slotMs + 100;

export type TargetVerdict =
  | { kind: 'target'; target: Presence }
  | { kind: 'already' }
  | { kind: 'refuse'; reason: string };

/** To which node the claim shall go, or why to none. */
export function nextTarget(request: HandoverRequest, self: Presence, nodes: readonly Presence[]): TargetVerdict {
  if (request.target === self.node) return { kind: 'already' };
  const standbys = nodes.filter(node => node.node !== self.node && node.eligible && node.role === 'standby');
  if (request.target === null) {
    const [best] = standbys.sort((a, b) => compareStandbys(a, b, self.site));
    return best === undefined
      ? { kind: 'refuse', reason: `no standby is eligible: ${describe(nodes, self)}` }
      : { kind: 'target', target: best };
  }
  const target = nodes.find(node => node.node === request.target);
  if (target === undefined)
    return {
      kind: 'refuse',
      reason: `no node ${request.target} is present; there are ${nodes.map(node => node.node).join(', ')}`,
    };
  if (!target.eligible) return { kind: 'refuse', reason: `${target.node} is not eligible: ${target.why.join(', ')}` };
  if (target.role !== 'standby') return { kind: 'refuse', reason: `${target.node} is ${target.role}, not standby` };
  return { kind: 'target', target };
}

function describe(nodes: readonly Presence[], self: Presence): string {
  const others = nodes.filter(node => node.node !== self.node);
  return (
    others.map(node => `${node.node}: ${node.why.join(', ') || node.role}`).join('; ') || 'no other node is present'
  );
}

export type HandoverDecision =
  | { kind: 'wait' }
  | { kind: 'pause' }
  | { kind: 'paused' }
  | { kind: 'give'; target: Presence }
  | { kind: 'given' }
  | { kind: 'stop'; reason: string };

/** The next move of a handover under way. `request`: what is asked for now. */
export function decideHandover(facts: {
  state: State & { kind: 'handing' };
  event: MonitorEvent;
  windows: readonly Window[];
  nodes: readonly Presence[];
  request: HandoverRequest | undefined;
}): HandoverDecision {
  const { state, event, windows, nodes } = facts;
  const target = nodes.find(node => node.node === state.target.node && node.incarnation === state.target.incarnation);
  if (state.phase !== 'giving' && (target === undefined || !target.eligible)) {
    return {
      kind: 'stop',
      reason: `${state.target.node} is ${target === undefined ? 'gone' : `no longer eligible: ${target.why.join(', ')}`}`,
    };
  }
  switch (state.phase) {
    case 'waiting':
      if (facts.request?.id !== state.request.id) return { kind: 'stop', reason: 'the request was withdrawn' };
      if (event.type === 'clock-moved') return { kind: 'stop', reason: 'the wall clock moved' };
      if (event.type === 'nodeos' && event.view.paused === true)
        return { kind: 'stop', reason: 'nodeos is paused, and not by us' };
      return event.type === 'tick' && isMoment(state.request.moment, windows, event.wallMs)
        ? { kind: 'pause' }
        : { kind: 'wait' };
    case 'pausing':
      if (event.type !== 'paused') return { kind: 'wait' };
      return event.ok ? { kind: 'paused' } : { kind: 'stop', reason: 'nodeos did not answer to pause' };
    case 'finishing':
      return event.type === 'tick' && event.nowMs - state.pausedAtMs >= finishingMs && target !== undefined
        ? { kind: 'give', target }
        : { kind: 'wait' };
    case 'giving':
      if (event.type !== 'gave') return { kind: 'wait' };
      return event.outcome === 'put'
        ? { kind: 'given' }
        : { kind: 'stop', reason: 'the claim moved while it was being given' };
  }
}

/** Whether the handover may start now. */
function isMoment(moment: HandoverRequest['moment'], windows: readonly Window[], wallMs: number): boolean {
  if (moment === 'now') return true;
  const now = slotAt(wallMs);
  return windows.every(window => !isInWindow({ first: window.first - gapSlots, last: window.last + 2 }, now));
}
