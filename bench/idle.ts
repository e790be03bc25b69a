// What a monitor costs while it has nothing to sign: memory and CPU in the gap between two windows, of the holder and of a standby.

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';
import { registerKeys } from '#core/failover/keys.ts';
import { slotAt, slotStartMs, slotsPerWindow, windowFrom } from '#core/slots.ts';
import { type EtcdMembers, startEtcdMembers } from './etcd-members.ts';
import { chainId, makeNodeFolder, prefix, produceBlockOffsetMs, publicKey, startMonitor } from './monitor.ts';
import { freePorts, openProcesses, type Processes, until, usageOf } from './processes.ts';
import { initialiseClaim } from './producers.ts';
import { spreadOf } from './statistics.ts';
import { atMost, type Finding, type Row } from './table.ts';

const mostMemoryMiB = 120;
const mostCpuShare = 0.05;
const producer = 'benchbp';
const producerTotal = 21;
/** Slots until our window starts: all processes are up by then. The gap after it lasts two minutes. */
const slotsToWindow = 2 * slotsPerWindow;
const afterWindowMs = 3000;

/** @param seconds in the gap */
export async function measureIdle(seconds: number): Promise<Finding> {
  const processes = await openProcesses();
  let etcd: EtcdMembers | undefined;
  try {
    etcd = await startEtcdMembers(processes);
    const schedule = scheduleFromNow();
    const [network = 0] = await freePorts(1);
    startNetwork(processes, network, schedule);
    await initialiseClaim(etcd, registerKeys({ prefix, chainId, producer }));
    const holder = await startNode(processes, { name: 'a', network, schedule, etcd });
    const isHolder = async () => (await holder.metrics()).get('active_eos_holder') === 1;
    await until('a holder', 20_000, () =>
      isHolder().then(
        isIt => (isIt ? true : undefined),
        () => undefined,
      ),
    );
    const standby = await startNode(processes, { name: 'b', network, schedule, etcd });
    const window = windowFrom(schedule, producer, slotAt(Date.now()));
    await rest(slotStartMs(window?.last ?? 0) + afterWindowMs - Date.now());
    const signed = (await holder.metrics()).get('active_eos_claims_total') ?? 0;
    const [ofHolder, ofStandby] = await Promise.all(
      [holder, standby].map(({ process }) => watchUsage(process, seconds)),
    );
    return {
      title: 'idle',
      how:
        `${seconds} s of the gap between two windows with ${producerTotal} producers, right after a window in which the holder signed ${signed} of ${slotsPerWindow} blocks: ` +
        'monitor processes beside stand-ins for nodeos, three real etcd members.',
      rows: [...rowsOf('the holder', ofHolder), ...rowsOf('a standby', ofStandby)],
    };
  } finally {
    etcd?.close();
    await processes.stop();
  }
}

/** Our place in the schedule is chosen so that our window comes soon, and then not for two minutes. */
function scheduleFromNow(): string[] {
  const place = Math.floor((slotAt(Date.now()) + slotsToWindow) / slotsPerWindow) % producerTotal;
  return Array.from({ length: producerTotal }, (_, index) =>
    index === place ? producer : `other${'abcdefghijklmnopqrstuvwxyz'[index]}`,
  );
}

function startNetwork({ start }: Processes, port: number, schedule: readonly string[]): void {
  const others = schedule.filter(name => name !== producer);
  const args = ['rehearsal/nodeos/network.ts', '--quiet', '--listen', `127.0.0.1:${port}`, '--chain-id', chainId];
  start(process.execPath, [...args, '--producers', others.join(','), '--schedule', schedule.join(',')], 'network');
}

async function startNode(
  processes: Processes,
  parts: { name: string; network: number; schedule: readonly string[]; etcd: EtcdMembers },
) {
  const { name, network, schedule, etcd } = parts;
  const [p2p = 0, http = 0] = await freePorts(2);
  const { folder, socket } = await makeNodeFolder(processes, name);
  const options = {
    'data-dir': join(folder, 'data'),
    'config-dir': folder,
    'producer-name': producer,
    'signature-provider': `${publicKey}=KEOSD:unix://${socket}`,
    'keosd-provider-timeout': '400',
    'pause-on-startup': 'true',
    'production-pause-vote-timeout-ms': '0',
    'produce-block-offset-ms': String(produceBlockOffsetMs),
    'http-server-address': `127.0.0.1:${http}`,
    'http-validate-host': 'false',
    'p2p-listen-endpoint': `127.0.0.1:${p2p}`,
    'p2p-peer-address': `127.0.0.1:${network}`,
    'agent-name': name,
    'standin-producers': schedule.join(','),
    'standin-chain-id': chainId,
  };
  const given = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  processes.start(process.execPath, ['rehearsal/nodeos/main.ts', ...given], `${name}-nodeos`);
  const nodeosUrl = `http://127.0.0.1:${http}`;
  return startMonitor(processes, { name, folder, socket, producer, nodeosUrl, endpoints: etcd.endpoints });
}

interface Usage {
  cpuShare: number;
  memoryMiB: number[];
}

async function watchUsage(child: ChildProcess, seconds: number): Promise<Usage> {
  const startedMs = performance.now();
  const before = usageOf(child);
  const memoryMiB = [before.residentMiB];
  for (let second = 0; second < seconds; second++) {
    await rest(1000);
    memoryMiB.push(usageOf(child).residentMiB);
  }
  const spentSeconds = usageOf(child).cpuSeconds - before.cpuSeconds;
  return { cpuShare: spentSeconds / ((performance.now() - startedMs) / 1000), memoryMiB };
}

function rowsOf(who: string, usage: Usage | undefined): Row[] {
  const { cpuShare, memoryMiB } = usage ?? { cpuShare: Number.NaN, memoryMiB: [] };
  const { p50, max } = spreadOf(memoryMiB);
  return [
    atMost(
      `${who}: resident memory, max of a look each second`,
      max,
      mostMemoryMiB,
      value => `${value.toFixed(0)} MiB`,
    ),
    { figure: `${who}: resident memory, p50`, measured: `${p50.toFixed(0)} MiB` },
    atMost(`${who}: CPU, mean`, cpuShare, mostCpuShare, value => `${(value * 100).toFixed(1)} % of a core`),
  ];
}
