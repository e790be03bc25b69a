// Runs a command to its end, bounded in time, and keeps the last lines it printed.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface CommandResult {
  /** Null when it could not be started or was killed. */
  exitCode: number | null;
  /** Standard output in full. */
  output: string;
  /** The last lines of both streams, for a person. */
  lastLines: string;
}

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs: number;
}

const keptLines = 15;

/** Runs `command`; it never throws: a command that cannot be started ends with exitCode null and the reason as its last line. */
export function runCommand(command: string, args: string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise(resolve => {
    let output = '';
    let tail = '';
    // The kernel ends it with us, also when we are killed: nobody would clean up its unfinished files otherwise.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    const keep = (chunk: string) => {
      tail = `${tail}${chunk}`.slice(-8192);
    };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      keep(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', error => resolve({ exitCode: null, output, lastLines: error.message }));
    child.on('close', (exitCode, signal) => {
      if (signal) keep(`\nended by ${signal} after at most ${options.timeoutMs / 1000} s`);
      resolve({ exitCode, output, lastLines: tail.trim().split('\n').slice(-keptLines).join('\n') });
    });
  });
}

/** The path of a command, or undefined when no folder of `path` (as in the variable PATH) has it. */
export function findCommand(name: string, path = process.env.PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter(folder => folder !== '')
    .map(folder => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
