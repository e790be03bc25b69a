// Runs one workflow file of a checkout with act, on this machine and without Docker, as GitHub would on an event.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { endNamespace, type Namespace, startNamespace } from './namespace.ts';
import { emptyRecord, ownOutcomes, type RunRecord, recordLine, type WorkflowLine } from './run-record.ts';
import { planStandIns } from './stand-ins.ts';
import { WorkflowError } from './workflow-error.ts';

export interface WorkflowOptions {
  /** Working tree at the event's commit. Its remote `origin` names the repository, `https://github.com/owner/name.git`. */
  checkout: string;
  /** File name in .github/workflows. */
  workflow: string;
  event: { name: string; payload: Record<string, unknown> };
  /** Path of the act binary. */
  act: string;
  /** Where act keeps the workspaces, one copy of the checkout per job; they are gone afterwards. A tmpfs makes `npm ci` three times as fast. */
  homeFolder: string;
  /** Folders of binaries that come before the rest of PATH: Node 24, helm. */
  pathFolders: string[];
  /** For every step: GITHUB_API_URL, KUBECONFIG, npmEnvironment(…). Nothing else of our own environment reaches a step, PATH apart. */
  environment: Record<string, string>;
  /** Value of secrets.GITHUB_TOKEN, random by default. It is masked in every line: no word that lines may hold. */
  token?: string;
  timeoutMs: number;
  onLine: (line: WorkflowLine) => void;
  /** Ends the run early, with outcome `cancelled`. */
  signal?: AbortSignal;
}

export interface WorkflowResult extends RunRecord {
  outcome: 'success' | 'failure' | 'timed-out' | 'cancelled';
  /** Null when it was killed. */
  exitCode: number | null;
  seconds: number;
  log: WorkflowLine[];
}

/**
 * Runs the workflow to its end or its time limit; afterwards no process of it is left. Unlike on GitHub, a step goes on until everything
 * that holds its output has ended, in the background too, and what it says after its last newline is lost.
 * @throws {WorkflowError} when it could not be run at all
 */
export async function runWorkflow(options: WorkflowOptions): Promise<WorkflowResult> {
  const started = performance.now();
  await mkdir(options.homeFolder, { recursive: true });
  const home = await mkdtemp(join(options.homeFolder, 'run-'));
  try {
    const run = await actRun(options, home);
    return { ...run, seconds: (performance.now() - started) / 1000 };
  } finally {
    // act leaves the workspace of a failed job behind, packages and all.
    await rm(home, { recursive: true, force: true });
  }
}

async function actRun(options: WorkflowOptions, home: string): Promise<Omit<WorkflowResult, 'seconds'>> {
  const record = emptyRecord();
  const log: WorkflowLine[] = [];
  const runner = startNamespace([options.act, ...(await actArguments(options, home))], {
    cwd: options.checkout,
    env: stepEnvironment(options, home),
  });
  for (const stream of [runner.stdout, runner.stderr]) {
    createInterface({ input: stream }).on('line', text => {
      for (const line of recordLine(record, text)) {
        log.push(line);
        options.onLine(line);
      }
    });
  }
  const { exitCode, ended } = await endOf(runner, options);
  if (ended === 'itself' && exitCode !== 0 && record.jobs.length === 0) {
    const lastLines = log.map(line => line.text).slice(-10);
    throw new WorkflowError(
      'runner-failed',
      `act could not run ${options.workflow}: ${lastLines.join('\n') || `it ended with ${exitCode}`}`,
    );
  }
  const outcome = ended !== 'itself' ? ended : exitCode === 0 ? 'success' : 'failure';
  return { ...record, jobs: ownOutcomes(record), outcome, exitCode, log };
}

async function actArguments(options: WorkflowOptions, home: string): Promise<string[]> {
  const { checkout, workflow, event, environment } = options;
  const file = join('.github/workflows', workflow);
  const text = await readFile(join(checkout, file), 'utf8').catch((cause: unknown) => {
    throw new WorkflowError('workflow-missing', `${join(checkout, file)} cannot be read`, { cause });
  });
  const eventFile = join(home, 'event.json');
  await writeFile(eventFile, JSON.stringify(event.payload));
  const secretFile = join(home, 'secrets');
  await writeFile(secretFile, `GITHUB_TOKEN=${options.token ?? randomUUID()}\n`, { mode: 0o600 });
  const standInFolder = join(import.meta.dirname, 'actions');
  const pairs: [string, string][] = [
    ['--workflows', file],
    ['--eventpath', eventFile],
    ['--secret-file', secretFile],
    ['--platform', 'ubuntu-latest=-self-hosted'],
    ['--platform', 'self-hosted=-self-hosted'],
    ['--container-daemon-socket', '-'],
    // For the stand-in of checkout.
    ['--env', `REHEARSAL_CHECKOUT=${checkout}`],
    ...Object.entries(environment).map(([name, value]): [string, string] => ['--env', `${name}=${value}`]),
    ...planStandIns(text, file).map(({ uses, folder }): [string, string] => [
      '--local-repository',
      `${uses}=${join(standInFolder, folder)}`,
    ]),
  ];
  // Nothing is fetched and nothing is served: whatever is missing fails at once.
  return [event.name, '--json', '--no-cache-server', '--action-offline-mode', ...pairs.flat()];
}

/** act hands its own environment on to the steps: only what they may see is in it. */
function stepEnvironment({ pathFolders }: WorkflowOptions, home: string): Record<string, string> {
  return {
    HOME: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    LANG: 'C.UTF-8',
    // act looks for Docker although no step needs it, and warns when it finds no address.
    DOCKER_HOST: 'unix:///dev/null',
    PATH: [...pathFolders, process.env.PATH ?? '/usr/bin:/bin'].join(delimiter),
  };
}

interface RunEnd {
  exitCode: number | null;
  ended: 'itself' | 'timed-out' | 'cancelled';
}

async function endOf(runner: Namespace, options: WorkflowOptions): Promise<RunEnd> {
  let ended: RunEnd['ended'] = 'itself';
  const stop = (why: 'timed-out' | 'cancelled') => {
    if (ended !== 'itself') return;
    ended = why;
    void endNamespace(runner);
  };
  const cancel = () => stop('cancelled');
  const timer = setTimeout(stop, options.timeoutMs, 'timed-out');
  options.signal?.addEventListener('abort', cancel);
  if (options.signal?.aborted) cancel();
  try {
    const [exitCode] = (await once(runner, 'close')) as [number | null];
    // unshare tells the death of its child in one way or another, by version.
    return { exitCode: ended === 'itself' ? exitCode : null, ended };
  } catch (cause) {
    throw new WorkflowError('runner-failed', `${options.act} cannot be started`, { cause });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', cancel);
  }
}
