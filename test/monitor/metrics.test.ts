import test from 'ava';
import type { MonitorStatus } from '#core/failover/status.ts';
import { renderMetrics } from '../../monitor/metrics.ts';
import { presence } from '../core/failover/presences.ts';

const status: MonitorStatus = {
  ...presence('a'),
  producer: 'us',
  claim: { v: 1, slot: 1204, digest: '', holder: 'a', incarnation: 'a-1', epoch: 7 },
  etcd: { reachable: true, detail: '' },
  maintenance: null,
  window: null,
  nodes: [],
  counters: { claims: 12, refusals: { 'not-holder': 2, 'too-late': 1 }, takeovers: 1, handovers: 3 },
  decisions: [],
};
const times = { roundTripMs: 8, slackMs: 250, sumMs: 96 };

/** Value of one sample, by name and labels. */
function sampleValue(text: string, sample: string): string | undefined {
  return text
    .split('\n')
    .find(line => line.startsWith(`${sample} `))
    ?.slice(sample.length + 1);
}

test('counters and gauges carry what the status says', t => {
  const text = renderMetrics(status, times);
  const samples = [
    'holder',
    'claim_slot',
    'claim_epoch',
    'claims_total',
    'refusals_total{reason="too-late"}',
    'handovers_total',
    'claim_slack_last_seconds',
    'claim_round_trip_seconds_sum',
  ];
  t.deepEqual(
    samples.map(sample => sampleValue(text, `active_eos_${sample}`)),
    ['1', '1204', '7', '12', '1', '3', '0.25', '0.096'],
  );
});

test('a claim of a former incarnation does not make a holder', t => {
  t.is(sampleValue(renderMetrics({ ...status, incarnation: 'a-2' }, times), 'active_eos_holder'), '0');
  t.is(sampleValue(renderMetrics({ ...status, claim: null }, times), 'active_eos_holder'), '0');
});

test('every line is one that Prometheus reads, and every metric is explained once', t => {
  const lines = renderMetrics(status, times).trimEnd().split('\n');
  for (const line of lines)
    t.regex(line, /^(# (HELP|TYPE) active_eos_\w+ .+|active_eos_\w+(\{\w+="[\w-]+"\})? -?[\d.]+)$/);
  const helped = lines.filter(line => line.startsWith('# HELP')).map(line => line.split(' ')[2]);
  t.is(new Set(helped).size, helped.length);
});
