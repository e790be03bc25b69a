// Producers to measure: each the real monitor process beside a bare nodeos, with a claim of its own in one shared etcd.

import { type Claim, claimVersion, renderClaim } from '#core/failover/claim.ts';
import { type RegisterKeys, registerKeys } from '#core/failover/keys.ts';
import { slotAt } from '#core/slots.ts';
import { type BareNodeos, startBareNodeos } from './bare-nodeos.ts';
import type { EtcdMembers } from './etcd-members.ts';
import { chainId, type MonitorProcess, makeNodeFolder, prefix, publicKey, startMonitor } from './monitor.ts';
import { type Processes, until } from './processes.ts';

/** Enough to take one request each in turn, few enough to leave the machine idle most of the time. */
export const producerCount = 6;

export interface Producer {
  nodeos: BareNodeos;
  monitor: MonitorProcess;
  /** Members as this monitor prefers them, its nearest first. */
  endpoints: string[];
}

export interface HolderParts {
  processes: Processes;
  etcd: EtcdMembers;
  claimAhead?: 0 | 1;
}

/** @param before is called when the producer has its keys and its nodeos, and no monitor yet */
export async function startProducer(
  index: number,
  { processes, etcd, claimAhead = 0 }: HolderParts,
  before: (keys: RegisterKeys, nodeos: BareNodeos) => Promise<void>,
): Promise<Producer> {
  const producer = `benchbp${'abcdef'[index]}`;
  const { folder, socket } = await makeNodeFolder(processes, producer);
  const nodeos = await startBareNodeos({ producer, chainId, publicKey, socket });
  await before(registerKeys({ prefix, chainId, producer }), nodeos);
  const first = index % etcd.endpoints.length;
  const endpoints = [...etcd.endpoints.slice(first), ...etcd.endpoints.slice(0, first)];
  const node = { name: producer, folder, socket, producer, nodeosUrl: nodeos.url, endpoints, claimAhead };
  return { nodeos, monitor: await startMonitor(processes, node), endpoints };
}

/** Producers whose monitors hold their claims and have been asked for nothing yet. */
export async function startHolders(parts: HolderParts): Promise<Producer[]> {
  const producers: Producer[] = [];
  for (let index = 0; index < producerCount; index++) {
    producers.push(await startProducer(index, parts, keys => initialiseClaim(parts.etcd, keys)));
  }
  await until('a monitor that holds every claim', 30_000, async () =>
    producers.every(({ nodeos }) => !nodeos.isPaused()) ? true : undefined,
  );
  return producers;
}

/** A claim that nobody has held yet. */
export async function initialiseClaim({ cluster }: EtcdMembers, { claim: key }: RegisterKeys): Promise<void> {
  const claim: Claim = { v: claimVersion, slot: slotAt(Date.now()), digest: '', holder: '', incarnation: '', epoch: 0 };
  await cluster.ask(member => member.put(key, renderClaim(claim)));
}
