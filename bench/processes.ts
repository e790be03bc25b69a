// Starts processes whose output goes to files, ends every one of them, and reads from /proc what one costs.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = new URL('../', import.meta.url).pathname;
/** Linux counts CPU time in hundredths of a second for every program there is. */
const ticksPerSecond = 100;

/** Processes of one benchmark, and the folder of their files. */
export interface Processes {
  readonly folder: string;
  /** @param log name of the file that takes its output @param environment beside our own */
  start(command: string, args: readonly string[], log: string, environment?: object): ChildProcess;
  /** Ends all of them and removes the folder. */
  stop(): Promise<void>;
}

export async function openProcesses(): Promise<Processes> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const children: ChildProcess[] = [];
  return {
    folder,
    start: (command, args, log, environment) => {
      const file = openSync(join(folder, `${log}.log`), 'a');
      const env = { ...process.env, ...environment };
      const child = spawn(command, args, { cwd: repository, stdio: ['ignore', file, file], env });
      closeSync(file);
      children.push(child);
      return child;
    },
    stop: async () => {
      const running = children.filter(child => child.exitCode === null && child.signalCode === null);
      const gone = running.map(child => once(child, 'exit'));
      for (const child of running) child.kill('SIGKILL');
      await Promise.all(gone);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a process has used so far, and holds now. */
export function usageOf(child: ChildProcess): { cpuSeconds: number; residentMiB: number } {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  // Fields after the name, which may hold anything: state is the first of them, utime the 12th, stime the 13th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    residentMiB: Number(resident) / 1024,
  };
}

/** Ports the kernel has free; all are held at once, so that none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map(server => once(server, 'listening')));
  const ports = servers.map(server => (server.address() as { port: number }).port);
  await Promise.all(servers.map(server => once(server.close(), 'close')));
  return ports;
}

/** Asks again and again until the answer is there; fails after `boundMs`. */
export async function until<T>(what: string, boundMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + boundMs;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  throw new Error(`there was not ${what} within ${boundMs} ms`);
}
