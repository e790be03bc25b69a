// `active-eos status`: who signs, and how every node and etcd member is.

import { openFleet } from '#operations/fleet.ts';
import { type FleetStatus, readFleetStatus } from '#operations/status.ts';
import { exitCodes, readArguments } from './command.ts';
import { print, printJson, renderTable } from './terminal.ts';

export async function statusCommand(args: string[]): Promise<number> {
  const { access, json } = readArguments(args);
  const status = await readFleetStatus(await openFleet(access));
  if (json) printJson(status);
  else print(renderStatus(status));
  return exitCodes.done;
}

function renderStatus({ claim, nodes, members }: FleetStatus): string {
  const header = ['node', 'cluster', 'role', 'producing', 'head', 'final', 'peers', 'release', 'images', 'problem'];
  const rows = nodes.map(each => [
    each.node,
    each.cluster,
    each.role,
    each.paused === null ? '?' : each.paused ? 'no' : 'yes',
    String(each.headNum ?? '?'),
    String(each.lib ?? '?'),
    String(each.peers ?? '?'),
    each.release,
    each.images.join(' '),
    each.problem || '–',
  ]);
  const memberRows = members.map(each => [each.member, each.cluster, each.release, each.workload]);
  return [
    `claim: ${describeClaim(claim)}`,
    renderTable(header, rows),
    renderTable(['etcd member', 'cluster', 'release', 'state'], memberRows),
  ].join('\n\n');
}

function describeClaim(claim: FleetStatus['claim']): string {
  switch (claim.kind) {
    case 'held':
      return `${claim.holder} signs, epoch ${claim.epoch}`;
    case 'vacant':
      return 'nobody has taken it yet';
    case 'missing':
      return 'there is none: run "active-eos install"';
    case 'unreadable':
      return `unreadable: ${claim.problem}`;
  }
}
