// The fleet as a trial meets it: which processes are a node's, who holds the claim, who leads etcd, and how to ask and to disturb them.

import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectMember, type Member } from '#adapters/etcd/member.ts';
import { type RegisterKeys, registerKeys } from '#core/failover/keys.ts';
import type { MonitorStatus } from '#core/failover/status.ts';
import type { RehearsalFleet } from '#rehearsal/fleet/fleet.ts';
import { runToEnd } from '#rehearsal/sandbox/component.ts';
import { enterNetwork, nodeAddress, podSubnet } from '#rehearsal/sandbox/network.ts';
import { listProcesses } from '#rehearsal/sandbox/processes.ts';
import type { Site } from '#rehearsal/sandbox/site.ts';
import type { InstalledTools } from '#tools/install.ts';
import type { Disturbance } from './clock.ts';

import type { ChaosFleet } from './fleet.ts';
import { type FleetView, findLack } from './whole.ts';

/** A producer node of the fleet. */
export interface ChaosNode {
  name: string;
  site: Site;
  zone: string;
  /** The addresses its pod may have. */
  podSubnet: string;
}

/** What runs of a node at this moment. */
export interface NodeProcesses {
  nodeos: number | undefined;
  monitor: number | undefined;
  podAddress: string | undefined;
}

export interface EtcdMember {
  name: string;
  site: Site;
  session: Member;
}

export interface Field {
  rehearsal: RehearsalFleet;
  tools: InstalledTools;
  repository: string;
  keys: RegisterKeys;
  producer: string;
  namespace: string;
  schedule: string[];
  nodes: ChaosNode[];
  members: EtcdMember[];
}

/** Where clock.ts looks for it. */
const disturbanceFile = '/run/signer/disturbance.json';
const statusLimitMs = 1000;
const etcdLimitMs = 2000;
const lookEveryMs = 250;

/** The way from this process into the sites, and clients of their etcd. */
export async function openField({ rehearsal, fleet, schedule }: ChaosFleet, tools: InstalledTools, repository: string) {
  const { environment } = fleet;
  const { chain, etcd } = environment;
  // The runner reaches API servers only; a trial looks at monitors and etcd themselves, which costs less than a port-forward.
  for (const { octet } of rehearsal.sites.values())
    await runToEnd(tools.path('ip'), ['route', 'add', `10.${octet}.0.0/16`, 'via', '10.0.0.1']);
  const siteOf = (name: string): Site => {
    const site = rehearsal.sites.get(name);
    if (site === undefined) throw new Error(`the rehearsal has no site ${name}`);
    return site;
  };
  const file = (name: string): Buffer => rehearsal.secrets.etcdClient[name] ?? Buffer.alloc(0);
  const tls = { ca: file('ca.crt'), cert: file('tls.crt'), key: file('tls.key') };
  const field: Field = {
    rehearsal,
    tools,
    repository,
    keys: registerKeys({ prefix: etcd.prefix, chainId: chain.id, producer: chain.producer }),
    producer: chain.producer,
    namespace: environment.namespace,
    schedule,
    nodes: environment.clusters.flatMap(cluster =>
      cluster.nodes.map(({ name, zone }) => {
        const site = siteOf(cluster.name);
        const number = site.nodes.indexOf(zone) + 1;
        return { name, site, zone: zone.slice(site.name.length + 1), podSubnet: podSubnet(site.octet, number) };
      }),
    ),
    members: etcd.members.map(member => ({
      name: member.name,
      site: siteOf(member.cluster),
      session: connectMember({
        endpoint: `https://${member.address}:${member.clientPort}`,
        tls,
        deadlineMs: etcdLimitMs,
      }),
    })),
  };
  return field;
}

/** Where an etcd member of a site listens: the address of the site's first node. */
export function memberAddress({ octet }: Site): string {
  return nodeAddress(octet, 1);
}

/** The programs of the containers; a program of the sandbox itself has an absolute path for its node. */
const nodeosCommand = 'node /app/rehearsal/nodeos/main.ts ';
const monitorCommand = 'node /app/monitor/main.ts ';

export function processesOf({ podSubnet: subnet }: ChaosNode): NodeProcesses {
  const prefix = subnet.slice(0, subnet.lastIndexOf('.') + 1);
  const found: NodeProcesses = { nodeos: undefined, monitor: undefined, podAddress: undefined };
  for (const { pid, commandLine } of listProcesses()) {
    const address = /(?:--p2p-server-address=|--pod-ip )([\d.]+)/.exec(commandLine)?.[1];
    if (address === undefined || !address.startsWith(prefix)) continue;
    if (commandLine.startsWith(nodeosCommand)) found.nodeos = pid;
    if (!commandLine.startsWith(monitorCommand)) continue;
    found.monitor = pid;
    found.podAddress = address;
  }
  return found;
}

/** The process of an etcd member of the fleet; the control planes have etcds of their own, without such a name. */
export function etcdProcess(member: string): number {
  const found = listProcesses().find(
    ({ commandLine }) => /^\S*etcd /.test(commandLine) && commandLine.includes(`--name=${member} `),
  );
  if (found === undefined) throw new Error(`no process of the etcd member ${member} was found`);
  return found.pid;
}

