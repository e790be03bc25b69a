// Runs the seeds that it is sent, one after the other; with a planted bug, if one is named.

import { plant } from './plant-hooks.ts';
import { plants } from './plants.ts';

const [, , name = ''] = process.argv;
const planted = plants.find(each => each.name === name);
if (planted !== undefined) plant(planted);
// Only now: what is loaded from here on has the planted bug in it.
const { runSeed } = await import('./run.ts');

process.on('message', async ({ seed, isTraced }: { seed: number; isTraced: boolean }) => {
  process.send?.(await runSeed(seed, { isTraced, scenario: planted?.scenario }));
});
