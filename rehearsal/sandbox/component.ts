// Starts the programs of a sandbox, keeps their output in files that outlive it, and notices when one dies.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SandboxError } from './sandbox-error.ts';

export interface Ending {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** Whether somebody asked for it. */
  isExpected: boolean;
  /** The last lines of its log. */
  lastLines: string;
}

export interface Component {
  name: string;
  pid: number;
  process: ChildProcess;
  logFile: string;
  ended: Promise<Ending>;
  /** Says that its end, from now on, is no news. */
  expectEnd: () => void;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when it is gone. */
  stop: (graceMs: number) => Promise<Ending>;
}

export interface ComponentOptions {
  name: string;
  logFile: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** Starts `command` with its output appended to a log file. */
export function startComponent(command: string, args: readonly string[], options: ComponentOptions): Component {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  closeSync(log);
  let isExpected = false;
  const ended = new Promise<Ending>(resolve => {
    const end = (exitCode: number | null, signal: NodeJS.Signals | null, reason?: string) =>
      resolve({ exitCode, signal, isExpected, lastLines: reason ?? lastLines(options.logFile) });
    child.once('error', error => end(null, null, error.message));
    child.once('exit', (exitCode, signal) => end(exitCode, signal));
  });
  return {
    name: options.name,
    pid: child.pid ?? 0,
    process: child,
    logFile: options.logFile,
    ended,
    expectEnd: () => {
      isExpected = true;
    },
    stop: async graceMs => {
      isExpected = true;
      child.kill('SIGTERM');
      const killing = setTimeout(() => child.kill('SIGKILL'), graceMs);
      const ending = await ended;
      clearTimeout(killing);
      return ending;
    },
  };
}

/**
 * Asks `isReady` again and again until it says yes.
 * @throws {SandboxError} when a component dies before, or time is up; with the last lines of the log
 */
export async function untilReady(
  what: string,
  isReady: () => Promise<boolean>,
  components: readonly Component[],
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let dead: SandboxError | undefined;
  for (const component of components) {
    void component.ended.then(ending => {
      dead ??= deathError(component, ending);
    });
  }
  while (!dead && performance.now() < deadline) {
    if (await isReady()) return;
    await pause(100);
  }
  if (dead) throw dead;
  const logs = components.map(({ name, logFile }) => `${name}:\n${lastLines(logFile)}`).join('\n');
  throw new SandboxError('not-ready-in-time', `${what} was not ready within ${timeoutMs / 1000} s.\n${logs}`);
}

/** The error for a component that ended although nobody asked it to. */
export function deathError({ name, logFile }: Component, ending: Ending): SandboxError {
  const how = ending.signal ? `was killed by ${ending.signal}` : `ended with exit code ${ending.exitCode}`;
  return new SandboxError('component-died', `${name} ${how}. The last lines of ${logFile}:\n${ending.lastLines}`);
}

/** Runs a short command to its end. @throws {SandboxError} with what it printed when it fails */
export function runToEnd(command: string, args: readonly string[], timeoutMs = 30_000): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, output, errors) => {
      if (!error) resolve(output);
      else {
        const message = `${command} ${args.join(' ')} failed: ${errors.trim() || error.message}`;
        reject(new SandboxError('command-failed', message, { cause: error }));
      }
    });
  });
}

/** Whether somebody takes connections on a unix socket. */
export function isListening(socket: string): Promise<boolean> {
  return new Promise(resolve => {
    const connection = connect(socket);
    connection.once('error', () => resolve(false));
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
  });
}

const keptLines = 12;

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-keptLines).join('\n');
  } catch (error) {
    return String(error);
  }
}
