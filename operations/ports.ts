// What operations need of the outside, as small interfaces: the real ones are composed in fleet.ts, tests bring their own.

import type { Environment, Release } from '#core/environment/environment.ts';
import type { MonitorStatus, Presence } from '#core/failover/status.ts';
import type { DeployedRelease, ReleaseRevision } from '#core/rollout/release.ts';
import type { PodFacts, StatefulSetFacts } from '#core/rollout/workload.ts';

/** The nodes of one producer and their register in etcd: all that is needed to ask them for something. A pod has it, too. */
export interface Crew {
  environment: {
    name: string;
    chain: { id: string; producer: string };
    etcd: { prefix: string; members: readonly { name: string }[] };
  };
  nodes: NodePort;
  etcd: EtcdPort;
  clock: Clock;
  /** The node in whose pod this runs: its monitor alone can be asked in full. */
  ownNode?: string;
}

/** Everything an operation works on. */
export interface Fleet extends Crew {
  environment: Environment;
  /** Desired releases, etcd first. */
  releases: Release[];
  helm: HelmPort;
  workloads: WorkloadPort;
  monitors: MonitorPort;
}

export interface NodePort {
  /** Nodes that there should be, or, where nobody knows that, that there are. */
  names(): Promise<string[]>;
  /** What a node says of itself now; undefined when it does not answer in time. A fellow's word by etcd is its presence alone. */
  look(node: string): Promise<NodeWord | undefined>;
}

export type NodeWord = Presence & Partial<Pick<MonitorStatus, 'window' | 'solo' | 'alarms' | 'slots' | 'decisions'>>;

export interface HelmPort {
  /** The manifest the repository asks for. */
  render(release: Release): Promise<string>;
  /** undefined when there is no such release. */
  deployed(release: Release): Promise<DeployedRelease | undefined>;
  history(release: Release): Promise<ReleaseRevision[]>;
  /** Installs or upgrades without waiting for pods. */
  upgrade(release: Release, description: string): Promise<void>;
  rollback(release: Release, revision: number): Promise<void>;
}

/** The StatefulSet of one that a release runs, and its only pod. */
export interface WorkloadPort {
  statefulSet(release: Release): Promise<StatefulSetFacts | undefined>;
  pod(release: Release): Promise<PodFacts | undefined>;
  /** Only if the pod still has this uid. */
  deletePod(release: Release, uid: string): Promise<'deleted' | 'changed'>;
  /** For the report of a failure; empty rather than failing. */
  warnings(release: Release): Promise<string[]>;
  logs(release: Release): Promise<string[]>;
  /** How the pod's containers have ended, each as it last did. */
  exits(release: Release): Promise<ContainerExit[]>;
}

export interface ContainerExit {
  container: string;
  restarts: number;
  /** Of the last end; null when it has not ended yet. */
  exitCode: number | null;
  running: boolean;
}

export interface MonitorPort {
  /** undefined when the monitor does not answer in time. */
  status(release: Release): Promise<MonitorStatus | undefined>;
}

export interface EtcdPort {
  /** Opens a session with one member by name, uses it and closes it. */
  use<T>(member: string, work: (session: EtcdSession) => Promise<T>): Promise<T>;
}

/** One etcd member; see adapters/etcd/member.ts, whose Member is one. */
export interface EtcdSession {
  get(key: string): Promise<{ value: string; modRevision: string } | undefined>;
  range(prefix: string): Promise<{ keys: { key: string; value: string }[] }>;
  put(key: string, value: string, leaseId?: string): Promise<void>;
  compareAndPut(
    key: string,
    expected: { revision: string; text: string } | 'absent',
    text: string,
    leaseId?: string,
  ): Promise<{ kind: 'put'; revision: string } | { kind: 'changed' }>;
  delete(key: string): Promise<void>;
  grantLease(ttlSeconds: number): Promise<{ id: string; ttlSeconds: number }>;
  keepAlive(leaseId: string): Promise<number>;
  revoke(leaseId: string): Promise<void>;
  status(): Promise<EtcdMemberStatus>;
  alarms(): Promise<{ memberId: string; alarm: string }[]>;
  moveLeader(targetMemberId: string): Promise<void>;
}

export interface EtcdMemberStatus {
  memberId: string;
  leaderId: string;
  term: string;
  appliedIndex: string;
  version: string;
  databaseBytes: number;
  errors: string[];
  isLearner: boolean;
}

export interface Clock {
  /** ms since the Unix epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** The desired release of a node or of an etcd member. */
export function releaseOf(fleet: Fleet, name: { node: string } | { member: string }): Release {
  const wanted = 'node' in name ? name.node : `etcd-${name.member}`;
  const found = fleet.releases.find(each => each.name === wanted);
  if (found === undefined) throw new Error(`the environment ${fleet.environment.name} has no release ${wanted}`);
  return found;
}
