// Looks at an environment for a person: who signs, how each node is, how etcd is.

import { gatesProblem, judgeGates } from '#core/rollout/gates.ts';
import type { ClaimView } from '#core/rollout/observation.ts';
import { observeFleet, renderDesired } from './observe.ts';
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
  headNum: number;
  lib: number;
  peers: number;
  images: string[];
  release: 'missing' | 'outdated' | 'current';
  problem: string;
}

export async function readFleetStatus(fleet: Fleet): Promise<FleetStatus> {
  const { claim, nodes, members } = await observeFleet(fleet, await renderDesired(fleet));
  return {
    claim,
    nodes: nodes.map(each => ({
      node: each.node,
      cluster: each.cluster,
      role: each.monitor?.role ?? 'unknown',
      eligible: each.monitor?.eligible ?? false,
      paused: each.monitor?.nodeos.paused ?? null,
      headNum: each.monitor?.nodeos.headNum ?? 0,
      lib: each.monitor?.nodeos.lib ?? 0,
      peers: each.monitor?.nodeos.peers ?? 0,
      images: each.pod?.images ?? [],
      release: each.release.state,
      problem: gatesProblem(judgeGates(each, claim, fleet.environment.rollout.gates)),
    })),
    members: members.map(({ member, cluster, release, workload }) => ({
      member,
      cluster,
      release: release.state,
      workload: workload.kind === 'updating' ? workload.why : workload.kind,
    })),
  };
}
