// Bugs planted on purpose, one at a time: each must be caught by the same simulation that finds nothing in the product as it is.

import type { Scenario } from './faults.ts';

export interface Plant {
  name: string;
  file: string;
  /** Text that occurs exactly once in the file. */
  find: string;
  replace: string;
  /** What the product would do wrong. */
  why: string;
  scenario?: Scenario;
}

export const plants: readonly Plant[] = [];
