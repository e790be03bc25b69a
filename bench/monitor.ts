// Starts the real monitor process and reads what it tells of itself: it is measured from outside.

import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareImageEnvironment } from './image.ts';
import { freePorts, type Processes } from './processes.ts';

export const chainId = 'cf057bbfb72640471fd910bcb67639c22df9f92470936cddc1ade0e2f2e7dc4f';
export const prefix = '/active-eos';
export const produceBlockOffsetMs = 450;
/** The published development key pair. */
export const publicKey = 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV';
const privateKey = '5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3';

export interface MonitorProcess {
  process: ChildProcess;
  /** Its own counters and gauges, by name with labels. */
  metrics(): Promise<Map<string, number>>;
}

/** A folder of its own for a node, and where its monitor will listen for nodeos. */
export async function makeNodeFolder(processes: Processes, name: string): Promise<{ folder: string; socket: string }> {
  const folder = join(processes.folder, name);
  await mkdir(folder);
  return { folder, socket: join(folder, 'signer.sock') };
}

/** @param node.endpoints of etcd, nearest first */
export async function startMonitor(
  processes: Processes,
  node: {
    name: string;
    folder: string;
    socket: string;
    producer: string;
    nodeosUrl: string;
    endpoints: string[];
    claimAhead?: 0 | 1;
  },
): Promise<MonitorProcess> {
  const { name, folder, socket, producer, nodeosUrl, endpoints } = node;
  const [p2pPort = 0, port = 0] = await freePorts(2);
  const config = {
    node: name,
    site: `site-${name}`,
    zone: 'a',
    priority: 100,
    producer,
    chainId,
    publicKey,
    prefix,
    nodeosUrl,
    signerSocket: socket,
    keyFile: join(folder, 'key'),
    produceBlockOffsetMs,
    minPeers: 1,
    claimAhead: node.claimAhead ?? 0,
    p2pPort,
    listen: { host: '127.0.0.1', port },
    etcd: { endpoints },
  };
  await writeFile(config.keyFile, privateKey, { mode: 0o400 });
  await writeFile(join(folder, 'monitor.json'), JSON.stringify(config));
  const args = ['monitor/main.ts', '--config', join(folder, 'monitor.json'), '--pod-ip', '127.0.0.1'];
  return {
    process: processes.start(process.execPath, args, `${name}-monitor`, await prepareImageEnvironment(processes)),
    metrics: () => readMetrics(port),
  };
}

async function readMetrics(port: number): Promise<Map<string, number>> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(2000) });
  return parseMetrics(await answer.text());
}

/** Samples of Prometheus' text format. */
export function parseMetrics(text: string): Map<string, number> {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map(line => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))] as const;
    }),
  );
}
