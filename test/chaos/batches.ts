// Decides in which order trials are made: each fault once before any is tried often, and all that need the same conditions in a row.

import type { Conditions, Fault } from './scene.ts';

export interface Batch {
  conditions: Conditions | undefined;
  tries: { fault: Fault; trial: number }[];
}

/** To bring conditions about takes as long as three trials. */
const trialsInBatch = 5;

/** A run that is ended early has tried every fault about equally often. */
export function planBatches(faults: readonly Fault[], trials: number): Batch[] {
  const groups = [...Map.groupBy(faults, ({ conditions }) => conditions)];
  const starts = Array.from({ length: Math.ceil(trials / trialsInBatch) }, (_, index) => index * trialsInBatch);
  return starts.flatMap(start =>
    groups.map(([conditions, own]) => {
      const numbers = Array.from({ length: Math.min(trialsInBatch, trials - start) }, (_, index) => start + index + 1);
      return { conditions, tries: numbers.flatMap(trial => own.map(fault => ({ fault, trial }))) };
    }),
  );
}
