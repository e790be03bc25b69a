// Starts a program inside fresh namespaces that vanish with it, and with us, however we die. Promises nothing about files written outside.
import { type ChildProcess, type IOType, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface EnterOptions {
  /** Standard input, output and error; default: no input, our output and error. The fourth is always the IPC channel. */
  stdio?: [IOType, IOType, IOType];
  env?: NodeJS.ProcessEnv;
}

/** What `unshare` is told: namespaces of our own, and that their first process dies with it. */
export const namespaceArguments = [
  '--mount',
  '--pid',
  '--net',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--propagation',
  'private',
];

/**
 * The first process of the new pid namespace. Node does not wait for children it adopts, and every container's shim is adopted in the end:
 * a shell that waits for its one child buries those as well.
 */
const firstProcess = '"$@"; exit $?';

/**
 * Runs the TypeScript file `entry` in mount, pid and network namespaces of its own. It can `process.send`; it ends when the channel closes.
 * To end it: `child.disconnect()`, or SIGKILL. SIGINT and SIGTERM do not reach it, nor does Ctrl-C on the terminal: the caller decides what they mean.
 */
export function enterSandbox(entry: string, args: readonly string[], options: EnterOptions = {}): ChildProcess {
  const [input, output, errors] = options.stdio ?? ['ignore', 'inherit', 'inherit'];
  const inside = join(import.meta.dirname, 'inside.ts');
  const program = [process.execPath, '--import', inside, entry, ...args];
  return spawn(
    'setpriv',
    // Our death kills unshare, whose death kills the first process inside, whose death kills everything inside.
    ['--pdeathsig', 'KILL', 'unshare', ...namespaceArguments, 'sh', '-c', firstProcess, 'sh', ...program],
    { stdio: [input, output, errors, 'ipc'], env: options.env ?? process.env, detached: true },
  );
}

const pollMs = 500;

/**
 * Calls `gone` once when the process that started us has ended; `npm`, killed with -9, tells its children nothing.
 * Under npm the shell between npm and us may outlive npm, so that one's parent is watched as well.
 */
export function watchParent(gone: () => void): void {
  const depth = process.env.npm_lifecycle_event === undefined ? 1 : 2;
  const first = ancestors(depth);
  const timer = setInterval(() => {
    if (ancestors(depth) === first) return;
    clearInterval(timer);
    gone();
  }, pollMs);
  timer.unref();
}

function ancestors(depth: number): string {
  const found = [process.ppid];
  while (found.length < depth) found.push(parentOf(found.at(-1) ?? 1));
  return found.join(' ');
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}
