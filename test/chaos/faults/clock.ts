// Wall clocks that jump or drift, on the holder's machine or on a standby's; the monotonic clock goes on as it is.

import { slotMs, slotStartMs } from '#core/slots.ts';
import { type ChaosNode, disturb } from '../field.ts';
import {
  type Fault,
  gapLeadMs,
  insideMs,
  outsideMs,
  type Scene,
  tellMoment,
  untilMoment,
  windowStartMs,
} from '../scene.ts';

const steps = [
  { name: 'ahead-300ms', what: '300 ms ahead', offsetMs: 300 },
  { name: 'behind-300ms', what: '300 ms back', offsetMs: -300 },
  { name: 'ahead-1s', what: '1 s ahead', offsetMs: 1000 },
  { name: 'behind-1s', what: '1 s back', offsetMs: -1000 },
  { name: 'ahead-10s', what: '10 s ahead', offsetMs: 10_000 },
  { name: 'behind-10s', what: '10 s back', offsetMs: -10_000 },
];
/** 2 % are 200 ms after ten seconds: more than any crystal, as a virtual machine's clock that is slewed. */
const drifts = [
  { name: 'drift-fast', what: '2 % too fast', driftPpm: 20_000 },
  { name: 'drift-slow', what: '2 % too slow', driftPpm: -20_000 },
];
const driftLeadMs = 10_000;

export const clockFaults: Fault[] = (['holder', 'standby'] as const).flatMap(whose => [
  ...steps.map(
    ({ name, what, offsetMs }): Fault => ({
      name: `clock-${whose}-${name}`,
      what: `the clock of ${whose === 'holder' ? 'the holder' : 'a standby'} steps ${what} shortly before our window or in it, and steps back after it`,
      leadMs: gapLeadMs,
      // A block that is stamped too far ahead reaches nobody in time.
      mayFork: true,
      inject: scene => stepClock(scene, whose, offsetMs),
    }),
  ),
  ...drifts.map(
    ({ name, what, driftPpm }): Fault => ({
      name: `clock-${whose}-${name}`,
      what: `the clock of ${whose === 'holder' ? 'the holder' : 'a standby'} goes ${what} from 10 s before our window to its end`,
      leadMs: driftLeadMs,
      mayFork: true,
      inject: scene => driftClock(scene, whose, driftPpm),
    }),
  ),
]);

async function stepClock(scene: Scene, whose: 'holder' | 'standby', offsetMs: number): Promise<string> {
  const node = nodeOf(scene, whose);
  const atMs = scene.chance.between(0, 1) === 0 ? insideMs(scene) : outsideMs(scene);
  await untilMoment(atMs);
  await untilWindowEnds(scene, node, () => disturb(node, { offsetMs }));
  return `the clock of ${node.name} set by ${offsetMs} ms ${tellMoment(scene, atMs)}`;
}

async function driftClock(scene: Scene, whose: 'holder' | 'standby', driftPpm: number): Promise<string> {
  const node = nodeOf(scene, whose);
  const startedMs = Date.now();
  await untilWindowEnds(scene, node, () => disturb(node, { driftPpm }));
  const before = Math.round(windowStartMs(scene.window) - startedMs);
  return `the clock of ${node.name} went ${driftPpm / 10_000} % wrong from ${before} ms before our window on`;
}

function nodeOf({ holder, standbys, chance }: Scene, whose: 'holder' | 'standby'): ChaosNode {
  return whose === 'holder' ? holder : chance.pick(standbys);
}

async function untilWindowEnds({ window }: Scene, node: ChaosNode, disturbIt: () => Promise<void>): Promise<void> {
  try {
    await disturbIt();
    await untilMoment(slotStartMs(window.last) + slotMs);
  } finally {
    await disturb(node, {});
  }
}
