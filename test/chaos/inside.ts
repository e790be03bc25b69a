// The trials inside their sandbox: brings the fleet up once, tries each fault, and writes down every trial when it is over.

import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { slotAt } from '#core/slots.ts';
import { startProgress } from '#rehearsal/report/progress.ts';
import { sandboxTools } from '#rehearsal/sandbox/sandbox.ts';
import { ensureTools } from '#tools/install.ts';
import { planBatches } from './batches.ts';
import { faults } from './faults/catalog.ts';
import { etcdProcess, type Field, openField, untilWhole } from './field.ts';
import { bringUpFleet } from './fleet.ts';
import type { Trial } from './report.ts';
import { openSignedLog } from './signed-log.ts';
import { attempt, bringAbout, calm, judge } from './trial.ts';

export interface ChaosOptions {
  /** The folder with package.json. */
  repository: string;
  /** Where chaos.json, chaos.md and logs/ go. */
  output: string;
  faults: string[];
  trials: number;
  seed: number;
  claimAhead: 0 | 1;
}

const options = JSON.parse(process.argv[2] ?? '') as ChaosOptions;
const logFolder = join(options.output, 'logs');
const progress = startProgress(process.stdout);
const firstWholeMs = 120_000;
const calmMs = 120_000;

const tools = await ensureTools([...sandboxTools, 'helm'], { report: () => undefined });
progress.doing('up: three sites with their Kubernetes clusters, etcd and the nodes');
const up = await bringUpFleet(tools, { ...options, logFolder }, text => progress.say(`  ${text}`));
const field = await openField(up, tools, options.repository);
const outcome = await tryAll(field);
progress.end();
await new Promise<void>(resolve => {
  if (process.send === undefined) resolve();
  else process.send({ outcome }, undefined, {}, () => resolve());
});
process.exit();

/** A trial is judged while the next one is under way. */
async function tryAll(on: Field): Promise<'complete' | 'broken-off'> {
  const whole = await untilWhole(on, firstWholeMs);
  if ('lack' in whole) throw new Error(`the fleet is up, but not whole: ${whole.lack}`);
  progress.say(`the fleet is whole; ${whole.holder.name} holds the claim`);
  const chosen = faults.filter(fault => options.faults.includes(fault.name));
  const signedLog = openSignedLog(logFolder, on.producer);
  const { seed, claimAhead } = options;
  const trials: Trial[] = [];
  const count = chosen.length * options.trials;
  let [fromSlot, begun] = [slotAt(Date.now()) + 1, 0];
  let judged = Promise.resolve();
  for (const { conditions, tries } of planBatches(chosen, options.trials)) {
    const undo = conditions === undefined ? undefined : await bringAbout(on, conditions);
    let countedFrom = undo === undefined ? fromSlot : slotAt(Date.now());
    for (const { fault, trial } of tries) {
      begun += 1;
      progress.doing(`${begun} of ${count}: ${fault.name}, trial ${trial}`);
      const isLast = tries.at(-1)?.fault === fault && tries.at(-1)?.trial === trial;
      const plan = { fault, trial, seed, claimAhead, fromSlot, countedFrom, undo: isLast ? undo : undefined };
      const [done] = await Promise.all([attempt(on, plan), judged]);
      fromSlot = done.toSlot + 1;
      countedFrom = fromSlot;
      judged = judge(on, plan, done, signedLog).then(async verdict => {
        trials.push(verdict);
        await write(trials);
        progress.say(render(verdict));
      });
      if (done.recoverySeconds === null && !(await restore(on))) {
        await judged;
        return 'broken-off';
      }
    }
  }
  await judged;
  return 'complete';
}

function render({ fault, missedSlots, doubleSignedSlots, note, problems, seconds, recoverySeconds }: Trial): string {
  const counts = `${missedSlots} missed, ${doubleSignedSlots} signed twice, whole after ${recoverySeconds ?? '-'} s, ${seconds} s in all`;
  return [`${fault}: ${counts}; ${note}`, ...problems.map(problem => `PROBLEM ${problem}`)].join('; ');
}

/** Whether the fleet is whole again after everything a trial may have left was ended. */
async function restore(on: Field): Promise<boolean> {
  const pids = on.members.flatMap(({ name }) => {
    try {
      return [etcdProcess(name)];
    } catch {
      return [];
    }
  });
  await calm(on, pids);
  const whole = await untilWhole(on, calmMs);
  if ('lack' in whole) progress.say(`the fleet does not recover, so this is the last trial: ${whole.lack}`);
  return 'holder' in whole;
}

/** The file is whole at any moment. */
async function write(trials: readonly Trial[]): Promise<void> {
  const file = join(options.output, 'chaos.json');
  await writeFile(`${file}.new`, `${JSON.stringify({ trials }, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}