/** Sends a signal; a process that has just ended is no news. */
export function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, name);
  } catch {
    // It ended before.
  }
}

export async function askStatus(node: ChaosNode): Promise<MonitorStatus | undefined> {
  const { podAddress } = processesOf(node);
  if (podAddress === undefined) return undefined;
  try {
    const response = await fetch(`http://${podAddress}:9880/status`, { signal: AbortSignal.timeout(statusLimitMs) });
    return (await response.json()) as MonitorStatus;
  } catch {
    return undefined;
  }
}

export async function observeFleet({ nodes, members }: Field): Promise<FleetView> {
  const [seenNodes, seenMembers] = await Promise.all([
    Promise.all(nodes.map(async node => ({ name: node.name, status: await askStatus(node) }))),
    Promise.all(
      members.map(async ({ name, session }) => ({ name, status: await session.status().catch(() => undefined) })),
    ),
  ]);
  return { nodes: seenNodes, members: seenMembers, nowMs: Date.now() };
}

/**
 * Waits until the fleet is whole and stays so for `steadyMs`, since a monitor notices what befell its nodeos a moment later.
 * Gives the holder, since when (monotonic) and what was missing last before; or what was still missing when time was up.
 */
export async function untilWhole(
  field: Field,
  limitMs: number,
  steadyMs = 0,
): Promise<{ holder: ChaosNode; sinceMs: number; lastLack: string | undefined } | { lack: string }> {
  const endMs = performance.now() + limitMs;
  let sinceMs: number | undefined;
  let lastLack: string | undefined;
  for (;;) {
    const view = await observeFleet(field);
    const lack = findLack(view);
    const name = view.nodes.find(({ status }) => status?.role === 'holding')?.name;
    const holder = field.nodes.find(node => node.name === name);
    lastLack = lack ?? lastLack;
    sinceMs = lack === undefined ? (sinceMs ?? performance.now()) : undefined;
    if (sinceMs !== undefined && holder !== undefined && performance.now() - sinceMs >= steadyMs)
      return { holder, sinceMs, lastLack };
    if (performance.now() >= endMs) return { lack: lack ?? 'it was whole for too short a time' };
    await pause(lookEveryMs);
  }
}

export async function leaderOf({ members }: Field): Promise<EtcdMember> {
  for (const member of members) {
    const status = await member.session.status().catch(() => undefined);
    if (status !== undefined && status.leaderId === status.memberId) return member;
  }
  throw new Error('etcd has no leader');
}

/** Moves etcd's leadership to one of the members, unless one of them has it; gives the leader. */
export async function leadFrom(field: Field, wanted: readonly EtcdMember[]): Promise<EtcdMember> {
  const leader = await leaderOf(field);
  if (wanted.includes(leader)) return leader;
  const [next] = wanted;
  if (next === undefined) throw new Error('no etcd member is left to lead');
  const { memberId } = await next.session.status();
  await leader.session.moveLeader(memberId);
  return next;
}

/** Says something to the clocks and signers of a node's machine: see clock.ts. */
export async function disturb(node: ChaosNode, disturbance: Partial<Disturbance>): Promise<void> {
  const { monitor, nodeos } = processesOf(node);
  const pid = monitor ?? nodeos;
  if (pid === undefined) throw new Error(`nothing of ${node.name} runs`);
  const file = join('/proc', String(pid), 'root', disturbanceFile);
  const whole: Disturbance = { offsetMs: 0, driftPpm: 0, answerDelayMs: 0, sinceMs: Date.now(), ...disturbance };
  await writeFile(`${file}.new`, JSON.stringify(whole), { mode: 0o644 });
  await rename(`${file}.new`, file);
}

/** Asks nodeos of a node something that only the stand-in can do, from within its pod. */
export async function askStandIn(field: Field, node: ChaosNode, path: string, body: object): Promise<void> {
  const { nodeos } = processesOf(node);
  if (nodeos === undefined) throw new Error(`nodeos of ${node.name} does not run`);
  const text = JSON.stringify(body);
  const head = [`POST /v1/standin/${path} HTTP/1.1`, 'Host: 127.0.0.1:8888', 'Connection: close'];
  const request = [...head, `Content-Length: ${text.length}`, '', text].join('\r\n');
  // Not wget: busybox' own takes 201 for an error.
  const script = 'printf %s "$3" | nsenter "$1" "$2" nc -w 3 127.0.0.1 8888';
  const network = `--net=/proc/${nodeos}/ns/net`;
  const answer = await runToEnd('sh', ['-c', script, 'sh', network, field.tools.path('busybox'), request], 5000);
  if (!answer.startsWith('HTTP/1.1 201 ')) throw new Error(`nodeos of ${node.name} answered: ${answer.slice(0, 200)}`);
}

/** Runs `ip` commands in a network namespace, one after the other. */
export async function changeNetwork({ tools }: Field, network: string, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const [command, args] = enterNetwork(network, tools.path('ip'), line.split(' '));
    await runToEnd(command, args, 10_000);
  }
}
