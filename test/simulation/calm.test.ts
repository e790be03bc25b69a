// What must cost no block where nothing else goes wrong: a holder that dies before our window, handovers, and waiting.

import test from 'ava';
import { CalmWorld } from './calm.ts';

/** Enough for a window that begins then, and for a holder whose presence would still be there. */
const leadMs = 6000;

const dies = test.macro(async (t, [from, to]: [number, number], who: 'both' | 'monitor' | 'nodeos') => {
  for (let seed = 1; seed <= 5; seed++) {
    const calm = new CalmWorld(seed);
    await calm.settle();
    const window = calm.nextWindow(leadMs);
    const beforeMs = Math.round(calm.world.random.between(from, to));
    await calm.untilBefore(window, beforeMs);
    const { holder } = calm;
    if (who !== 'nodeos') holder?.killMonitor();
    if (who !== 'monitor') holder?.killNodeos();
    await calm.untilAfter(window);
    t.deepEqual(calm.missed(window), [], `seed ${seed}, ${who} killed ${beforeMs} ms before the window`);
    t.is(calm.takeovers.length, 1);
    t.deepEqual(calm.world.checks.violations, []);
  }
});
test('a holder that dies in the last seconds before our window costs no block', dies, [0, 2500], 'both');
test('nor one that dies earlier, while it has a presence still', dies, [2500, 5500], 'both');
test('nor one whose monitor dies alone', dies, [0, 5500], 'monitor');
test('nor one whose nodeos dies alone: the monitor says so', dies, [0, 5500], 'nodeos');

test('a fleet in which nothing happens takes nothing over, and misses nothing', async t => {
  for (let seed = 1; seed <= 3; seed++) {
    const calm = new CalmWorld(seed);
    await calm.settle();
    for (let count = 0; count < 3; count++) {
      const window = calm.nextWindow(0);
      await calm.untilAfter(window);
      t.deepEqual(calm.missed(window), [], `seed ${seed}`);
    }
    t.deepEqual(calm.takeovers, []);
  }
});

test('an election of etcd before our window makes at most one node take over, and costs no block', async t => {
  for (let seed = 1; seed <= 6; seed++) {
    const calm = new CalmWorld(seed);
    await calm.settle();
    const window = calm.nextWindow(leadMs);
    await calm.untilBefore(window, 2400);
    const { members, leader = 0 } = calm.world.etcd;
    const member = members[leader];
    if (member === undefined) throw new Error('etcd has no leader');
    member.isUp = false;
    await calm.untilAfter(window);
    t.deepEqual(calm.missed(window), [], `seed ${seed}`);
    t.true(calm.takeovers.length <= 1, `seed ${seed}: ${calm.takeovers.join('; ')}`);
  }
});

const hands = test.macro(async (t, moment: 'gap' | 'now', [from, to]: [number, number]) => {
  for (let seed = 1; seed <= 3; seed++) {
    const calm = new CalmWorld(seed);
    await calm.settle();
    for (let count = 0; count < 6; count++) {
      const window = calm.nextWindow(leadMs);
      const beforeMs = Math.round(calm.world.random.between(from, to));
      await calm.untilBefore(window, beforeMs);
      const before = calm.holder?.name;
      calm.askHandover(`h${count}`, moment);
      await calm.untilAfter(window);
      t.deepEqual(calm.missed(window), [], `seed ${seed}, asked ${beforeMs} ms before the window`);
      t.not(calm.holder?.name, before);
    }
    t.deepEqual(calm.takeovers, []);
    t.deepEqual(calm.world.checks.violations, []);
  }
});
test('a handover at once costs no block, whenever it is asked for', hands, 'now', [-5500, 1500]);
test('in the first blocks of a window, which are due latest in their slots, neither', hands, 'now', [-1500, 0]);
test('nor right before the window, where the target would have the claim too late', hands, 'now', [0, 600]);
test('nor does one in the gap', hands, 'gap', [3500, 6000]);
