// One seed: a world is started, hurt for a while, healed, and then has to sign a whole window.

import { slotAt, slotStartMs, windowFrom } from '#core/slots.ts';
import { type Block, ourProducer } from './chain.ts';
import type { Violation } from './checks.ts';
import { FaultInjector, type Scenario } from './faults.ts';
import { beginMs } from './process.ts';
import { World } from './world.ts';

export interface Outcome {
  seed: number;
  faults: Record<string, number>;
  violations: Violation[];
  doubleSigned: number;
  /** Why no window was signed in full once all was well again. */
  stuck: string | undefined;
  virtualMs: number;
  /** Signatures that left on claims made ahead. */
  paidAhead: number;
  hash: string;
  trace: string[];
}

/** Everything is started, and nothing hurts yet. */
const settlingMs = 4000;
const hurtingMs = 120_000;
/** A presence lives 5 s, a nodeos takes 8 s to come back, a clock is doubted for 2 s. */
const recoveryMs = 15_000;

export async function runSeed(
  seed: number,
  options: { isTraced: boolean; scenario?: Scenario | undefined },
): Promise<Outcome> {
  const world = new World(seed, { isTraced: options.isTraced, aheadShare: aheadShareOf(options.scenario) });
  const crashed = (error: unknown) => world.checks.crashed(error);
  process.on('unhandledRejection', crashed);
  try {
    world.start();
    await world.scheduler.run(settlingMs);
    const injector = new FaultInjector(world, options.scenario);
    await world.scheduler.run(settlingMs + hurtingMs);
    injector.heal();
    const stuck = await demandProgress(world);
    return {
      seed,
      faults: Object.fromEntries(world.faults),
      violations: world.checks.violations,
      doubleSigned: world.checks.doubleSigned,
      stuck,
      virtualMs: world.scheduler.nowMs,
      paidAhead: world.checks.paidAhead,
      hash: world.trace.hash,
      trace: world.trace.lines,
    };
  } finally {
    process.off('unhandledRejection', crashed);
  }
}

/** Planted bugs are looked for where all nodes claim ahead, or none; else the seed chooses. */
function aheadShareOf(scenario: Scenario | undefined): number | undefined {
  return scenario === undefined ? undefined : Number(scenario.endsWith('ahead'));
}

/** Once all is well, the window after next must be signed in full by one holder, and nobody may be left behind. */
async function demandProgress(world: World): Promise<string | undefined> {
  const { scheduler } = world;
  await scheduler.run(scheduler.nowMs + recoveryMs);
  const claimed = world.checks.claim?.slot ?? 0;
  // A clock that was ahead has claimed slots that bar everybody until they have come.
  const soonest = Math.max(slotAt(world.trueMs), claimed) + 1;
  const next = ourWindow(world, soonest);
  const window = next === undefined ? undefined : ourWindow(world, next.last + 1);
  if (window === undefined) return 'we are not in the schedule';
  await scheduler.run(slotStartMs(window.last + 4) - beginMs);
  const blocks: Block[] = [];
  for (let block: Block | undefined = world.others.head; block !== undefined; block = block.parent) {
    if (block.slot < window.first) break;
    if (block.slot <= window.last && block.producer === ourProducer) blocks.unshift(block);
  }
  const signers = new Set(blocks.map(({ node }) => node));
  const holders = world.nodes.filter(({ monitor }) => monitor?.loop.monitor.state.kind === 'holding').length;
  const idle = world.nodes.filter(({ monitor }) => monitor?.loop.monitor.state.kind === 'standby').length;
  const whole = window.last - window.first + 1;
  if (blocks.length === whole && signers.size === 1 && holders === 1 && holders + idle === world.nodes.length)
    return undefined;
  const by = [...signers].join(' and ') || 'nobody';
  const where = world.nodes.map(node => node.describe()).join('; ');
  const detail = `of the window ${window.first}–${window.last}, ${blocks.length} of ${whole} slots were signed, by ${by}; ${where}`;
  world.trace.note('!!', `stuck: ${detail}`);
  return detail;
}

function ourWindow(world: World, slot: number): { first: number; last: number } | undefined {
  const window = windowFrom(world.schedules.activeAt(slot), ourProducer, slot);
  if (window === undefined || window.first >= slot) return window;
  return windowFrom(world.schedules.activeAt(window.last + 1), ourProducer, window.last + 1);
}
