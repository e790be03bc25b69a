// What a rollout sees when it looks at the fleet: facts only, no judgement.

import type { MonitorStatus } from '#core/failover/status.ts';
import type { ReleaseState } from './release.ts';
import type { PodFacts, Workload } from './workload.ts';

/** Who may sign, as the claim key says. */
export type ClaimView =
  | { kind: 'missing' }
  | { kind: 'unreadable'; problem: string }
  /** Created, but nobody has taken it yet. */
  | { kind: 'vacant'; epoch: number }
  | { kind: 'held'; holder: string; epoch: number };

export interface ReleaseObservation {
  state: ReleaseState;
  /** Whether this very rollout deployed it. */
  touched: boolean;
  /** Images of the deployed manifest, and of the desired one. */
  deployedImages: string[];
  desiredImages: string[];
}

export interface NodeObservation {
  node: string;
  cluster: string;
  site: string;
  priority: number;
  release: ReleaseObservation;
  workload: Workload;
  pod: PodFacts | undefined;
  /** undefined when the monitor does not answer. */
  monitor: MonitorStatus | undefined;
}

export interface MemberObservation {
  member: string;
  cluster: string;
  release: ReleaseObservation;
  workload: Workload;
}

export interface FleetObservation {
  /** Names the desired state: equal releases have equal ids. */
  rolloutId: string;
  atMs: number;
  claim: ClaimView;
  nodes: NodeObservation[];
  members: MemberObservation[];
  /** Name of the etcd member that leads; undefined when none was found. */
  etcdLeader: string | undefined;
}
