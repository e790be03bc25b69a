import { readFile } from 'node:fs/promises';
import test from 'ava';
import type { MonitorStatus } from '#core/failover/status.ts';
import { startMeasures } from '../../monitor/measures.ts';
import { type MetricsInput, renderMetrics } from '../../monitor/metrics.ts';
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

function render(changes: Partial<MonitorStatus> = {}, input: Partial<MetricsInput> = {}): string {
  const rest = { measures: startMeasures(), version: '1.0.0', isClockSuspect: false, nowMs: 0, ...input };
  return renderMetrics({ status: { ...status, ...changes }, ...rest });
}

/** Value of one sample, by name and labels. */
function sampleValue(text: string, sample: string): string | undefined {
  return text
    .split('\n')
    .find(line => line.startsWith(`active_eos_${sample} `))
    ?.split(' ')
    .at(-1);
}

const carries = test.macro((t, input: string, samples: Record<string, string | undefined>) => {
  for (const [sample, value] of Object.entries(samples)) t.is(sampleValue(input, sample), value, sample);
});

test('counters and gauges carry what the status says', carries, render(), {
  holder: '1',
  holder_present: '1',
  claim_slot: '1204',
  claim_epoch: '7',
  claims_total: '12',
  claims_ahead_total: '0',
  signatures_ahead_total: '0',
  'refusals_total{reason="too-late"}': '1',
  handovers_total: '3',
  eligible: '1',
  draining: '0',
  maintenance: '0',
  unheard_slot: '0',
  'build_info{version="1.0.0",producer="us",node="a",site="aws"}': '1',
});
test('a refusal that never was is there as 0', carries, render(), { 'refusals_total{reason="claim-lost"}': '0' });
test('a claim of a former incarnation does not make a holder', carries, render({ incarnation: 'a-2' }), {
  holder: '0',
  holder_present: '0',
});
test('no claim makes no holder', carries, render({ claim: null }), { holder: '0', holder_present: '0' });
test('a holder that is another node is there by its presence', carries, render({ node: 'b', nodes: [presence('a')] }), {
  holder: '0',
  holder_present: '1',
});
test('etcd without an error has no age of one', carries, render(), {
  etcd_errors_total: '0',
  etcd_last_error_age_seconds: undefined,
});

test('the age of an error of etcd is told in seconds', t => {
  const measures = { ...startMeasures(), etcdErrors: 2, etcdErrorAtMs: 1000 };
  const text = render({}, { measures, nowMs: 3500 });
  t.is(sampleValue(text, 'etcd_errors_total'), '2');
  t.is(sampleValue(text, 'etcd_last_error_age_seconds'), '2.5');
});

test('a histogram counts what lies at or below each bound, and all of it', t => {
  const measures = startMeasures();
  for (const seconds of [0.001, 0.008, 0.009, 0.7]) measures.claimRoundTripSeconds.observe(seconds);
  const text = render({}, { measures });
  const bucket = (le: string) => sampleValue(text, `claim_round_trip_seconds_bucket{le="${le}"}`);
  t.deepEqual(['0.001', '0.005', '0.01', '0.4', '+Inf'].map(bucket), ['1', '1', '3', '3', '4']);
  t.is(sampleValue(text, 'claim_round_trip_seconds_count'), '4');
  t.is(Number(sampleValue(text, 'claim_round_trip_seconds_sum')).toFixed(3), '0.718');
});

test('a name that holds quotes and line ends stays within its label', t => {
  t.true(render({ site: 'a"b\\c\nd' }).includes('site="a\\"b\\\\c\\nd"'));
});

test('every line is one that Prometheus reads', t => {
  const measures = { ...startMeasures(), etcdErrorAtMs: 0 };
  const text = render({}, { measures, nowMs: 1 });
  t.true(text.endsWith('\n'));
  const label = String.raw`\w+="(?:[^"\\\n]|\\["\\n])*"`;
  const sample = new RegExp(String.raw`^active_eos_[a-z_]+(?:\{${label}(?:,${label})*\})? -?\d+(?:\.\d+)?(?:e-?\d+)?$`);
  for (const line of text.trimEnd().split('\n'))
    t.regex(
      line,
      line.startsWith('#')
        ? /^# (?:HELP active_eos_[a-z_]+ \S.*\.|TYPE active_eos_[a-z_]+ (?:counter|gauge|histogram))$/
        : sample,
    );
});

test('samples follow their own heading, no heading comes twice, and names say their kind and unit', t => {
  const seen = new Set<string>();
  let current = { name: '', type: '' };
  for (const line of render().trimEnd().split('\n')) {
    const [, name = '', type = ''] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? [];
    if (name !== '') {
      t.false(seen.has(name), name);
      seen.add(name);
      current = { name, type };
      t.is(name.endsWith('_total'), type === 'counter', name);
      if (type === 'histogram') t.regex(name, /_seconds$/);
    } else if (!line.startsWith('#')) {
      const base = line.split(/[ {]/)[0] ?? '';
      t.is(current.type === 'histogram' ? base.replace(/_(?:bucket|sum|count)$/, '') : base, current.name);
    }
  }
  t.true(seen.size > 25);
});

for (const [phase, solo, broken] of [
  ['signing', '1', '0'],
  ['stopped', '1', '0'],
  ['waiting', '0', '0'],
  ['broken', '0', '1'],
] as const) {
  test(`solo that is ${phase} is seen`, carries, render({ solo: { phase, detail: '' } }), {
    solo,
    solo_broken: broken,
  });
}

test('docs/metrics.md has each metric, with its kind and its meaning', async t => {
  const text = render({}, { measures: { ...startMeasures(), etcdErrorAtMs: 0 } });
  const kinds = new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]));
  const metrics = [...text.matchAll(/^# HELP (\w+) (.+)$/gm)].map(([, name, help]) => [name, kinds.get(name), help]);
  const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const rows = page
    .split('\n')
    .filter(line => line.startsWith('| `active_eos_'))
    .map(line =>
      line
        .split('|')
        .slice(1, 4)
        .map(cell => cell.trim().replaceAll('`', '')),
    );
  t.deepEqual(rows, metrics);
});
