import test from 'ava';
import { machineTime } from '#adapters/clock/machine.ts';
import { oneAtATime, startRepeater } from '#monitor/repeat.ts';

test('work asked for while it is being done is done once more for all who asked, and never twice at once', async t => {
  const gates: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const work = oneAtATime(async () => {
    most = Math.max(most, ++running);
    await new Promise<void>(resolve => gates.push(resolve));
    running--;
    return gates.length;
  });
  const first = work();
  const others = [work(), work(), work()];
  gates[0]?.();
  t.is(await first, 1);
  await Promise.resolve();
  gates[1]?.();
  t.deepEqual(await Promise.all(others), [2, 2, 2]);
  t.deepEqual([gates.length, most], [2, 1]);
});

test('work that fails is told to who asked, and done again for the next', async t => {
  let attempts = 0;
  const work = oneAtATime(async () => {
    if (++attempts === 1) throw new Error('not yet');
    return attempts;
  });
  const [first, second] = [work(), work()];
  await t.throwsAsync(first, { message: 'not yet' });
  t.is(await second, 2);
});

test('what is repeated stops when it is told to, and a rest begun then never ends', async t => {
  const repeater = startRepeater(machineTime);
  let count = 0;
  await new Promise<void>(resolve => {
    repeater.every(
      () => 1,
      () => {
        if (++count === 3) {
          repeater.stop();
          resolve();
        }
      },
    );
  });
  const later = await Promise.race([
    repeater.rest(0).then(() => 'over'),
    new Promise(resolve => setTimeout(resolve, 30, 'still')),
  ]);
  t.deepEqual([count, later], [3, 'still']);
});
