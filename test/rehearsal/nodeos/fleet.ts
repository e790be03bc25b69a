// A small fleet for tests: the simulated network, our nodes with signers of their own, and the observer.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { slotAt, slotStartMs } from '#core/slots.ts';
import type { Judgement } from '#rehearsal/observer/ledger.ts';
import { type Nodeos, scratchFolder, startNodeos } from '../../contract/nodeos/nodeos.ts';
import { type RecordingSigner, startSigner } from '../../contract/nodeos/recording-signer.ts';
import { chainId } from './chain.ts';

const others = ['bpb', 'bpc', 'bpd'];

export interface Fact {
  type: string;
  slot: number;
  num: number;
  id: string;
  producer: string;
  node: string;
  nodes: string[];
  port: number;
  http: number;
}

interface Part {
  process: ChildProcess;
  facts: Fact[];
  /** Waits until a fact satisfies the condition. */
  fact(condition: (fact: Fact) => boolean): Promise<Fact>;
}

export class Fleet {
  readonly scratch = scratchFolder();
  readonly schedule: string[];
  readonly network: Part;
  readonly signers: RecordingSigner[] = [];
  readonly nodes: Nodeos[] = [];
  readonly networkPort: number;
  /** The first slot of bpa's next window. */
  windowStart: number;
  observer: Part | undefined;
  observerPort = 0;

  constructor(schedule: string[], windowStart: number, network: Part, networkPort: number) {
    this.schedule = schedule;
    this.windowStart = windowStart;
    this.network = network;
    this.networkPort = networkPort;
  }

  async addNode(name: string, options: readonly string[] = []): Promise<Nodeos> {
    const signer = await startSigner({ path: `${this.scratch.folder}/${name}.sock` });
    this.signers.push(signer);
    const shared = ['--http-validate-host', 'false', '--keosd-provider-timeout', '10000', '--agent-name', name];
    const chain = ['--standin-producers', this.schedule.join(','), '--standin-chain-id', chainId];
    const peers = ['--p2p-peer-address', `127.0.0.1:${this.networkPort}`];
    const all = [...shared, ...chain, ...peers, ...options];
    const node = await startNodeos({
      folder: `${this.scratch.folder}/${name}`,
      signerUrl: signer.url,
      producer: 'bpa',
      options: all,
    });
    this.nodes.push(node);
    if (this.observer !== undefined) await this.observe(node);
    return node;
  }

  /** Waits until all nodes follow the chain, and looks for the window that they are in time for. */
  async ready(): Promise<void> {
    for (const node of this.nodes) await node.logs(log => log.includes('Received block'), 'a block of the network');
    const round = this.schedule.length * 12;
    while (slotStartMs(this.windowStart) - Date.now() < 1200) this.windowStart += round;
  }

  async startObserver(): Promise<Part> {
    const given = [
      '--listen',
      '127.0.0.1:0',
      '--http',
      '127.0.0.1:0',
      '--producer',
      'bpa',
      '--peer',
      `127.0.0.1:${this.networkPort}`,
    ];
    this.observer = startPart('observer/main.ts', [
      ...given,
      '--schedule',
      this.schedule.join(','),
      '--chain-id',
      chainId,
    ]);
    const { port, http } = await this.observer.fact(({ type }) => type === 'listening');
    this.observerPort = http;
    for (const node of this.nodes) await this.observe(node, port);
    return this.observer;
  }

  async observe(
    node: Nodeos,
    port = this.observer?.facts.find(({ type }) => type === 'listening')?.port,
  ): Promise<void> {
    await node.call('/v1/net/connect', JSON.stringify(`127.0.0.1:${port}`));
  }

  /** The observer's judgement of the window, once its last slot is settled. */
  async judgement(): Promise<Judgement> {
    const waitMs = slotStartMs(this.windowStart + 12) + 3000 - Date.now();
    await new Promise(resolve => setTimeout(resolve, Math.max(0, waitMs)));
    const range = `from=${this.windowStart}&to=${this.windowStart + 11}`;
    const response = await fetch(`http://127.0.0.1:${this.observerPort}/ledger?${range}`);
    return (await response.json()) as Judgement;
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.stop('SIGKILL');
    for (const part of [this.network, this.observer]) {
      if (part === undefined || part.process.exitCode !== null) continue;
      part.process.kill('SIGKILL');
      await once(part.process, 'exit');
    }
    for (const signer of this.signers) signer.close();
    this.scratch.remove();
  }
}

/** Starts a network of four producers in which bpa's turn comes in about five seconds. */
export async function startFleet(): Promise<Fleet> {
  const next = Math.ceil(slotAt(Date.now() + 5000) / 12) * 12;
  const index = (next / 12) % (others.length + 1);
  const schedule = [...others.slice(0, index), 'bpa', ...others.slice(index)];
  const given = [
    '--listen',
    '127.0.0.1:0',
    '--producers',
    others.join(','),
    '--chain-id',
    chainId,
    '--http',
    '127.0.0.1:0',
  ];
  const network = startPart('nodeos/network.ts', [...given, '--quiet', '--schedule', schedule.join(',')]);
  const { port } = await network.fact(({ type }) => type === 'listening');
  return new Fleet(schedule, next, network, port);
}

export function startPart(file: string, given: readonly string[]): Part {
  const path = fileURLToPath(new URL(`../../../rehearsal/${file}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...given], { stdio: ['ignore', 'pipe', 'inherit'] });
  const facts: Fact[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', line => {
    facts.push(JSON.parse(line));
    for (const check of waiting) check();
  });
  const fact = (condition: (fact: Fact) => boolean): Promise<Fact> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(new Error(`${file}: no such fact in 60 s`))), 60_000);
      const settle = (done: () => void): void => {
        clearTimeout(timer);
        waiting.delete(check);
        done();
      };
      const check = (): void => {
        const found = facts.find(condition);
        if (found !== undefined) settle(() => resolve(found));
      };
      waiting.add(check);
      check();
    });
  return { process: child, facts, fact };
}
