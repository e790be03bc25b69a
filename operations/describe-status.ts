// Decides what a person should hear of a fleet: the state of the claim, of every node and member, and what calls for action. Values only.

import type { Notice } from '#core/failover/requests.ts';
import { slotAt, slotMs } from '#core/slots.ts';
import { describeRecord, type FleetRecord } from './describe-record.ts';
import { problemsOf } from './failover.ts';
import { findAlarms, findStrangers } from './find-alarms.ts';
import { describeNotice } from './notices.ts';
import type { HolderChange, Picture } from './picture.ts';
import type { MemberSighting, NodeSighting, Sighting } from './status.ts';

/** `active-eos status --json`; fields are added, not changed, within one `v`. */
export interface FleetStatus {
  v: 1;
  /** ISO 8601, as every time here. */
  at: string;
  environment: string;
  producer: string;
  claim: {
    /** `unknown`: no etcd member answered. */
    kind: 'held' | 'vacant' | 'missing' | 'unreadable' | 'unknown';
    holder: string | null;
    epoch: number | null;
    slot: number | null;
    /** How long the claimed slot is over; negative while it is to come. */
    ageSeconds: number | null;
    /** How the holder got it; null when that was not recorded. */
    since: HolderChange | null;
    problem: string;
    /** What speaks against its holder; empty when it signs, or there is none. */
    holderProblems: string[];
  };
  maintenance: NoticeSeen | null;
  drains: ({ node: string } & NoticeSeen)[];
  /** What operators or the pipeline are waiting for. */
  request: { kind: 'handover' | 'failover'; target: string | null; by: string; accepted: boolean } | null;
  nodes: NodeStatus[];
  members: MemberStatus[];
  /** What the monitors have seen since they started, over or not. */
  record: FleetRecord;
  /** What somebody should do something about, gravest first. */
  alarms: string[];
  /** What could not be looked at, and why. */
  notes: string[];
}

export interface NoticeSeen {
  by: string;
  why: string;
  at: string | null;
}

export interface NodeStatus {
  node: string;
  /** Its site, where Kubernetes is not asked. */
  cluster: string;
  zone: string;
  role: string;
  /** null where nobody knows, as for all that follow. */
  producing: boolean | null;
  eligible: boolean | null;
  why: string[];
  head: number | null;
  /** Behind the best of the nodes. */
  headLagSlots: number | null;
  final: number | null;
  peers: number | null;
  version: string;
  restarts: number | null;
  images: string[];
  release: 'missing' | 'outdated' | 'current' | 'unknown';
  source: 'etcd' | 'monitor' | 'none';
  problems: string[];
}

export interface MemberStatus {
  member: string;
  cluster: string;
  /** Without any problem. */
  healthy: boolean;
  /** Part of a majority, even if it raises an alarm. */
  votes: boolean;
  leader: boolean;
  term: string | null;
  version: string | null;
  databaseBytes: number | null;
  roundTripMs: number | null;
  release: NodeStatus['release'];
  /** Standing alarms of etcd's own: NOSPACE (its database is full), CORRUPT. */
  alarms: string[];
  problem: string;
}

export function describeStatus(sighting: Sighting): FleetStatus {
  const { nowMs, environment, nodes, members } = sighting;
  const picture = sighting.picture.kind === 'answer' ? sighting.picture.value : undefined;
  const heads = nodes.flatMap(each => (each.word?.nodeos.alive === true ? each.word.nodeos.headSlot : []));
  const bestSlot = heads.length === 0 ? undefined : Math.max(...heads);
  const status: Omit<FleetStatus, 'alarms'> = {
    v: 1,
    at: new Date(nowMs).toISOString(),
    environment: environment.name,
    producer: environment.producer,
    claim: describeClaim(sighting),
    maintenance: picture?.maintenance === undefined ? null : toSeen(picture.maintenance),
    drains: (picture?.drains ?? []).map(({ node, notice }) => ({ node, ...toSeen(notice) })),
    request: describeOpenRequest(picture),
    nodes: nodes.map(each => describeNode(each, bestSlot)),
    members: members.map(describeMember),
    record: describeRecord(nodes),
    notes: sighting.notes,
  };
  return { ...status, alarms: [...findStrangers(status.record), ...findAlarms(status, picture, { nowMs, bestSlot })] };
}

function describeClaim({ picture, nowMs }: Sighting): FleetStatus['claim'] {
  const nothing = { holder: null, epoch: null, slot: null, ageSeconds: null, since: null, holderProblems: [] };
  if (picture.kind === 'silent') return { kind: 'unknown', ...nothing, problem: picture.problem };
  const { claim, stored, history, nodes } = picture.value;
  if (stored === undefined) {
    return { kind: claim.kind, ...nothing, problem: claim.kind === 'unreadable' ? claim.problem : '' };
  }
  return {
    kind: claim.kind,
    holder: stored.holder === '' ? null : stored.holder,
    epoch: stored.epoch,
    slot: stored.slot,
    ageSeconds: ((slotAt(nowMs) - stored.slot) * slotMs) / 1000,
    since: history.find(each => each.epoch === stored.epoch) ?? null,
    problem: '',
    holderProblems: stored.holder === '' ? [] : problemsOf(stored.holder, stored.incarnation, nodes),
  };
}

