// `npm start`: rehearses the product on one machine. Outside the sandbox this file checks, installs, enters, and sees that nothing stays behind.
// npm start -- [--output DIR] [--faults] [--no-wait]

import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureTools } from '#tools/install.ts';
import { showProgress } from '#tools/progress.ts';
import { ToolError } from '#tools/tool-error.ts';
import { relayToSocket } from './relay.ts';
import { takeOutputFolder } from './report/output-folder.ts';
import { enterSandbox, watchParent } from './sandbox/enter.ts';
import { checkMachine } from './sandbox/machine.ts';
import { sandboxTools } from './sandbox/sandbox.ts';
import { SandboxError } from './sandbox/sandbox-error.ts';
import type { StoryOptions } from './story/options.ts';
import { preparePackages } from './workflow/packages.ts';
import { WorkflowError } from './workflow/workflow-error.ts';

const repository = resolve(import.meta.dirname, '..');
const usage = 'usage: npm start -- [--output DIR] [--faults] [--no-wait]';

async function main(): Promise<number> {
  const inputs = readInputs(process.argv.slice(2));
  if ('problem' in inputs) return fail(`${inputs.problem}\n${usage}`, 2);
  const problems = checkMachine();
  if (problems.length > 0) return fail(problems.join('\n'), 2);
  const refusal = await takeOutputFolder(inputs.output, outputUse);
  if (refusal !== undefined) return fail(refusal, 2);
  await install();
  const packages = await preparePackages({ repositoryFolder: repository, timeoutMs: 180_000 });
  const pageSocket = join(inputs.output, 'page.sock');
  const page = await relayToSocket(pageSocket);
  const options: StoryOptions = {
    repository,
    output: inputs.output,
    pageSocket,
    pageUrl: page.url,
    npmEnvironment: packages.environment,
    faults: inputs.faults,
    staysUp: inputs.waits && process.stdout.isTTY,
  };
  try {
    return await tellStory(options);
  } finally {
    page.close();
    await rm(pageSocket, { force: true });
    await rm(join(inputs.output, 'fleet.pid'), { force: true });
  }
}

function readInputs(args: string[]): { output: string; waits: boolean; faults: boolean } | { problem: string } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        output: { type: 'string', default: 'output' },
        'no-wait': { type: 'boolean', default: false },
        faults: { type: 'boolean', default: false },
      },
    });
    const output = resolve(values.output);
    // A unix socket's path is bounded: sun_path has 108 bytes.
    if (output.length > 90)
      return {
        problem: `--output is too long: found ${output.length} characters, expected at most 90, since a socket lies in it.`,
      };
    return { output, waits: !values['no-wait'], faults: values.faults };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

async function install(): Promise<void> {
  const progress = showProgress(process.stderr);
  try {
    await ensureTools([...sandboxTools, 'etcdutl', 'helm', 'act'], { report: progress.report });
  } finally {
    progress.stop();
  }
}

/** What a rehearsal does with its folder. */
const outputUse = {
  run: 'rehearsal',
  program: 'rehearsal/main.ts',
  written: ['report.json', 'page.html', 'page.sock', 'logs', 'summaries', 'comment.md', 'fleet', 'fleet.pid'],
};

/** Runs the story in a sandbox; however this process ends, the sandbox ends with it. */
function tellStory(options: StoryOptions): Promise<number> {
  const env = { ...process.env, NODE_OPTIONS: '--disable-warning=DEP0123' };
  const child = enterSandbox(join(import.meta.dirname, 'story/inside.ts'), [JSON.stringify(options)], { env });
  let outcome: 'passed' | 'failed' | undefined;
  const end = () => child.kill('SIGKILL');
  watchParent(end);
  return new Promise(settle => {
    child.on('message', message => {
      const said = message as { phase?: 'inside'; outcome?: 'passed' | 'failed' };
      outcome = said.outcome ?? outcome;
      if (said.phase === 'inside') writeFileSync(join(options.output, 'fleet.pid'), firstProcessInside(child.pid ?? 0));
    });
    child.on('error', error => settle(fail(`The sandbox could not be entered: ${error.message}`, 1)));
    child.on('exit', () => {
      if (outcome === undefined && !interrupted)
        settle(fail(`The rehearsal ended before its verdict; logs are in ${join(options.output, 'logs')}.`, 1));
      else settle(outcome === 'passed' ? 0 : interrupted && outcome === undefined ? 128 + interrupted : 1);
    });
    let interrupted = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        interrupted = constants.signals[signal];
        end();
      });
    }
  });
}

/** The process by which others may enter: `unshare` itself stays outside, its child is the first one inside. */
function firstProcessInside(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0] ?? '';
}

function fail(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ToolError || error instanceof WorkflowError || error instanceof SandboxError)) throw error;
  process.exitCode = fail(error.message, 1);
}
process.exit();
