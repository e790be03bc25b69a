// Two clocks that the test moves apart, and a machine that puts the monitor aside between reading them.

import test from 'ava';
import type { Time } from '#core/time.ts';
import { watchClock } from '../../monitor/clock.ts';

function clocks() {
  let [nowMs, movedMs, asides] = [1000, 0, 0];
  const time: Time = {
    nowMs: () => nowMs,
    wallMs: () => {
      const wallMs = nowMs + movedMs;
      if (asides-- > 0) nowMs += 6;
      return wallMs;
    },
    after: () => () => undefined,
  };
  const moves: number[] = [];
  const clock = watchClock(time, ms => moves.push(ms));
  const pass = (ms: number) => (nowMs += ms);
  const move = (ms: number) => (movedMs += ms);
  const putAside = (times: number) => (asides = times);
  return { clock, moves, pass, move, putAside };
}

test('a clock that moved is suspect for two seconds', t => {
  const { clock, moves, pass, move } = clocks();
  t.false(clock.isSuspect());
  move(26);
  t.true(clock.isSuspect());
  pass(1999);
  t.true(clock.isSuspect());
  pass(1);
  t.false(clock.isSuspect());
  t.deepEqual(moves, [26]);
});

test('a clock that could not be read is read again', t => {
  const { clock, moves, move, putAside } = clocks();
  putAside(2);
  t.false(clock.isSuspect());
  move(-100);
  putAside(2);
  t.true(clock.isSuspect());
  t.deepEqual(moves, [-100]);
});

test('a clock that cannot be read is suspect until it can', t => {
  const { clock, moves, putAside } = clocks();
  putAside(3);
  t.true(clock.isSuspect());
  t.false(clock.isSuspect());
  t.deepEqual(moves, []);
});
