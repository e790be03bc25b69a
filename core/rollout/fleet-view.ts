// Judges an observation: what the plan needs to know of each node and etcd member, and nothing more.

import type { Environment } from '#core/environment/environment.ts';
import { type GateResult, gatesPass, gatesProblem, judgeGates } from './gates.ts';
import type { ClaimView, FleetObservation, MemberObservation, NodeObservation } from './observation.ts';

export interface NodeView {
  node: string;
  cluster: string;
  site: string;
  priority: number;
  /** The release does not exist, differs from the desired one, or equals it. */
  release: 'missing' | 'outdated' | 'current';
  /** This rollout deployed its release. */
  touched: boolean;
  /** Its pod is ready on the newest revision. */
  running: boolean;
  /** All gates pass. */
  sound: boolean;
  /** Why it is not sound; empty when it is. */
  problem: string;
  /** How long it has been ready; 0 when it is not. */
  readySeconds: number;
  /** It holds the claim and its monitor says so. */
  holding: boolean;
}

export interface MemberView {
  member: string;
  cluster: string;
  release: 'missing' | 'outdated' | 'current';
  running: boolean;
  problem: string;
  leads: boolean;
}

export interface FleetView {
  claim: ClaimView;
  nodes: NodeView[];
  members: MemberView[];
  rollout: Pick<Environment['rollout'], 'order' | 'soakSeconds' | 'readyTimeoutSeconds' | 'activeUpdate'>;
}

/** The observation, judged by the environment's gates. */
export function viewFleet(observation: FleetObservation, environment: Environment): FleetView {
  const { claim, atMs } = observation;
  return {
    claim,
    nodes: observation.nodes.map(each =>
      viewNode(each, judgeGates(each, claim, environment.rollout.gates), claim, atMs),
    ),
    members: observation.members.map(each => viewMember(each, observation.etcdLeader)),
    rollout: environment.rollout,
  };
}

function viewNode(each: NodeObservation, gates: GateResult[], claim: ClaimView, atMs: number): NodeView {
  const { workload, release } = each;
  const holds = claim.kind === 'held' && claim.holder === each.node;
  return {
    node: each.node,
    cluster: each.cluster,
    site: each.site,
    priority: each.priority,
    release: release.state,
    touched: release.touched && release.state === 'current',
    running: workload.kind === 'running',
    sound: gatesPass(gates),
    problem: gatesProblem(gates),
    readySeconds: readySeconds(each, atMs),
    holding: holds && each.monitor?.role === 'holding',
  };
}

/** Whether an upgraded node that is not sound may be so because of its upgrade: later, something else is the matter with it. */
export function isFresh(
  readyFor: number,
  { soakSeconds, readyTimeoutSeconds }: Pick<Environment['rollout'], 'soakSeconds' | 'readyTimeoutSeconds'>,
): boolean {
  return readyFor < soakSeconds + readyTimeoutSeconds;
}

/** By the clock of the node's own cluster where it is known: the runner's may be off. */
export function readySeconds({ workload, monitor }: NodeObservation, atMs: number): number {
  if (workload.kind !== 'running') return 0;
  return Math.max(0, ((monitor?.wallMs ?? atMs) - workload.readySinceMs) / 1000);
}

function viewMember({ member, cluster, release, workload }: MemberObservation, leader: string | undefined): MemberView {
  return {
    member,
    cluster,
    release: release.state,
    running: workload.kind === 'running',
    problem: workload.kind === 'updating' ? workload.why : workload.kind === 'absent' ? 'there is no StatefulSet' : '',
    leads: member === leader,
  };
}
