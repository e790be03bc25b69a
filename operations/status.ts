// Looks at an environment for a person: who signs, how each node is, how etcd is.

import type { Release } from '#core/environment/environment.ts';
import { gatesProblem, judgeGates } from '#core/rollout/gates.ts';
import type { ClaimView } from '#core/rollout/observation.ts';
import {
  type Desired,
  observeNode,
  observeRelease,
  observeWorkload,
  readClaimIfPossible,
  renderDesired,
} from './observe.ts';
import { describeError } from './operation-error.ts';
import type { Fleet } from './ports.ts';

export interface FleetStatus {
  claim: ClaimView;
  nodes: NodeStatus[];
  members: { member: string; cluster: string; release: string; workload: string }[];
}

export interface NodeStatus {
  node: string;
  cluster: string;
  role: string;
  eligible: boolean;
  paused: boolean | null;
  /** Null where the monitor did not say. */
  headNum: number | null;
  lib: number | null;
  peers: number | null;
  images: string[];
  release: 'missing' | 'outdated' | 'current' | 'unknown';
  problem: string;
}

/** A cluster that cannot be reached is a problem of its nodes and members, and hides nothing of the others. */
export async function readFleetStatus(fleet: Fleet): Promise<FleetStatus> {
  const desired = await renderDesired(fleet);
  const claim = await readClaimIfPossible(fleet);
  const nodes: NodeStatus[] = [];
  const members: FleetStatus['members'] = [];
  for (const release of fleet.releases) {
    if (release.node !== undefined) nodes.push(await readNode(fleet, desired, release, claim));
    else members.push(await readMember(fleet, desired, release));
  }
  return { claim, nodes, members };
}

async function readNode(fleet: Fleet, desired: Desired, release: Release, claim: ClaimView): Promise<NodeStatus> {
  const place = { node: release.name, cluster: release.cluster };
  try {
    const seen = await observeNode(fleet, release, await observeRelease(fleet, desired, release));
    const { monitor, pod } = seen;
    return {
      ...place,
      role: monitor?.role ?? 'unknown',
      eligible: monitor?.eligible ?? false,
      paused: monitor?.nodeos.paused ?? null,
      headNum: monitor?.nodeos.headNum ?? null,
      lib: monitor?.nodeos.lib ?? null,
      peers: monitor?.nodeos.peers ?? null,
      images: pod?.images ?? [],
      release: seen.release.state,
      problem: gatesProblem(judgeGates(seen, claim, fleet.environment.rollout.gates)),
    };
  } catch (error) {
    const nothing = {
      role: 'unknown',
      eligible: false,
      paused: null,
      headNum: null,
      lib: null,
      peers: null,
      images: [],
    };
    return { ...place, ...nothing, release: 'unknown', problem: firstLine(error) };
  }
}

async function readMember(fleet: Fleet, desired: Desired, release: Release): Promise<FleetStatus['members'][number]> {
  const place = { member: release.name.replace(/^etcd-/, ''), cluster: release.cluster };
  try {
    const seen = await observeRelease(fleet, desired, release);
    const { workload } = await observeWorkload(fleet, release, seen);
    return { ...place, release: seen.state, workload: workload.kind === 'updating' ? workload.why : workload.kind };
  } catch (error) {
    return { ...place, release: 'unknown', workload: firstLine(error) };
  }
}

function firstLine(error: unknown): string {
  return describeError(error).split('\n')[0] ?? '';
}
