// A small fleet as plain processes on loopback, for tests: real etcd, stand-in nodeos with the real monitor beside each, the network, the observer.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { machineTime } from '#adapters/clock/machine.ts';
import { connectCluster, type EtcdCluster } from '#adapters/etcd/cluster.ts';
import { claimVersion, renderClaim } from '#core/failover/claim.ts';
import { registerKeys } from '#core/failover/keys.ts';
import type { MonitorStatus } from '#core/failover/status.ts';
import { slotAt, windowFrom } from '#core/slots.ts';
import type { Judgement } from '../../rehearsal/observer/ledger.ts';
import { ensureTools } from '../../tools/install.ts';
import { freePorts } from '../adapters/etcd/three-members.ts';

export const producer = 'activeeosbp1';
export const schedule = [producer, 'bpbbbbbbbbbb', 'bpcccccccccc', 'bpdddddddddd'];
const chainId = 'cf057bbfb72640471fd910bcb67639c22df9f92470936cddc1ade0e2f2e7dc4f';
/** The published development key pair. */
const publicKey = 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV';
const privateKey = '5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3';

export interface LocalNode {
  name: string;
  /** Of its files; the monitor's configuration is monitor.json in it. */
  folder: string;
  nodeos: ChildProcess;
  monitor: ChildProcess;
  nodeosUrl: string;
  status(): Promise<MonitorStatus>;
  /** kill -9 of both, as one as can be. */
  kill(): void;
  startNodeos(): void;
  startMonitor(): void;
}

export interface LocalFleet {
  folder: string;
  nodes: LocalNode[];
  members: ChildProcess[];
  /** Starts members that were killed, with what they have on disk. */
  startMembers(): void;
  cluster: EtcdCluster;
  keys: ReturnType<typeof registerKeys>;
  /** What became of our slots, as the observer sees it. */
  judge(fromSlot: number, toSlot: number): Promise<Judgement>;
  /** Asks again and again until the answer is there; fails after `boundMs`. */
  until<T>(what: string, boundMs: number, ask: () => Promise<T | undefined>): Promise<T>;
  holder(): Promise<LocalNode | undefined>;
  stop(): Promise<void>;
}

const repository = new URL('../../', import.meta.url).pathname;

