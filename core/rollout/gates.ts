// Decides whether an upgraded node is as good as before: the gates a node must pass before the rollout goes on.

import type { RolloutSettings } from '#core/environment/environment.ts';
import type { MonitorStatus, Presence } from '#core/failover/status.ts';
import { slotAt, slotsPerWindow } from '#core/slots.ts';
import type { ClaimView, NodeObservation } from './observation.ts';

/** `inconclusive` is doubt: it lets nothing through, and is asked again. */
export type GatePhase = 'pass' | 'fail' | 'inconclusive' | 'skipped';

export interface GateResult {
  name: 'revision' | 'synced' | 'final' | 'peers' | 'monitor' | 'claim' | 'etcd';
  phase: GatePhase;
  /** What was found, and what was expected, for people. */
  value: string;
  threshold: string;
  message: string;
}

export type GateSettings = RolloutSettings['gates'];

/** All gates of one node. Every one is answered, so that a report shows the whole picture. */
export function judgeGates(node: NodeObservation, claim: ClaimView, settings: GateSettings): GateResult[] {
  const revision = revisionGate(node);
  const status = node.monitor;
  if (status === undefined) {
    return [revision, unanswered('monitor')];
  }
  return [
    revision,
    syncedGate(status, settings),
    finalGate(status, settings),
    peersGate(status, settings),
    monitorGate(node.node, status, claim),
    claimGate(status, claim),
    etcdGate(status),
  ];
}

/** What the gates ask of an upgraded node, for people who decide whether that is enough. */
export function describeGates({ maxHeadLagSlots, minPeers }: GateSettings): string {
  const peers = minPeers === 1 ? 'a live peer that is not ours' : `${minPeers} live peers that are not ours`;
  return `it runs the new revision, its head and its final block are as far as those of its fellows (at most ${maxHeadLagSlots} slots behind), it has ${peers}, its monitor answers and agrees on who holds the claim, and etcd answers it`;
}

/** Whether nothing is left to wait for. A skipped gate does not hold anybody up. */
export function gatesPass(gates: readonly GateResult[]): boolean {
  return gates.every(gate => gate.phase === 'pass' || gate.phase === 'skipped');
}

/** The gates that do not pass, in one line; empty when all do. */
export function gatesProblem(gates: readonly GateResult[]): string {
  return gates
    .filter(gate => gate.phase === 'fail' || gate.phase === 'inconclusive')
    .map(gate => `${gate.name}: ${gate.message}`)
    .join('; ');
}

function revisionGate({ workload }: NodeObservation): GateResult {
  const found = workload.kind === 'updating' ? workload.why : workload.kind;
  const message = workload.kind === 'absent' ? 'there is no StatefulSet' : found;
  return gate('revision', workload.kind === 'running', found, 'running', message);
}

function unanswered(name: GateResult['name']): GateResult {
  const message = 'the monitor does not answer';
  return { name, phase: 'inconclusive', value: 'unknown', threshold: '', message };
}

/** Measured against the best fellow that the monitor itself sees, so that both numbers were read at one moment. */
function syncedGate(status: MonitorStatus, { maxHeadLagSlots }: GateSettings): GateResult {
  const heads = fellowsOf(status).map(fellow => fellow.nodeos.headSlot);
  // Without fellows the clock must do; it is stricter, since a block takes its time to arrive.
  const best = heads.length === 0 ? slotAt(status.wallMs) - 1 : Math.max(...heads);
  const lag = Math.max(0, best - status.nodeos.headSlot);
  const against = heads.length === 0 ? 'the clock' : 'the best fellow';
  const ok = status.nodeos.alive && lag <= maxHeadLagSlots;
  const message = status.nodeos.alive ? `the head is ${lag} slots behind ${against}` : 'nodeos does not answer';
  return gate('synced', ok, `${lag} slots`, `at most ${maxHeadLagSlots}`, message);
}

/** Before Savanna, irreversibility moves a window at a time. */
function finalGate(status: MonitorStatus, { maxHeadLagSlots }: GateSettings): GateResult {
  const fellows = fellowsOf(status);
  if (fellows.length === 0) {
    const message = 'no fellow to compare with';
    return { name: 'final', phase: 'skipped', value: 'unknown', threshold: '', message };
  }
  const limit = maxHeadLagSlots + slotsPerWindow;
  const lag = Math.max(0, Math.max(...fellows.map(each => each.nodeos.lib)) - status.nodeos.lib);
  const message = `the last irreversible block is ${lag} blocks behind the best fellow`;
  return gate('final', lag <= limit, `${lag} blocks`, `at most ${limit}`, message);
}

function fellowsOf(status: MonitorStatus): Presence[] {
  return status.nodes.filter(each => each.node !== status.node && each.nodeos.alive);
}

function peersGate({ nodeos }: MonitorStatus, { minPeers }: GateSettings): GateResult {
  const message = `${nodeos.peers} peers that are not our own nodes`;
  return gate('peers', nodeos.peers >= minPeers, String(nodeos.peers), `at least ${minPeers}`, message);
}

/** A standby must be ready to take over; a node that took the claim meanwhile must hold it. */
function monitorGate(node: string, status: MonitorStatus, claim: ClaimView): GateResult {
  const holds = claim.kind === 'held' && claim.holder === node;
  const role = holds ? 'holding' : 'standby';
  const value = `${status.role}${status.eligible ? ', eligible' : ''}`;
  if (holds) return gate('monitor', status.role === role, value, role, `it holds the claim and is ${status.role}`);
  const ok = status.role === role && status.eligible && !status.draining;
  const message = ok ? 'ready to take over' : `${status.role}, ${status.why.join(', ') || 'not eligible'}`;
  return gate('monitor', ok, value, `${role}, eligible`, message);
}

/** The two were read one after the other: a difference may be a handover in between, so it is doubt, not failure. */
function claimGate(status: MonitorStatus, claim: ClaimView): GateResult {
  const seen = status.claim === null ? 'none' : `${status.claim.holder || 'nobody'}, epoch ${status.claim.epoch}`;
  const holder = claim.kind === 'held' ? claim.holder : '';
  const known = claim.kind === 'held' || claim.kind === 'vacant';
  const expected = known ? `${holder || 'nobody'}, epoch ${claim.epoch}` : claim.kind;
  const phase = known && seen === expected ? 'pass' : 'inconclusive';
  const message = `the monitor sees the claim with ${seen}; etcd has ${expected}`;
  return { name: 'claim', phase, value: seen, threshold: expected, message };
}

function etcdGate({ etcd }: MonitorStatus): GateResult {
  const value = etcd.reachable ? 'reachable' : 'not reachable';
  return gate('etcd', etcd.reachable, value, 'reachable', etcd.detail || value);
}

function gate(name: GateResult['name'], ok: boolean, value: string, threshold: string, message: string): GateResult {
  return { name, phase: ok ? 'pass' : 'fail', value, threshold, message };
}
