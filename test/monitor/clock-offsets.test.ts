import test from 'ava';
import { compareClocks } from '../../monitor/clock-offsets.ts';

const at = (wallMs: number) => [{ node: 'b', wallMs }];

test('the first presence of a fellow may be old, and says nothing', t => {
  const clocks = compareClocks();
  t.deepEqual(clocks.look(at(0), 5000), []);
  t.deepEqual(clocks.look(at(0), 6000), [], 'it has not changed');
  t.deepEqual(clocks.look(at(6000), 6010), [-10]);
});

test('of several the one that came quickest counts', t => {
  const clocks = compareClocks();
  clocks.look(at(0), 0);
  clocks.look(at(1000), 1400);
  clocks.look(at(2000), 2010);
  t.deepEqual(clocks.look(at(3000), 3900), [-10]);
});

test('a clock that is ahead shows at once, one that fell behind after eight presences', t => {
  const clocks = compareClocks();
  for (const ms of [0, 1000, 2000]) clocks.look(at(ms), ms);
  t.deepEqual(clocks.look(at(4000), 3000), [1000]);
  for (let ms = 4000; ms < 11_000; ms += 1000) clocks.look(at(ms - 500), ms);
  t.deepEqual(clocks.look(at(10_500), 11_000), [-500]);
});

test('after our own clock moved all is compared anew', t => {
  const clocks = compareClocks();
  for (const ms of [0, 1000]) clocks.look(at(ms), ms);
  clocks.forget();
  t.deepEqual(clocks.look(at(1000), 1500), []);
  t.deepEqual(clocks.look(at(2000), 2500), [-500]);
});
