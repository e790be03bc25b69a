// The monitor's metrics in Prometheus' text format. docs/metrics.md explains each of them.

import type { RefusalReason } from '#core/failover/signing.ts';
import type { MonitorStatus } from '#core/failover/status.ts';
import type { Histogram, Measures } from './measures.ts';

/** Every reason is there from the start: a counter that appears with its first event has no rate. */
const noRefusals: Record<RefusalReason, number> = {
  'not-holder': 0,
  busy: 0,
  'clock-moved': 0,
  'outside-window': 0,
  'slot-already-claimed': 0,
  'fork-dropped-our-block': 0,
  'stale-head': 0,
  'nodeos-silent': 0,
  'etcd-silent': 0,
  'claim-lost': 0,
  'too-late': 0,
  'bad-request': 0,
  'wrong-key': 0,
};

export interface MetricsInput {
  status: MonitorStatus;
  measures: Measures;
  version: string;
  isClockSuspect: boolean;
  /** Monotonic. */
  nowMs: number;
}

type Labels = Record<string, string>;
type Sample = [labels: Labels, value: number];

/** The whole answer to GET /metrics. */
export function renderMetrics(input: MetricsInput): string {
  return [
    ...claimMetrics(input),
    ...slotMetrics(input),
    ...nodeMetrics(input),
    ...etcdMetrics(input),
    ...soloMetrics(input),
    '',
  ].join('\n');
}

function claimMetrics({ status, measures }: MetricsInput): string[] {
  const { claim, counters, node, incarnation, nodes } = status;
  const isHolder = claim?.holder === node && claim.incarnation === incarnation;
  const isHolderThere =
    isHolder || nodes.some(other => other.node === claim?.holder && other.incarnation === claim.incarnation);
  const refusals = Object.entries({ ...noRefusals, ...counters.refusals });
  return [
    ...one('holder', 'gauge', 'Whether this node holds the claim.', Number(isHolder)),
    ...one('holder_present', 'gauge', 'Whether the monitor that the claim names is there.', Number(isHolderThere)),
    ...one('claim_slot', 'gauge', 'Slot up to which the producer has claimed.', claim?.slot ?? 0),
    ...one('claim_epoch', 'gauge', 'Changes of holder so far.', claim?.epoch ?? 0),
    ...one(
      'claims_total',
      'counter',
      'Claims made by this monitor for a signature that waited for it.',
      counters.claims,
    ),
    ...one('claims_ahead_total', 'counter', 'Claims made ahead of their signatures.', measures.ahead.claims),
    ...one(
      'signatures_ahead_total',
      'counter',
      'Signatures that left on a claim made ahead, without waiting for etcd.',
      measures.ahead.signatures,
    ),
    ...many(
      'refusals_total',
      'counter',
      'Signatures refused, by reason.',
      refusals.map(([reason, count]) => [{ reason }, count]),
    ),
    ...one('takeovers_total', 'counter', 'Takeovers by this monitor.', counters.takeovers),
    ...one('handovers_total', 'counter', 'Handovers away from this monitor.', counters.handovers),
    ...histogram('claim_round_trip_seconds', 'Time a claim took in etcd.', measures.claimRoundTripSeconds),
    ...histogram(
      'claim_slack_seconds',
      'Time left when its claim stood before a signature would have been too late; 0 when it was.',
      measures.claimSlackSeconds,
    ),
  ];
}

function slotMetrics({ status, measures: { slots, unclaimedBlocks } }: MetricsInput): string[] {
  return [
    ...one(
      'produced_slots_total',
      'counter',
      'Slots of ours with a block, as this node saw the chain.',
      slots.produced,
    ),
    ...one('missed_slots_total', 'counter', 'Slots of ours without a block, as this node saw the chain.', slots.missed),
    ...one('unknown_slots_total', 'counter', 'Slots of ours of which this node cannot tell.', slots.unknown),
    ...one('unclaimed_blocks_total', 'counter', 'Blocks of ours that no claim carries: look at once.', unclaimedBlocks),
    ...one(
      'unheard_slot',
      'gauge',
      'Oldest slot that the holder claimed and whose block has not come here; 0 when all have.',
      status.unheardSlot ?? 0,
    ),
  ];
}

