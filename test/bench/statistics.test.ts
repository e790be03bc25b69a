import test from 'ava';
import { spreadOf } from '#bench/statistics.ts';

test('percentiles are samples that were taken, by rank', t => {
  const samples = Array.from({ length: 200 }, (_, index) => 200 - index);
  t.deepEqual(spreadOf(samples), { count: 200, p50: 100, p90: 180, p99: 198, max: 200 });
});

test('one sample is every percentile', t => {
  t.deepEqual(spreadOf([7]), { count: 1, p50: 7, p90: 7, p99: 7, max: 7 });
});

test('no samples give no figure rather than a good one', t => {
  const { count, p50, p99, max } = spreadOf([]);
  t.is(count, 0);
  t.deepEqual([p50, p99, max], [Number.NaN, Number.NaN, Number.NaN]);
});