function toSeen({ by, why, atMs }: Notice): NoticeSeen {
  return { by, why, at: atMs > 0 ? new Date(atMs).toISOString() : null };
}

function describeOpenRequest(picture: Picture | undefined): FleetStatus['request'] {
  if (picture?.request === undefined) return null;
  const { kind, target, by, id } = picture.request.request;
  const { answer } = picture;
  if (answer?.id === id && answer.outcome !== 'accepted') return null;
  return { kind, target, by, accepted: answer?.id === id };
}

function describeNode(sighting: NodeSighting, bestSlot: number | undefined): NodeStatus {
  const { node, cluster, word, source, pod, release } = sighting;
  const facts = pod?.kind === 'answer' ? pod.value.facts : undefined;
  const alive = word?.nodeos.alive === true;
  return {
    node,
    cluster,
    zone: word?.zone ?? '',
    role: word?.role ?? 'unknown',
    producing: word === undefined || word.nodeos.paused === null ? null : alive && !word.nodeos.paused,
    eligible: word?.eligible ?? null,
    why: [...(word?.why ?? [])],
    head: alive ? word.nodeos.headNum : null,
    headLagSlots: alive && bestSlot !== undefined ? bestSlot - word.nodeos.headSlot : null,
    final: alive ? word.nodeos.lib : null,
    peers: alive ? word.nodeos.peers : null,
    version: word?.nodeos.version ?? '',
    restarts: facts?.restarts ?? null,
    images: facts?.images ?? [],
    release,
    source,
    problems: findProblems(sighting),
  };
}

function findProblems({ word, source, pod, node }: NodeSighting): string[] {
  const problems: string[] = [];
  if (pod?.kind === 'silent') problems.push(`Kubernetes does not tell of its pod: ${pod.problem}`);
  if (pod?.kind === 'answer') {
    const { facts, exits } = pod.value;
    if (facts === undefined) problems.push('there is no pod');
    const nodeos = exits.find(each => each.container === 'nodeos');
    const isWell = facts?.ready === true && nodeos?.running === true;
    if (nodeos?.exitCode === 2 && !isWell) problems.push(dirtyDatabase(node));
    else if (nodeos !== undefined && nodeos.restarts > 0 && !nodeos.running)
      problems.push(`nodeos ended with exit code ${nodeos.exitCode} and was restarted ${nodeos.restarts} times`);
    problems.push(...(facts?.trouble ?? []));
    if (facts?.deleting === true) problems.push('its pod is stopping');
  }
  if (source === 'none') problems.push('its monitor does not answer, and is not present in etcd');
  if (source === 'monitor') problems.push('its monitor answers, but is not present in etcd: it cannot sign');
  if (word?.solo != null) problems.push(`solo, ${word.solo.phase}: ${word.solo.detail}`);
  if (word?.unheardSlot != null) problems.push(`it did not get our block of slot ${word.unheardSlot}`);
  return problems;
}

function dirtyDatabase(node: string): string {
  return (
    'database dirty (exit code 2): restore from a snapshot, keep finalizers/. Put a .bin into snapshots/ of the volume ' +
    `data-${node}-0 or set snapshot.url, remove state/ (and blocks/ if its log does not reach back), then delete the pod`
  );
}

function describeMember({ member, cluster, answer, release }: MemberSighting): MemberStatus {
  if (answer.kind === 'silent') {
    const nothing = { term: null, version: null, databaseBytes: null, roundTripMs: null, alarms: [] };
    return {
      member,
      cluster,
      healthy: false,
      votes: false,
      leader: false,
      ...nothing,
      release,
      problem: answer.problem,
    };
  }
  const { status, roundTripMs } = answer.value;
  const hasLeader = status.leaderId !== '0' && status.leaderId !== '';
  const problems = [...(hasLeader ? [] : ['it knows no leader']), ...status.errors];
  return {
    member,
    cluster,
    healthy: problems.length === 0,
    votes: problems.every(each => alarmsOf([each]).length > 0),
    leader: status.leaderId === status.memberId,
    term: status.term,
    version: status.version,
    databaseBytes: status.databaseBytes,
    roundTripMs: Math.round(roundTripMs),
    release,
    alarms: alarmsOf(status.errors),
    problem: problems.join(', '),
  };
}

/** As etcd writes them among a member's errors: `memberID:1234 alarm:NOSPACE`. */
function alarmsOf(errors: readonly string[]): string[] {
  return [...new Set(errors.flatMap(each => /\balarm:\s*(\w+)/.exec(each)?.[1] ?? []))];
}

/** One line for a notice that stands. */
export function describeSeen({ by, why, at }: NoticeSeen): string {
  return describeNotice({ v: 1, by, why, atMs: at === null ? 0 : Date.parse(at) });
}
