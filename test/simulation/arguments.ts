// Reads the command line of `npm run simulate`.

import { parseArgs } from 'node:util';
import { plants } from './plants.ts';

export interface Arguments {
  /** Stop when so many have been injected. */
  faults: number;
  /** The first seed; the next ones follow it. */
  seed: number;
  plant: string | undefined;
  isTraced: boolean;
}

export const usage = 'usage: npm run simulate -- [--faults N] [--seed S] [--plant NAME] [--trace]';

/** All problems at once, or what was asked for. */
export function readArguments(args: readonly string[]): Arguments | { problems: string[] } {
  let values: { faults?: string; seed?: string; plant?: string; trace?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        faults: { type: 'string' },
        seed: { type: 'string' },
        plant: { type: 'string' },
        trace: { type: 'boolean' },
      },
    }));
  } catch (error) {
    return { problems: [(error as Error).message] };
  }
  const problems: string[] = [];
  const whole = (name: 'faults' | 'seed', standard: number, most: number) => {
    const text = values[name];
    if (text === undefined) return standard;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
    problems.push(`--${name} is ${text}; expected a whole number from 1 to ${most}`);
    return standard;
  };
  const faults = whole('faults', 10_000, 1e12);
  const seed = whole('seed', 1, 2 ** 31);
  const { plant } = values;
  if (plant !== undefined && !plants.some(({ name }) => name === plant)) {
    problems.push(`there is no plant ${plant}; there are ${plants.map(({ name }) => name).join(', ')}`);
  }
  return problems.length > 0 ? { problems } : { faults, seed, plant, isTraced: values.trace === true };
}
