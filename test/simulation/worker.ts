// Runs the seeds that it is sent, one after the other; with a planted bug, if one is named.

import type { Scenario } from './faults.ts';
import { plant } from './plant-hooks.ts';
import { plants } from './plants.ts';

const [, , name = ''] = process.argv;
const planted = plants.find(each => each.name === name);
if (planted !== undefined) plant(planted);
// Only now: what is loaded from here on has the planted bug in it.
const { runSeed } = await import('./run.ts');

process.on('message', ({ seed, ...options }: { seed: number; isTraced: boolean; scenario: Scenario | undefined }) => {
  void runSeed(seed, options).then(outcome => process.send?.(outcome));
});
