// One real etcd member on loopback, on given ports and data, so that a test can take its data back in time or give it certificates.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as rest } from 'node:timers/promises';
import { connectMember, type MemberOptions } from '#adapters/etcd/member.ts';
import { ensureTools } from '#tools/install.ts';

export interface OneMember {
  endpoint: string;
  stop(): Promise<void>;
}

/** Resolves when it answers. */
export async function startOneMember(options: {
  dataFolder: string;
  ports: { client: number; peer: number };
  /** What clients use; `further` then gives the member its own certificates. */
  tls?: NonNullable<MemberOptions['tls']>;
  further?: Record<string, string>;
}): Promise<OneMember> {
  const tools = await ensureTools(['etcd'], { report: () => undefined });
  const { dataFolder, ports, tls, further = {} } = options;
  const endpoint = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${ports.client}`;
  const peer = `http://127.0.0.1:${ports.peer}`;
  const given = {
    name: 'm0',
    'data-dir': dataFolder,
    'listen-client-urls': endpoint,
    'advertise-client-urls': endpoint,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `m0=${peer}`,
    'heartbeat-interval': '20',
    'election-timeout': '200',
    'log-level': 'fatal',
    ...further,
  };
  const args = Object.entries(given).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(tools.path('etcd'), [...args, '--unsafe-no-fsync'], { stdio: 'ignore' });
  const member = connectMember({ endpoint, deadlineMs: 400, ...(tls === undefined ? {} : { tls }) });
  try {
    for (let attempt = 0; !(await member.get('any').then(...settled)); attempt++) {
      if (attempt === 200 || child.exitCode !== null) throw new Error(`etcd does not answer at ${endpoint}`);
      await rest(50);
    }
  } catch (error) {
    await end(child);
    throw error;
  } finally {
    member.close();
  }
  return { endpoint, stop: () => end(child) };
}

const settled = [() => true, () => false] as const;

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
