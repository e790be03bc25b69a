// Draws a fleet's status for a terminal.

import { describeSeen, type FleetStatus, type MemberStatus, type NodeStatus } from '#operations/describe-status.ts';
import { describeSpan } from '#operations/reset-claim.ts';
import { moment, renderTable } from './terminal.ts';

export function renderStatus(status: FleetStatus): string {
  const { environment, producer, at, claim, maintenance, drains, request, nodes, members, alarms, notes } = status;
  const head = [
    `${environment === producer ? '' : `${environment}, `}${producer}, ${moment(at)}`,
    `claim: ${describeClaim(claim)}`,
    ...(maintenance === null ? [] : [`MAINTENANCE ${describeSeen(maintenance)}; nobody takes over by itself`]),
    ...drains.map(drain => `DRAINED ${drain.node} ${describeSeen(drain)}`),
    ...(request === null ? [] : [`asked for: ${describeRequest(request)}`]),
    ...alarms.map(each => `! ${each}`),
    ...notes,
  ];
  const parts = [head.join('\n'), renderNodes(nodes), renderMembers(members), renderRecord(status)];
  return parts.filter(each => each !== '').join('\n\n');
}

/** Equal as long as nothing has changed that a person would want to hear of. */
export function renderStatusKey(status: FleetStatus): string {
  const { claim, maintenance, drains, request, nodes, members, alarms, record } = status;
  const withoutNumbers = (text: string) => text.replaceAll(/\d+/g, '');
  return JSON.stringify([
    [claim.kind, claim.holder, claim.epoch, maintenance, drains, request, alarms.map(withoutNumbers)],
    nodes.map(each => [each.node, each.role, each.producing, each.eligible, each.restarts, each.images]),
    nodes.map(each => [...each.why, ...each.problems].map(withoutNumbers)),
    members.map(each => [each.member, each.healthy, each.leader, each.term]),
    [record.slots?.missed, record.unclaimed.length, record.clockMoves.length],
  ]);
}

function describeClaim(claim: FleetStatus['claim']): string {
  const { kind, holder, epoch, slot, ageSeconds, since, problem, holderProblems } = claim;
  const where = `epoch ${epoch}, slot ${slot} (${describeAge(ageSeconds ?? 0)})`;
  switch (kind) {
    case 'held':
      return `${holder} ${holderProblems.length === 0 ? 'signs' : 'holds it and is in trouble'}, ${where}${since === null ? '' : `, since ${moment(since.at)} by ${since.how}: ${since.why}`}`;
    case 'vacant':
      return `nobody holds it, ${where}`;
    case 'missing':
      return 'there is none';
    case 'unreadable':
      return `unreadable: ${problem}`;
    case 'unknown':
      return 'unknown';
  }
}

function describeAge(seconds: number): string {
  return seconds < 0 ? `${describeSpan(seconds * 1000)} ahead` : `${describeSpan(seconds * 1000)} ago`;
}

function describeRequest({ kind, target, by, accepted }: NonNullable<FleetStatus['request']>): string {
  return `a ${kind} to ${target ?? 'the best standby'}, by ${by}${accepted ? ', accepted' : ', not answered yet'}`;
}

function renderNodes(nodes: readonly NodeStatus[]): string {
  const hasPods = nodes.some(each => each.restarts !== null);
  const hasReleases = nodes.some(each => each.release !== 'unknown');
  const header = ['node', 'where', 'zone', 'role', 'producing', 'lag', 'head', 'final', 'peers'];
  const rows = nodes.map(each => [
    each.node,
    each.cluster,
    each.zone,
    each.role,
    each.producing === null ? '?' : each.producing ? 'yes' : 'no',
    String(each.headLagSlots ?? '?'),
    String(each.head ?? '?'),
    String(each.final ?? '?'),
    String(each.peers ?? '?'),
    ...(hasPods ? [String(each.restarts ?? '?')] : []),
    ...(hasReleases ? [each.release] : []),
    each.images.length > 0 ? each.images.map(shorten).join(' ') : each.version,
    each.eligible === null ? '?' : each.eligible ? 'yes' : `no: ${each.why.join(', ')}`,
  ]);
  const more = [...(hasPods ? ['restarts'] : []), ...(hasReleases ? ['release'] : [])];
  return renderTable([...header, ...more, hasPods ? 'images' : 'version', 'eligible'], rows);
}

/** Without registry and most of a digest. */
function shorten(image: string): string {
  return (image.split('/').at(-1) ?? image).replace(/(@sha256:[0-9a-f]{8})[0-9a-f]+$/, '$1');
}

function renderMembers(members: readonly MemberStatus[]): string {
  const hasClusters = members.some(each => each.cluster !== '');
  const hasReleases = members.some(each => each.release !== 'unknown');
  const rows = members.map(each => [
    each.member,
    ...(hasClusters ? [each.cluster] : []),
    each.healthy ? 'healthy' : 'IN TROUBLE',
    each.leader ? 'leader' : each.term === null ? '?' : 'follower',
    each.term ?? '?',
    each.version ?? '?',
    each.databaseBytes === null ? '?' : `${(each.databaseBytes / 2 ** 20).toFixed(1)} MiB`,
    each.roundTripMs === null ? '?' : `${each.roundTripMs} ms`,
    ...(hasReleases ? [each.release] : []),
    cut(each.problem) || '–',
  ]);
  const facts = ['health', 'role', 'term', 'version', 'database', 'answered in'];
  const place = hasClusters ? ['etcd member', 'cluster'] : ['etcd member'];
  return renderTable([...place, ...facts, ...(hasReleases ? ['release'] : []), 'problem'], rows);
}

/** Clock moves that are shown; --json has all that are known. */
const shownMoves = 3;

function renderRecord({ record: { slots, unclaimed, clockMoves } }: FleetStatus): string {
  const lines: string[] = [];
  if (slots !== null) {
    const { node, produced, missed, unknown } = slots;
    const unseen = unknown === 0 ? '' : `, ${unknown} it cannot tell of`;
    lines.push(`our slots: ${produced} with a block, ${missed} missed${unseen}, since the monitor of ${node} started`);
  }
  const last = unclaimed.at(-1);
  if (last !== undefined)
    lines.push(`blocks no claim carries: ${unclaimed.length}, the last of slot ${last.slot}, seen ${moment(last.at)}`);
  if (clockMoves.length > 0) lines.push(`clock moves: ${clockMoves.length}`);
  lines.push(...clockMoves.slice(-shownMoves).map(each => `  ${moment(each.at)} ${each.node}: ${each.text}`));
  return lines.join('\n');
}

/** A library's excuses can be long; --json has them in full. */
function cut(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}
