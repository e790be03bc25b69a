// Three real etcd members on loopback with etcd's own defaults: they write to disk, and elect within a second or two.

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { machineTime } from '#adapters/clock/machine.ts';
import { connectCluster, type EtcdCluster } from '#adapters/etcd/cluster.ts';
import { connectMember } from '#adapters/etcd/member.ts';
import { ensureTools } from '#tools/install.ts';
import { freePorts, type Processes, until } from './processes.ts';

export interface EtcdMembers {
  endpoints: string[];
  processes: ChildProcess[];
  version: string;
  cluster: EtcdCluster;
  /** Index of the member that leads, by its own word. */
  leader(): Promise<number>;
  close(): void;
}

/** Resolves when the three agree on a leader. */
export async function startEtcdMembers({ folder, start }: Processes): Promise<EtcdMembers> {
  const tools = await ensureTools(['etcd'], { report: () => undefined });
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
      'log-level': 'warn',
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    return start(tools.path('etcd'), args, `m${index}`);
  });
  const endpoints = members.map(client);
  const cluster = connectCluster({ endpoints, deadlineMs: 1000, time: machineTime });
  const clients = endpoints.map(endpoint => connectMember({ endpoint, deadlineMs: 1000 }));
  const askLeader = async () => {
    const said = await Promise.all(clients.map(each => each.status().catch(() => undefined)));
    const leading = said.findIndex(each => each !== undefined && each.memberId === each.leaderId);
    const agree = said.filter(each => each?.leaderId === said[leading]?.memberId).length;
    return leading >= 0 && agree === members.length ? leading : undefined;
  };
  const leader = () => until('an etcd leader that all members know', 30_000, askLeader);
  await leader();
  return {
    endpoints,
    processes,
    version: tools.version('etcd'),
    cluster,
    leader,
    close: () => {
      cluster.close();
      for (const each of clients) each.close();
    },
  };
}
