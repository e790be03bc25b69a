// Runs the command line as an operator would.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../..');

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export function startActiveEos(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [join(repository, 'cli/main.ts'), ...args], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null, ...text }));
  return { child, ended };
}

export function activeEos(...args: string[]): Promise<Ended> {
  return startActiveEos(...args).ended;
}
