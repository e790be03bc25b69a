// The monitor's metrics in Prometheus' text format.

import type { MonitorStatus } from '#core/failover/status.ts';

/** @param claimTimes of the last claim, and the sum of all round trips, in ms */
export function renderMetrics(
  status: MonitorStatus,
  claimTimes: { roundTripMs: number; slackMs: number; sumMs: number },
): string {
  const { counters, nodeos, claim } = status;
  const lines: string[] = [];
  const add = (name: string, type: 'counter' | 'gauge', help: string, samples: [labels: string, value: number][]) => {
    lines.push(`# HELP active_eos_${name} ${help}`, `# TYPE active_eos_${name} ${type}`);
    for (const [labels, value] of samples) lines.push(`active_eos_${name}${labels} ${value}`);
  };
  add('holder', 'gauge', 'Whether this node holds the claim.', [
    ['', Number(claim?.holder === status.node && claim.incarnation === status.incarnation)],
  ]);
  add('eligible', 'gauge', 'Whether this node may take over.', [['', Number(status.eligible)]]);
  add('etcd_reachable', 'gauge', 'Whether etcd answered within the last 3 s.', [['', Number(status.etcd.reachable)]]);
  add('claim_slot', 'gauge', 'Slot up to which the producer has claimed.', [['', claim?.slot ?? 0]]);
  add('claim_epoch', 'gauge', 'Changes of holder so far.', [['', claim?.epoch ?? 0]]);
  add('claims_total', 'counter', 'Slots claimed by this monitor.', [['', counters.claims]]);
  add(
    'refusals_total',
    'counter',
    'Signatures refused, by reason.',
    Object.entries(counters.refusals).map(([reason, count]) => [`{reason="${reason}"}`, count]),
  );
  add('takeovers_total', 'counter', 'Takeovers by this monitor.', [['', counters.takeovers]]);
  add('handovers_total', 'counter', 'Handovers away from this monitor.', [['', counters.handovers]]);
  add('claim_round_trip_seconds_sum', 'counter', 'Time spent claiming.', [['', claimTimes.sumMs / 1000]]);
  add('claim_round_trip_last_seconds', 'gauge', 'Time the last claim took.', [['', claimTimes.roundTripMs / 1000]]);
  add('claim_slack_last_seconds', 'gauge', "Time left before the slot's end after the last claim.", [
    ['', claimTimes.slackMs / 1000],
  ]);
  add('nodeos_alive', 'gauge', 'Whether the main thread of nodeos answers.', [['', Number(nodeos.alive)]]);
  add('nodeos_paused', 'gauge', 'Whether nodeos is paused.', [['', Number(nodeos.paused ?? false)]]);
  add('nodeos_head_slot', 'gauge', "Slot of nodeos' head.", [['', nodeos.headSlot]]);
  add('nodeos_foreign_peers', 'gauge', 'Live peers that are not our own nodes.', [['', nodeos.peers]]);
  return `${lines.join('\n')}\n`;
}
