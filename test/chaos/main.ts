// `npm run chaos`: tries faults on a real fleet in a sandbox, and counts by the blocks that were read what became of our slots.
// npm run chaos -- [--fault NAME]… [--trials N] [--seed S] [--claim-ahead] [--output DIR] | --publish DIR | --list
// Exit codes: 0 nothing was signed twice and no bound broken, 1 something was, 2 it could not start, 128 + n ended by signal n.

import { readFile, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { takeOutputFolder } from '#rehearsal/report/output-folder.ts';
import { enterSandbox, watchParent } from '#rehearsal/sandbox/enter.ts';
import { checkMachine } from '#rehearsal/sandbox/machine.ts';
import { sandboxTools } from '#rehearsal/sandbox/sandbox.ts';
import { ensureTools } from '#tools/install.ts';
import { showProgress } from '#tools/progress.ts';
import { ToolError } from '#tools/tool-error.ts';
import { parseInputs, usage } from './arguments.ts';
import { faults } from './faults/catalog.ts';
import type { ChaosOptions } from './inside.ts';
import { mergeTrials, PublishError, renderPage, renderTrials } from './published.ts';
import { renderDetails, renderTable, type Trial } from './report.ts';

const repository = resolve(import.meta.dirname, '../..');

async function main(): Promise<number> {
  const inputs = parseInputs(
    process.argv.slice(2),
    faults.map(({ name }) => name),
  );
  if ('problem' in inputs) return fail(`${inputs.problem}\n${usage}`, 2);
  if (inputs.list) return tell(faults);
  if (inputs.publish !== undefined) return publish(resolve(inputs.publish));
  const problems = checkMachine();
  if (problems.length > 0) return fail(problems.join('\n'), 2);
  const output = resolve(inputs.output);
  const refusal = await takeOutputFolder(output, outputUse);
  if (refusal !== undefined) return fail(refusal, 2);
  await install();
  const { trials, seed, claimAhead } = inputs;
  const options: ChaosOptions = { repository, output, faults: inputs.faults, trials, seed, claimAhead };
  const ending = await runInside(options);
  const done = await readTrials(output);
  if (done.length > 0) await conclude(output, done);
  if (ending.signal !== undefined) return 128 + constants.signals[ending.signal];
  if (ending.outcome !== 'complete')
    return fail(`The trials ended before the last one; logs are in ${join(output, 'logs')}.`, 1);
  return done.some(trial => trial.problems.length > 0) ? 1 : 0;
}

function tell(all: typeof faults): number {
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, what } of all) process.stdout.write(`${name.padEnd(width)}  ${what}\n`);
  return 0;
}

async function publish(folder: string): Promise<number> {
  const trials = await readTrials(folder);
  if (trials.length === 0) return fail(`${folder} has no chaos.json with trials; expected the --output of a run.`, 2);
  const data = join(repository, 'docs/faults.csv');
  const merged = mergeTrials(await readFile(data, 'utf8'), trials);
  await writeFile(data, renderTrials(merged));
  await writeFile(join(repository, 'docs/faults.md'), renderPage(merged, faults));
  process.stdout.write(
    `${trials.length} trials are in docs/faults.csv, ${merged.length} in all; docs/faults.md tells them.\n`,
  );
  return 0;
}

async function install(): Promise<void> {
  const progress = showProgress(process.stderr);
  try {
    await ensureTools([...sandboxTools, 'helm'], { report: progress.report });
  } finally {
    progress.stop();
  }
}

/** What the trials do with their folder. */
const outputUse = {
  run: 'chaos',
  program: 'chaos/main.ts',
  written: ['chaos.json', 'chaos.json.new', 'chaos.md', 'logs'],
};

interface RunEnding {
  outcome: 'complete' | 'broken-off' | undefined;
  signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | undefined;
}

/** However this process ends, the sandbox ends with it. */
function runInside(options: ChaosOptions): Promise<RunEnding> {
  const env = { ...process.env, NODE_OPTIONS: '--disable-warning=DEP0123' };
  const child = enterSandbox(join(import.meta.dirname, 'inside.ts'), [JSON.stringify(options)], { env });
  const ending: RunEnding = { outcome: undefined, signal: undefined };
  const end = () => child.kill('SIGKILL');
  watchParent(end);
  return new Promise(settle => {
    child.on('message', message => {
      ending.outcome = (message as { outcome: RunEnding['outcome'] }).outcome;
    });
    child.on('error', error => {
      fail(`The sandbox could not be entered: ${error.message}`, 1);
      settle(ending);
    });
    child.on('exit', () => settle(ending));
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        ending.signal = name;
        end();
      });
    }
  });
}

async function readTrials(output: string): Promise<Trial[]> {
  try {
    const { trials } = JSON.parse(await readFile(join(output, 'chaos.json'), 'utf8')) as { trials: Trial[] };
    return trials;
  } catch {
    // It ended before the first trial was over.
    return [];
  }
}

async function conclude(output: string, trials: readonly Trial[]): Promise<void> {
  const table = renderTable(trials);
  const text = `# Chaos trials\n\nSeed ${trials[0]?.seed}, ${trials.length} trials. Missed and double-signed slots are counted by an observer that only reads blocks.\n\n${table}\n\n${renderDetails(trials)}\n`;
  await writeFile(join(output, 'chaos.md'), text);
  process.stdout.write(
    `\n${table}\n\n  trials  ${join(output, 'chaos.json')}\n  table   ${join(output, 'chaos.md')}\n`,
  );
}

function fail(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ToolError || error instanceof PublishError)) throw error;
  process.exitCode = fail(error.message, 1);
}
process.exit();