function nodeMetrics({ status, measures, version, isClockSuspect }: MetricsInput): string[] {
  const { nodeos, producer, node, site } = status;
  const { pause, resume } = measures.controlFailures;
  return [
    ...many('build_info', 'gauge', 'Always 1; says what runs where.', [[{ version, producer, node, site }, 1]]),
    ...one('eligible', 'gauge', 'Whether this node may take over.', Number(status.eligible)),
    ...one('draining', 'gauge', 'Whether this node shall leave signing to others.', Number(status.draining)),
    ...one('maintenance', 'gauge', 'Whether takeovers are switched off.', Number(status.maintenance !== null)),
    ...one('clock_suspect', 'gauge', 'Whether the wall clock moved within the last 2 s.', Number(isClockSuspect)),
    ...one('clock_moves_total', 'counter', 'Moves of the wall clock by more than 25 ms.', measures.clockMoves),
    ...one('nodeos_alive', 'gauge', 'Whether the main thread of nodeos answers.', Number(nodeos.alive)),
    ...one('nodeos_paused', 'gauge', 'Whether nodeos is paused.', Number(nodeos.paused ?? false)),
    ...one('nodeos_head_slot', 'gauge', "Slot of nodeos' head.", nodeos.headSlot),
    ...one('nodeos_foreign_peers', 'gauge', 'Live peers that are not our own nodes.', nodeos.peers),
    ...many('nodeos_control_failures_total', 'counter', 'Times nodeos did not do as told.', [
      [{ action: 'pause' }, pause],
      [{ action: 'resume' }, resume],
    ]),
  ];
}

function etcdMetrics({ status, measures, nowMs }: MetricsInput): string[] {
  const { etcdErrorAtMs, etcdErrors, isEtcdFull } = measures;
  const age: Sample[] = etcdErrorAtMs === undefined ? [] : [[{}, Math.max(0, nowMs - etcdErrorAtMs) / 1000]];
  return [
    ...one('etcd_reachable', 'gauge', 'Whether etcd was read within the last 3 s.', Number(status.etcd.reachable)),
    ...one('etcd_errors_total', 'counter', 'Writes to etcd that failed or got no answer.', etcdErrors),
    ...many('etcd_last_error_age_seconds', 'gauge', 'Time since the last of them; absent while there was none.', age),
    ...one('etcd_full', 'gauge', 'Whether etcd refused the last write for lack of space.', Number(isEtcdFull)),
  ];
}

function soloMetrics({ status: { solo } }: MetricsInput): string[] {
  const isOn = ['signing', 'closing', 'stopped'].includes(solo?.phase ?? '');
  const on = 'Whether this node signs by its volume alone, or has not told etcd of it yet.';
  const broken = 'Whether what solo has left on the volume cannot be read.';
  return [
    ...one('solo', 'gauge', on, Number(isOn)),
    ...one('solo_broken', 'gauge', broken, Number(solo?.phase === 'broken')),
  ];
}

function one(name: string, type: 'counter' | 'gauge', help: string, value: number): string[] {
  return many(name, type, help, [[{}, value]]);
}

function many(name: string, type: 'counter' | 'gauge' | 'histogram', help: string, samples: Sample[]): string[] {
  return [...heading(name, type, help), ...samples.map(([labels, value]) => line(name, labels, value))];
}

function histogram(name: string, help: string, { bounds, counts, sum }: Histogram): string[] {
  const upTo = (index: number) => counts.slice(0, index + 1).reduce((total, count) => total + count, 0);
  const total = upTo(bounds.length);
  return [
    ...heading(name, 'histogram', help),
    ...bounds.map((bound, index) => line(`${name}_bucket`, { le: String(bound) }, upTo(index))),
    line(`${name}_bucket`, { le: '+Inf' }, total),
    line(`${name}_sum`, {}, sum),
    line(`${name}_count`, {}, total),
  ];
}

function heading(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): string[] {
  return [`# HELP active_eos_${name} ${help}`, `# TYPE active_eos_${name} ${type}`];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `active_eos_${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
}

/** Source: Prometheus' exposition formats, "Comments, help text, and type information". */
function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
