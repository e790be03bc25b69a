import test from 'ava';
import { atMost, milliseconds, renderFinding } from '#bench/table.ts';

test('each figure stands beside its bound, and one that is not kept stands out', t => {
  const text = renderFinding({
    title: 'a title',
    how: 'How.',
    rows: [
      { figure: 'plain', measured: '3' },
      atMost('kept', 1, 1, milliseconds),
      atMost('broken', 1.5, 1, milliseconds),
    ],
  });
  t.is(
    text,
    [
      '### a title',
      '',
      'How.',
      '',
      '| figure | measured | bound     |          |',
      '| ------ | -------- | --------- | -------- |',
      '| plain  | 3        |           |          |',
      '| kept   | 1.00 ms  | ≤ 1.00 ms | kept     |',
      '| broken | 1.50 ms  | ≤ 1.00 ms | NOT KEPT |',
      '',
    ].join('\n'),
  );
});

test('a figure that is missing keeps no bound', t => {
  t.like(atMost('missing', Number.NaN, 1, milliseconds), { measured: 'none', bound: { isKept: false } });
});
