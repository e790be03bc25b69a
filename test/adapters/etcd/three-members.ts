// Three real etcd members on loopback, quick to elect: heartbeat 20 ms, election 200 ms.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ensureTools } from '../../../tools/install.ts';

export interface ThreeMembers {
  endpoints: string[];
  processes: ChildProcess[];
  /** Stops a member; resolves when every thread of it has stopped. */
  halt(index: number): Promise<void>;
  stop(): Promise<void>;
}

/** @param further options of every member, such as `quota-backend-bytes` */
export async function startThreeMembers(further: Record<string, string> = {}): Promise<ThreeMembers> {
  const tools = await ensureTools(['etcd'], { report: () => undefined });
  const folder = await mkdtemp(join(tmpdir(), 'etcd-'));
  const ports = await freePorts(6);
  const client = (index: number) => `http://127.0.0.1:${ports[index]}`;
  const peer = (index: number) => `http://127.0.0.1:${ports[index + 3]}`;
  const members = [0, 1, 2];
  const initial = members.map(index => `m${index}=${peer(index)}`).join(',');
  const processes = members.map(index => {
    const options = {
      name: `m${index}`,
      'data-dir': join(folder, `m${index}`),
      'listen-client-urls': client(index),
      'advertise-client-urls': client(index),
      'listen-peer-urls': peer(index),
      'initial-advertise-peer-urls': peer(index),
      'initial-cluster': initial,
      'heartbeat-interval': '20',
      'election-timeout': '200',
      'log-level': 'error',
      ...further,
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    return spawn(tools.path('etcd'), [...args, '--unsafe-no-fsync'], { stdio: 'ignore' });
  });
  return {
    endpoints: members.map(client),
    processes,
    halt: index => halt(processes[index]),
    stop: async () => {
      await Promise.all(
        processes.map(async member => {
          if (member.exitCode !== null || member.signalCode !== null) return;
          member.kill('SIGKILL');
          await once(member, 'exit');
        }),
      );
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A signal takes a while to reach all threads of a busy machine; an answer may slip out meanwhile. */
async function halt(member: ChildProcess | undefined): Promise<void> {
  member?.kill('SIGSTOP');
  const tasks = `/proc/${member?.pid}/task`;
  for (let looks = 0; looks < 1000; looks++) {
    const states = readdirSync(tasks).map(task => /\) (\w)/.exec(readFileSync(`${tasks}/${task}/stat`, 'utf8'))?.[1]);
    if (states.every(state => state === 'T')) return;
    await setImmediate();
  }
  throw new Error('the member did not stop');
}

/** Ports the kernel has free; all are held at once, so that none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map(server => once(server, 'listening')));
  const ports = servers.map(server => (server.address() as { port: number }).port);
  await Promise.all(servers.map(server => once(server.close(), 'close')));
  return ports;
}
