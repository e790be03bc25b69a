import test from 'ava';
import { parseMetrics } from '#bench/monitor.ts';

test('samples are read by name with their labels, comments are left out', t => {
  const text = '# HELP a A.\n# TYPE a counter\na 3\nb{reason="too late"} 0.5\n';
  t.deepEqual(
    [...parseMetrics(text)],
    [
      ['a', 3],
      ['b{reason="too late"}', 0.5],
    ],
  );
});
