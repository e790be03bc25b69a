// Reads the command line of the chaos trials: one value, or what is wrong with it.

import { parseArgs } from 'node:util';

export const usage =
  'usage: npm run chaos -- [--fault NAME]… [--trials N] [--seed S] [--claim-ahead] [--output DIR] | --publish DIR | --list';

export interface ChaosInputs {
  /** Names of the faults to try, in the order of the list. */
  faults: string[];
  /** How often each is tried. */
  trials: number;
  seed: number;
  /** As environment.yaml's etcd.claimAhead. */
  claimAhead: 0 | 1;
  output: string;
  /** Only add the trials of this folder to those that docs/faults.md tells of. */
  publish: string | undefined;
  /** Only tell which faults there are. */
  list: boolean;
}

const mostTrials = 1000;
const mostSeed = 2 ** 31 - 1;

/** @param known names of all faults */
export function parseInputs(args: readonly string[], known: readonly string[]): ChaosInputs | { problem: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        fault: { type: 'string', multiple: true, default: [] },
        trials: { type: 'string', default: '1' },
        seed: { type: 'string', default: '1' },
        'claim-ahead': { type: 'boolean', default: false },
        output: { type: 'string', default: 'output/chaos' },
        publish: { type: 'string' },
        list: { type: 'boolean', default: false },
      },
    });
    const unknown = values.fault.find(name => !known.includes(name));
    if (unknown !== undefined)
      return { problem: `--fault ${unknown}: there is no such fault. See npm run chaos -- --list.` };
    const trials = wholeNumber(values.trials, 1, mostTrials);
    if (trials === undefined) return { problem: refusal('trials', values.trials, 1, mostTrials) };
    const seed = wholeNumber(values.seed, 0, mostSeed);
    if (seed === undefined) return { problem: refusal('seed', values.seed, 0, mostSeed) };
    if (values.output === '') return { problem: '--output is empty: expected a folder.' };
    if (values.publish === '') return { problem: '--publish is empty: expected the folder of a run.' };
    const faults = values.fault.length === 0 ? [...known] : known.filter(name => values.fault.includes(name));
    const claimAhead = values['claim-ahead'] ? 1 : 0;
    return { faults, trials, seed, claimAhead, output: values.output, publish: values.publish, list: values.list };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

function refusal(name: string, found: string, least: number, most: number): string {
  return `--${name} ${found}: expected a whole number from ${least} to ${most}.`;
}
