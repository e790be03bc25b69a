// Decides whether the fleet is as it was before a fault: one node holds the claim and signs, all others could take over, etcd is complete.

import type { MonitorStatus } from '#core/failover/status.ts';
import { slotAt } from '#core/slots.ts';

/** What one etcd member says; undefined when it does not answer. */
export interface MemberView {
  name: string;
  status: { memberId: string; leaderId: string; errors: readonly string[] } | undefined;
}

export interface FleetView {
  nodes: readonly { name: string; status: MonitorStatus | undefined }[];
  members: readonly MemberView[];
  nowMs: number;
}

const mostHeadLagSlots = 6;

/** What is missing; undefined when the fleet is whole. */
export function findLack({ nodes, members, nowMs }: FleetView): string | undefined {
  const silent = nodes.find(({ status }) => status === undefined);
  if (silent !== undefined) return `the monitor of ${silent.name} does not answer`;
  const statuses = nodes.flatMap(({ status }) => status ?? []);
  const holders = statuses.filter(({ role }) => role === 'holding');
  const [holder] = holders;
  if (holder === undefined || holders.length > 1)
    return `${holders.length} nodes hold the claim: ${statuses.map(({ node, role }) => `${node} ${role}`).join(', ')}`;
  return (
    statuses.map(status => nodeLack(status, holder, nowMs)).find(lack => lack !== undefined) ??
    knowledgeLack(holder, nodes.length) ??
    memberLack(members)
  );
}

function nodeLack(status: MonitorStatus, holder: MonitorStatus, nowMs: number): string | undefined {
  const { node, nodeos, claim, eligible, why, role } = status;
  if (!nodeos.alive) return `nodeos of ${node} does not answer`;
  const lag = slotAt(nowMs) - nodeos.headSlot;
  if (Math.abs(lag) > mostHeadLagSlots) return `the head of ${node} is ${lag} slots behind`;
  if (claim?.holder !== holder.node) return `${node} believes that ${claim?.holder ?? 'nobody'} holds the claim`;
  if (status === holder) return nodeos.paused === false ? undefined : `${node} holds the claim and is paused`;
  if (role !== 'standby') return `${node} is ${role}`;
  if (!eligible) return `${node} is not eligible: ${why.join(', ')}`;
  return nodeos.paused === true ? undefined : `${node} is a standby and not paused`;
}

/** Who takes over is decided by what is known of the others. */
function knowledgeLack(holder: MonitorStatus, count: number): string | undefined {
  const standbys = holder.nodes.filter(({ role, eligible }) => role === 'standby' && eligible);
  if (holder.nodes.length !== count) return `${holder.node} knows ${holder.nodes.length} nodes`;
  return standbys.length === count - 1 ? undefined : `${holder.node} knows ${standbys.length} eligible standbys`;
}

function memberLack(members: readonly MemberView[]): string | undefined {
  const leaders = new Set<string>();
  for (const { name, status } of members) {
    if (status === undefined) return `etcd member ${name} does not answer`;
    if (status.errors.length > 0) return `etcd member ${name}: ${status.errors.join(', ')}`;
    leaders.add(status.leaderId);
  }
  return leaders.size === 1 && !leaders.has('0') ? undefined : 'the etcd members do not agree on a leader';
}