/** Starts everything and waits until one node holds the claim. */
export async function startLocalFleet(nodeCount: number, options: { nodeosArgs?: string[] } = {}): Promise<LocalFleet> {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  const children: ChildProcess[] = [];
  const start = (command: string, args: string[], log: string) => {
    const child = spawn(command, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    for (const stream of [child.stdout, child.stderr]) keep(stream, join(folder, `${log}.log`));
    return child;
  };
  const node = (args: string[], log: string) => start(process.execPath, args, log);

  const [networkPort = 0, observerPort = 0, ...ports] = await freePorts(2 + 6 + 3 * nodeCount);
  const { endpoints, members, startMembers } = await startEtcd(folder, ports, start);
  const cluster = connectCluster({ endpoints, deadlineMs: 1000, time: machineTime });
  const keys = registerKeys({ prefix: '/active-eos', chainId, producer });

  const common = ['--schedule', schedule.join(','), '--chain-id', chainId];
  node(
    [
      'rehearsal/nodeos/network.ts',
      '--listen',
      `127.0.0.1:${networkPort}`,
      '--producers',
      schedule.slice(1).join(','),
      ...common,
    ],
    'network',
  );
  const observerSocket = join(folder, 'observer.sock');
  node(
    [
      'rehearsal/observer/main.ts',
      '--listen',
      `127.0.0.1:${observerPort}`,
      '--peer',
      `127.0.0.1:${networkPort}`,
      '--http',
      observerSocket,
      '--producer',
      producer,
      ...common,
    ],
    'observer',
  );

  const fleet: LocalFleet = {
    folder,
    nodes: [],
    members,
    startMembers,
    cluster,
    keys,
    judge: (from, to) => getJson(`http://observer/ledger?from=${from}&to=${to}`, observerSocket) as Promise<Judgement>,
    until,
    holder: async () => {
      const stored = await cluster.ask(member => member.get(keys.claim));
      const holder = stored === undefined ? undefined : (JSON.parse(stored.value) as { holder: string }).holder;
      return fleet.nodes.find(each => each.name === holder);
    },
    stop: async () => {
      for (const child of children) child.kill('SIGKILL');
      const running = children.filter(child => child.exitCode === null && child.signalCode === null);
      await Promise.all(running.map(child => new Promise(resolve => child.once('exit', resolve))));
      cluster.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await initialiseClaim(cluster, keys.claim);
  for (let index = 0; index < nodeCount; index++) {
    const own = ports.slice(6 + 3 * index, 9 + 3 * index);
    const started = await startNode({
      index,
      folder,
      ports: own,
      endpoints,
      peers: [networkPort, observerPort],
      spawnNode: node,
      nodeosArgs: options.nodeosArgs ?? [],
    });
    fleet.nodes.push(started);
  }
  await until('a holder that knows all others as standbys fit to take over', 30_000, async () => {
    const holder = await (await fleet.holder())?.status().catch(() => undefined);
    const standbys = holder?.nodes.filter(node => node.role === 'standby' && node.eligible) ?? [];
    return holder?.role === 'holding' && standbys.length === nodeCount - 1 ? true : undefined;
  });
  return fleet;
}

async function initialiseClaim(cluster: EtcdCluster, key: string): Promise<void> {
  const claim = { v: claimVersion, slot: slotAt(Date.now()), digest: '', holder: '', incarnation: '', epoch: 0 };
  await until('a key in etcd', 20_000, async () => {
    await cluster.ask(member => member.compareAndPut(key, 'absent', renderClaim(claim))).catch(() => undefined);
    return cluster.ask(member => member.get(key)).catch(() => undefined);
  });
}

async function startEtcd(
  folder: string,
  ports: number[],
  start: (command: string, args: string[], log: string) => ChildProcess,
) {
  const tools = await ensureTools(['etcd'], { report: () => undefined });
  const names = ['m0', 'm1', 'm2'];
  const client = (index: number) => `http://127.0.0.1:${ports[2 * index]}`;
  const peer = (index: number) => `http://127.0.0.1:${ports[2 * index + 1]}`;
  const initial = names.map((name, index) => `${name}=${peer(index)}`).join(',');
  const startMember = (name: string, index: number) =>
    start(
      tools.path('etcd'),
      [
        '--name',
        name,
        '--data-dir',
        join(folder, name),
        '--listen-client-urls',
        client(index),
        '--advertise-client-urls',
        client(index),
        '--listen-peer-urls',
        peer(index),
        '--initial-advertise-peer-urls',
        peer(index),
        '--initial-cluster',
        initial,
        '--unsafe-no-fsync',
        '--log-level',
        'warn',
      ],
      name,
    );
  const members = names.map(startMember);
  const startMembers = () => {
    members.splice(0, members.length, ...names.map(startMember));
  };
  return { endpoints: names.map((_, index) => client(index)), members, startMembers };
}

async function startNode(parts: {
  index: number;
  folder: string;
  ports: number[];
  endpoints: string[];
  peers: number[];
  spawnNode: (args: string[], log: string) => ChildProcess;
  nodeosArgs: string[];
}): Promise<LocalNode> {
  const name = `node-${'abcdef'[parts.index]}`;
  const [p2p = 0, http = 0, status = 0] = parts.ports;
  const folder = join(parts.folder, name);
  await mkdir(folder, { recursive: true });
  const keyFile = join(folder, 'key');
  await writeFile(keyFile, privateKey, { mode: 0o400 });
  const socket = join(folder, 'signer.sock');
  const nodeosUrl = `http://127.0.0.1:${http}`;
  const endpoints = [...parts.endpoints.slice(parts.index % 3), ...parts.endpoints.slice(0, parts.index % 3)];
  const config = {
    node: name,
    site: `site-${parts.index % 2}`,
    zone: 'a',
    priority: 100,
    producer,
    chainId,
    publicKey,
    prefix: '/active-eos',
    nodeosUrl,
    signerSocket: socket,
    keyFile,
    produceBlockOffsetMs: 450,
    minPeers: 1,
    p2pPort: p2p,
    soloFolder: join(folder, 'solo'),
    listen: { host: '127.0.0.1', port: status },
    etcd: { endpoints },
  };
  await writeFile(join(folder, 'monitor.json'), JSON.stringify(config));
  const nodeosArgs = [
    'rehearsal/nodeos/main.ts',
    '--data-dir',
    join(folder, 'data'),
    '--config-dir',
    folder,
    '--producer-name',
    producer,
    '--signature-provider',
    `${publicKey}=KEOSD:unix://${socket}`,
    '--keosd-provider-timeout',
    '400',
    '--pause-on-startup',
    '--production-pause-vote-timeout-ms',
    '0',
    '--http-server-address',
    `127.0.0.1:${http}`,
    '--http-validate-host',
    'false',
    '--p2p-listen-endpoint',
    `127.0.0.1:${p2p}`,
    '--agent-name',
    name,
    '--standin-producers',
    schedule.join(','),
    '--standin-chain-id',
    chainId,
    ...parts.peers.flatMap(port => ['--p2p-peer-address', `127.0.0.1:${port}`]),
    '--plugin',
    'eosio::producer_api_plugin',
    '--plugin',
    'eosio::chain_api_plugin',
    '--plugin',
    'eosio::net_api_plugin',
    ...parts.nodeosArgs,
  ];
  const started: LocalNode = {
    name,
    folder,
    nodeosUrl,
    monitor: parts.spawnNode(
      ['monitor/main.ts', '--config', join(folder, 'monitor.json'), '--pod-ip', '127.0.0.1'],
      `${name}-monitor`,
    ),
    nodeos: parts.spawnNode(nodeosArgs, `${name}-nodeos`),
    status: () => getJson(`http://127.0.0.1:${status}/status`) as Promise<MonitorStatus>,
    kill: () => {
      started.nodeos.kill('SIGKILL');
      started.monitor.kill('SIGKILL');
    },
    startNodeos: () => {
      started.nodeos = parts.spawnNode(nodeosArgs, `${name}-nodeos`);
    },
    startMonitor: () => {
      started.monitor = parts.spawnNode(
        ['monitor/main.ts', '--config', join(folder, 'monitor.json'), '--pod-ip', '127.0.0.1'],
        `${name}-monitor`,
      );
    },
  };
  return started;
}

/** Our window that has not begun yet. */
export function nextWindow(): { first: number; last: number } {
  const now = slotAt(Date.now());
  const window = windowFrom(schedule, producer, now);
  if (window === undefined) throw new Error('our producer is not scheduled');
  return window.first > now + 2
    ? window
    : { first: window.first + schedule.length * 12, last: window.last + schedule.length * 12 };
}

async function until<T>(what: string, boundMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + boundMs;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  throw new Error(`there was not ${what} within ${boundMs} ms`);
}

async function getJson(url: string, socketPath?: string): Promise<unknown> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { timeout: 2000, ...(socketPath === undefined ? {} : { socketPath }) }, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${url} did not answer`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Logs survive the process that wrote them, until the fleet's folder goes. */
function keep(stream: NodeJS.ReadableStream | null, file: string): void {
  if (stream === null) return;
  createInterface({ input: stream }).on(
    'line',
    line => void writeFile(file, `${line}\n`, { flag: 'a' }).catch(() => undefined),
  );
}
