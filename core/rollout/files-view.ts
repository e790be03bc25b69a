// Imagines the fleet from the files alone, for a forecast that may not look at it: all is well, and the first to take over holds the claim.

import type { Environment, Release } from '#core/environment/environment.ts';
import { compareStandbys } from '#core/failover/takeover.ts';
import type { FleetView, MemberView, NodeView } from './fleet-view.ts';
import type { ReleaseState } from './release.ts';

/** A release as the files ask for it, against what they asked for before. */
export interface ComparedRelease {
  release: Release;
  state: ReleaseState;
}

/** Long enough ago for any soak. */
const longReadySeconds = 30 * 86_400;

export function viewFiles(environment: Environment, states: readonly ComparedRelease[]): FleetView {
  const nodes = states.flatMap(each => viewNode(environment, each));
  const members = states.flatMap(each => (each.release.node === undefined ? [viewMember(each)] : []));
  const fleet: FleetView = { claim: { kind: 'missing' }, nodes, members, rollout: environment.rollout };
  const best = nodes.filter(each => each.running).toSorted((a, b) => compareStandbys(a, b, undefined))[0];
  return best === undefined ? fleet : heldBy(fleet, best.node);
}

function viewNode({ clusters }: Environment, { release, state }: ComparedRelease): NodeView[] {
  const { node, cluster: name } = release;
  if (node === undefined) return [];
  const cluster = clusters.find(each => each.name === name);
  const isThere = state !== 'missing';
  return [
    {
      node,
      cluster: name,
      site: cluster?.site ?? '',
      priority: cluster?.nodes.find(each => each.name === node)?.priority ?? 0,
      release: state,
      touched: false,
      running: isThere,
      sound: isThere,
      problem: isThere ? '' : 'it is not installed',
      readySeconds: isThere ? longReadySeconds : 0,
      holding: false,
    },
  ];
}

function viewMember({ release, state }: ComparedRelease): MemberView {
  const running = state !== 'missing';
  return { member: memberOf(release), cluster: release.cluster, release: state, running, problem: '', leads: false };
}

/** The same fleet with the claim held by this node. */
export function heldBy(fleet: FleetView, node: string): FleetView {
  return {
    ...fleet,
    claim: { kind: 'held', holder: node, epoch: 1 },
    nodes: fleet.nodes.map(each => ({ ...each, holding: each.node === node })),
  };
}

/** The etcd member that a release runs. */
export function memberOf({ name }: Release): string {
  return name.replace(/^etcd-/, '');
}
