// Starts the runner as the first process of a process namespace, so that the kernel ends everything it started together with it.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

/** `unshare`, whose first child is the runner: its 'close' comes when nothing inside is left. */
export type Namespace = ChildProcessByStdio<null, Readable, Readable>;

const namespaceArguments = [
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  // What the fleet unmounts meanwhile is not kept alive in here.
  '--propagation',
  'slave',
];

/**
 * act gives a step a terminal and, when the step fails, forgets what it has not read of it yet: the words that say why. Where no terminal
 * can be had it takes a pipe and reads that to its end, as GitHub's runner does. (Host executor of act 0.2.89, pkg/container/host_environment.go.)
 */
const firstProcess = 'if [ -e /dev/ptmx ]; then mount --bind /dev/null /dev/ptmx || exit; fi; exec "$@"';

/** A runner is another machine than those of the fleet; here it gets what they leave. */
const runnerNice = 10;

/** Runs a command in process and mount namespaces of its own; they end with it, and with us. */
export function startNamespace(
  command: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): Namespace {
  const unshare = ['unshare', ...namespaceArguments, 'sh', '-c', firstProcess, 'sh', ...command];
  // Each of these becomes the next one, so that the process we start is unshare in the end.
  return spawn('nice', ['-n', String(runnerNice), 'setpriv', '--pdeathsig', 'KILL', ...unshare], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const pollMs = 10;
const polls = 500;

/**
 * Kills the first process inside; the kernel kills the others and waits for them before unshare learns of it. unshare itself is not killed:
 * it would be gone before they are, and one that is just forking would leave its child behind.
 */
export async function endNamespace(unshare: Namespace): Promise<void> {
  // Some versions of unshare complain that their child was killed.
  unshare.stderr.destroy();
  for (let poll = 0; poll < polls && isRunning(unshare); poll++) {
    const first = firstInside(unshare);
    if (first !== undefined) return kill(first);
    await pause(pollMs);
  }
  // It has ended, or never got as far as having a child.
  unshare.kill('SIGKILL');
}

function isRunning({ pid, exitCode, signalCode }: Namespace): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

function firstInside({ pid }: Namespace): number | undefined {
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return first === undefined || first === '' ? undefined : Number(first);
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
