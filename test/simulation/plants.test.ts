// Each planted bug is caught, by a seed at which the product itself passes: what the simulation does not find is not because it cannot.

import test from 'ava';
import { runSeeds } from './crew.ts';
import { plant } from './plant-hooks.ts';
import { plants } from './plants.ts';
import { type Outcome, runSeed } from './run.ts';

/** Processes at a time. */
const most = 2;
/** A change of the product changes what happens at a seed; the next ones do as well. */
const patience = 40;

const waiting: (() => void)[] = [];
let running = 0;

/** Waits for its turn. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running === most) await new Promise<void>(resolve => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

const hasFailed = ({ violations, stuck }: Outcome) => violations.length > 0 || stuck !== undefined;

for (const { name, why, seed = 1, scenario = 'plain' } of plants) {
  test(`${name} is caught: ${why}`, t =>
    inTurn(async () => {
      let caught: Outcome | undefined;
      let tries = 0;
      const isEnough = (outcome: Outcome) => {
        if (hasFailed(outcome)) caught = outcome;
        return caught !== undefined || ++tries === patience;
      };
      await runSeeds({ seed, isTraced: false, plant: name, scenario, workers: 1, isEnough });
      if (caught === undefined) return t.fail(`no seed from ${seed} to ${seed + patience - 1} caught it`);
      const sound = await runSeed(caught.seed, { isTraced: false, scenario });
      t.deepEqual(sound.violations, [], `the product itself fails at seed ${caught.seed}`);
      t.is(sound.stuck, undefined);
      t.log(`seed ${caught.seed}: ${caught.violations[0]?.detail ?? `stuck: ${caught.stuck}`}`);
    }));
}

test('a plant whose text is not there exactly once is an error', t => {
  const stale = { name: 'stale', file: 'core/slots.ts', replace: '', why: '' };
  t.throws(() => plant({ ...stale, find: 'no such text' }), {
    message: /plant stale: .* 0 times; expected exactly one/,
  });
  t.throws(() => plant({ ...stale, find: 'slot' }), { message: /plant stale: .* \d+ times; expected exactly one/ });
});
