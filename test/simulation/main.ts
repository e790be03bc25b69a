// `npm run simulate`: runs seeds until enough faults were injected, says how it goes, and how to look at a seed that failed.

import { availableParallelism } from 'node:os';
import { type Arguments, readArguments, usage } from './arguments.ts';
import { runSeeds } from './crew.ts';
import { plants } from './plants.ts';
import type { Outcome } from './run.ts';

const sayEveryMs = 5000;
/** More than these need no list. */
const mostShown = 10;

async function simulate({ faults: wanted, seed, plant, isTraced }: Arguments): Promise<number> {
  const startedMs = performance.now();
  let saidMs = startedMs;
  const sum = { faults: 0, doubleSigned: 0, stuck: 0, broken: 0, paidAhead: 0, seeds: 0, virtualMs: 0 };
  const kinds = new Map<string, number>();
  const failed: number[] = [];
  const count = (outcome: Outcome) => {
    sum.seeds++;
    sum.virtualMs += outcome.virtualMs;
    sum.paidAhead += outcome.paidAhead;
    sum.doubleSigned += outcome.doubleSigned;
    sum.broken += outcome.violations.length - outcome.doubleSigned;
    sum.stuck += Number(outcome.stuck !== undefined);
    for (const [kind, times] of Object.entries(outcome.faults)) {
      sum.faults += times;
      kinds.set(kind, (kinds.get(kind) ?? 0) + times);
    }
    if (outcome.violations.length > 0 || outcome.stuck !== undefined) failed.push(outcome.seed);
    report(outcome, plant, failed.length);
    if (performance.now() - saidMs > sayEveryMs) {
      saidMs = performance.now();
      say(`${sum.seeds} seeds, ${sum.faults} of ${wanted} faults, ${rate()} faults/s`);
    }
    return sum.faults >= wanted;
  };
  const rate = () => Math.round(sum.faults / ((performance.now() - startedMs) / 1000));
  const workers = isTraced ? 1 : availableParallelism();
  const scenario = plant === undefined ? undefined : (plants.find(({ name }) => name === plant)?.scenario ?? 'plain');
  await runSeeds({ seed, isTraced, plant, scenario, workers, isEnough: count });
  for (const [kind, times] of [...kinds].sort(([, a], [, b]) => b - a)) say(`${String(times).padStart(9)} ${kind}`);
  const hours = (sum.virtualMs / 3_600_000).toFixed(1);
  say(`${sum.seeds} seeds from ${seed} on, ${hours} hours of virtual time, ${rate()} faults/s`);
  say(`${sum.paidAhead} signatures on claims made ahead`);
  if (sum.broken > 0) say(`${sum.broken} other rules broken`);
  say(`${sum.faults} faults, ${sum.doubleSigned} double-signed, ${sum.stuck} stuck`);
  return failed.length > 0 ? 1 : 0;
}

function report({ seed, violations, stuck, trace, hash }: Outcome, plant: string | undefined, failed: number): void {
  for (const line of trace) say(line);
  if (trace.length > 0) say(`seed ${seed} has the hash ${hash}`);
  if ((violations.length === 0 && stuck === undefined) || failed > mostShown) return;
  for (const { kind, detail } of violations.slice(0, 3)) say(`seed ${seed}: ${kind}: ${detail}`);
  if (stuck !== undefined) say(`seed ${seed}: stuck: ${stuck}`);
  const planted = plant === undefined ? '' : ` --plant ${plant}`;
  say(`  look at it with: npm run simulate -- --faults 1 --seed ${seed}${planted} --trace`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const read = readArguments(process.argv.slice(2));
if ('problems' in read) {
  for (const problem of read.problems) process.stderr.write(`simulate: ${problem}\n`);
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else process.exitCode = await simulate(read);
