// Inputs of the etcd-stability action; action.yml says what they mean.

import { type FleetInputs, readFleetInputs, readNumber, refuse } from '../action-inputs.ts';

export interface StabilityInputs extends FleetInputs {
  windowSeconds: number;
}

/** Throws InputError with everything that is wrong. */
export function readInputs(): StabilityInputs {
  const problems: string[] = [];
  const fleet = readFleetInputs(problems);
  const windowSeconds = readNumber('window-seconds', { least: 1, most: 600 }, problems);
  refuse(problems);
  return { ...fleet, windowSeconds };
}
