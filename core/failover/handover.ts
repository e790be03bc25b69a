// Decides how a planned handover goes: to whom, when to pause, when the claim may be given.

import { slotMs } from '../slots.ts';
import { isMoment, type MomentFacts } from './handover-moment.ts';
import type { HandoverRequest } from './requests.ts';
import type { Knowledge, MonitorEvent, State } from './state.ts';
import type { Presence } from './status.ts';
import { compareStandbys } from './takeover.ts';

/** Id of a handover that nobody asked for: the node itself would rather not sign. */
export const ownRequestId = 'own';

/** A holder that could not be a standby for so long hands over. */
const unfitMs = 3000;
/** Presences are read once a second. Without etcd nothing can be given. */
const freshMs = 2500;

/** Why a holder would rather hand over by itself; undefined when it would not. One whose nodeos is dead cannot. */
export function reasonToLeave(knows: Knowledge, nowMs: number): string | undefined {
  const { draining, nodeos, why } = knows.self;
  if (nowMs - knows.nodesAtMs > freshMs) return undefined;
  if (draining) return 'it is draining';
  if (knows.unfitSinceMs === undefined || nowMs - knows.unfitSinceMs < unfitMs) return undefined;
  return nodeos.alive && knows.maintenance === undefined ? why.join(', ') : undefined;
}

/** The handover such a holder asks of itself: in the gap, to the best standby. */
export function ownRequest(node: string, reason: string): HandoverRequest {
  return { v: 1, kind: 'handover', id: ownRequestId, target: null, moment: 'gap', by: `${node} itself: ${reason}` };
}

/** After `pause` answers, nodeos finishes exactly the block in progress: one slot, and its signature's way through etcd. Source: pause-resume transcripts. */
const finishingMs = slotMs + 100;

export type TargetVerdict = { kind: 'target'; target: Presence } | { kind: 'refuse'; reason: string };

/** To which node the claim shall go, or why to none. */
export function nextTarget(request: HandoverRequest, self: Presence, nodes: readonly Presence[]): TargetVerdict {
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

/** The next move of a handover under way. `isWanted`: whether who asked for it still does. */
export function decideHandover(facts: {
  state: State & { kind: 'handing' };
  event: MonitorEvent;
  moment: Omit<MomentFacts, 'wallMs'>;
  nodes: readonly Presence[];
  isWanted: boolean;
}): HandoverDecision {
  const { state, event, nodes } = facts;
  const target = nodes.find(node => node.node === state.target.node && node.incarnation === state.target.incarnation);
  if (state.phase !== 'giving' && (target === undefined || !target.eligible)) {
    return {
      kind: 'stop',
      reason: `${state.target.node} is ${target === undefined ? 'gone' : `no longer eligible: ${target.why.join(', ')}`}`,
    };
  }
  switch (state.phase) {
    case 'waiting':
      if (!facts.isWanted) return { kind: 'stop', reason: 'the request was withdrawn' };
      if (event.type === 'clock-moved') return { kind: 'stop', reason: 'the wall clock moved' };
      if (event.type === 'nodeos' && event.view.paused === true)
        return { kind: 'stop', reason: 'nodeos is paused, and not by us' };
      return event.type === 'tick' && isMoment(state.request.moment, { ...facts.moment, wallMs: event.wallMs })
        ? { kind: 'pause' }
        : { kind: 'wait' };
    case 'pausing':
      if (event.type !== 'paused') return { kind: 'wait' };
      return event.ok ? { kind: 'paused' } : { kind: 'stop', reason: 'nodeos did not answer to pause' };
    case 'finishing':
      return target !== undefined && (event.type === 'signed' || isOver(state, event))
        ? { kind: 'give', target }
        : { kind: 'wait' };
    case 'giving':
      if (event.type !== 'gave') return { kind: 'wait' };
      return event.outcome === 'put'
        ? { kind: 'given' }
        : { kind: 'stop', reason: 'the claim moved while it was being given' };
  }
}

/** Whether a block in progress would have been signed by now. */
function isOver({ pausedAtMs }: State & { kind: 'handing' }, event: MonitorEvent): boolean {
  return event.type === 'tick' && event.nowMs - pausedAtMs >= finishingMs;
}
