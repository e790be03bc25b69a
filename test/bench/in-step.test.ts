import test from 'ava';
import { inStep, turnMs } from '#bench/in-step.ts';
import { slotMs, slotStartMs } from '#core/slots.ts';

test('turns come at moments of their own, when nodeos would ask', t => {
  const moments = [0, 1, 2, 3, 4, 5].map(index => turnMs(index, 6));
  t.is(new Set(moments).size, 6);
  for (const moment of moments) t.true(moment >= slotMs - 460 && moment <= slotMs - 37, String(moment));
});

test('nobody has a turn before its moment, nor after the end', async t => {
  const turns: { who: string; intoSlotMs: number }[] = [];
  await inStep(
    ['a', 'b'],
    async (who, before) => {
      t.is(before, turns.length);
      turns.push({ who, intoSlotMs: (Date.now() - slotStartMs(0)) % slotMs });
    },
    () => turns.length === 3,
  );
  t.is(turns.length, 3);
  for (const [index, { who, intoSlotMs }] of turns.entries()) {
    const dueMs = turnMs(['a', 'b'].indexOf(who), 2);
    // Timers may be a millisecond early.
    t.true(intoSlotMs >= dueMs - 2, `${index}: ${who} at ${intoSlotMs}`);
  }
});
