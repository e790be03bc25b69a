// Full blocks, which nodeos makes back to back and ahead of time, and signatures that take longer than nodeos waits.

import { slotMs, slotStartMs, slotsPerWindow } from '#core/slots.ts';
import { askStandIn, disturb, type Field } from '../field.ts';
import { type Fault, oneMissed, type Scene, tellMoment, untilMoment, windowStartMs } from '../scene.ts';
import { killHolder } from './kill.ts';

const loadLeadMs = 2500;
/** The chart's nodeos.signerTimeoutMs is 400. */
const [leastDelayMs, mostDelayMs] = [350, 700];

export const loadFaults: Fault[] = [
  {
    name: 'full-blocks',
    what: 'every block of our window is full',
    leadMs: loadLeadMs,
    inject: async scene => {
      await withFullBlocks(scene, () => untilMoment(windowStartMs(scene.window) + slotsPerWindow * slotMs));
      return 'every block full';
    },
  },
  {
    name: 'full-blocks-on-off',
    what: 'blocks of our window are full and not, in turns of 200 to 1200 ms',
    leadMs: loadLeadMs,
    inject: turnOnAndOff,
  },
  {
    name: 'full-blocks-kill-both',
    what: "every block is full, and the holder's nodeos and monitor are killed within our window",
    leadMs: loadLeadMs,
    bound: oneMissed,
    inject: async scene => {
      let said = '';
      await withFullBlocks(scene, async () => {
        said = await killHolder(scene);
        await untilMoment(slotStartMs(scene.window.last) + slotMs);
      });
      return `every block full, ${said}`;
    },
  },
  {
    name: 'slow-signature',
    what: "answers of the holder's monitor are held back by 350 to 700 ms for a part of our window; nodeos waits for 400",
    leadMs: loadLeadMs,
    mayFork: true,
    inject: slowSignatures,
  },
];

async function withFullBlocks({ field }: Scene, work: () => Promise<void>): Promise<void> {
  try {
    await setFullBlocks(field, true);
    await work();
  } finally {
    await setFullBlocks(field, false);
  }
}

/** A node that is being started again has none anyway. */
async function setFullBlocks(field: Field, on: boolean): Promise<void> {
  await Promise.all(
    field.nodes.map(node =>
      askStandIn(field, node, 'full_blocks', { on }).catch((error: unknown) => on && fail(error)),
    ),
  );
}

function fail(error: unknown): never {
  throw error;
}

async function turnOnAndOff(scene: Scene): Promise<string> {
  const { field, chance, window } = scene;
  let turns = 0;
  try {
    await untilMoment(windowStartMs(window) - 500);
    for (; Date.now() < slotStartMs(window.last); turns++) {
      await setFullBlocks(field, turns % 2 === 0);
      await untilMoment(Date.now() + chance.between(200, 1200));
    }
  } finally {
    await setFullBlocks(field, false);
  }
  return `full blocks switched ${turns} times`;
}

async function slowSignatures(scene: Scene): Promise<string> {
  const { holder, chance, window } = scene;
  const answerDelayMs = chance.between(leastDelayMs, mostDelayMs);
  const atMs = windowStartMs(window) + chance.between(-500, 4000);
  const forMs = chance.between(600, 3000);
  await untilMoment(atMs);
  try {
    await disturb(holder, { answerDelayMs });
    await untilMoment(atMs + forMs);
  } finally {
    await disturb(holder, {});
  }
  return `signatures of ${holder.name} ${answerDelayMs} ms late, from ${tellMoment(scene, atMs)} on, for ${forMs} ms`;
}
