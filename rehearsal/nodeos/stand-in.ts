// Joins a chain node to its peers: greets them, fetches the blocks it lacks, serves those they lack.

import { randomBytes } from 'node:crypto';
import type { Block } from './block.ts';
import { ChainNode } from './chain-node.ts';
import type { Connection } from './connection.ts';
import type { Forks } from './forks.ts';
import type { Log } from './log.ts';
import type { Hello, Message } from './messages.ts';
import { Peers } from './peers.ts';
import type { NodePorts, NodeSettings, RuntimeOptions } from './settings.ts';

/** The commit of nodeos v1.2.2, which this stands in for. */
export const commit = '04bdb089edc7e3c3f954e0aab4a7f3cb48635788';

/** Blocks in one answer. Source: sync-fetch-span, made smaller. */
const fetchSpan = 500;
/** An answer that does not come is asked for again. */
const fetchTimeoutMs = 3000;

export interface StandInSettings extends NodeSettings {
  chainId: string;
  /** What it says its version is, such as v1.2.2. */
  version: string;
  /** Where others may dial this node; told in the greeting. */
  address: string;
  redialMs: number;
  firstRedialMs: number;
  keepAliveMs: number;
}

export interface StandInPorts {
  log: Log;
  sign: NodePorts['sign'];
  keep: NodePorts['keep'];
  onHead: NodePorts['onHead'];
}

export class StandIn {
  readonly settings: StandInSettings;
  readonly node: ChainNode;
  readonly peers: Peers;
  readonly nodeId = randomBytes(32).toString('hex');
  readonly #log: Log;
  /** What is being fetched, and from whom. */
  #fetch: { connection: Connection; to: number; timer: NodeJS.Timeout } | undefined;
  #startFrom: string | undefined;

  constructor(
    settings: StandInSettings,
    options: RuntimeOptions,
    forks: Forks,
    fullBlocks: boolean,
    ports: StandInPorts,
  ) {
    this.settings = settings;
    this.#log = ports.log;
    this.node = new ChainNode(settings, options, forks, fullBlocks, {
      ...ports,
      onBlock: (block, from) => this.peers.broadcast({ type: 'block', block }, from as Connection | undefined),
      onVote: (vote, from) => this.peers.broadcast(vote, from as Connection | undefined),
    });
    const { chainId, redialMs, firstRedialMs, keepAliveMs } = settings;
    const peersSettings = { chainId, nodeId: this.nodeId, redialMs, firstRedialMs, keepAliveMs };
    this.peers = new Peers(peersSettings, {
      hello: () => this.#hello(),
      onHello: (hello, connection) => this.#onHello(hello, connection),
      onMessage: (message, connection) => this.#onMessage(message, connection),
      log: message => ports.log('info', 'net_plugin.cpp:1219', 'connection', message),
    });
  }

  async stop(): Promise<void> {
    await this.node.stop();
    clearTimeout(this.#fetch?.timer);
    this.peers.close();
  }

  get isSyncing(): boolean {
    return this.#fetch !== undefined;
  }

  #hello(): Hello {
    const { forks } = this.node;
    const { head, root, earliest } = forks;
    const { name: agent, chainId, address } = this.settings;
    const reference = ({ num, id }: Block): { num: number; id: string } => ({ num, id });
    const blocks = { head: reference(head), irreversible: reference(root), earliest };
    return { type: 'hello', agent, nodeId: this.nodeId, chainId, address, ...blocks, timeMs: Date.now() };
  }

  #onHello(hello: Hello, connection: Connection): void {
    const { forks } = this.node;
    if (forks.blocks.has(hello.head.id) || hello.head.num <= forks.root.num) return;
    if (hello.earliest > forks.head.num + 1) {
      // The peer no longer has what follows our head: begin where it is final, as one would with a snapshot.
      this.#startFrom = hello.irreversible.id;
      this.#request(connection, hello.irreversible.num, hello.head.num);
    } else {
      this.#request(connection, forks.root.num + 1, hello.head.num);
    }
  }

  #onMessage(message: Exclude<Message, Hello>, connection: Connection): void {
    switch (message.type) {
      case 'block': {
        const received = this.node.receive(message.block, connection, true);
        if (received === 'unlinkable') this.#request(connection, this.node.forks.root.num + 1, message.block.num);
        return;
      }
      case 'sync':
        this.#onSync(message.block, message.last, connection);
        return;
      case 'get':
        this.#serve(message.from, message.to, connection);
        return;
      case 'vote':
        this.node.receiveVote(message, connection);
        return;
      case 'goAway':
      case 'keepAlive':
        return;
    }
  }

  #request(connection: Connection, from: number, to: number): void {
    if (this.#fetch !== undefined && !this.#fetch.connection.socket.destroyed) return;
    clearTimeout(this.#fetch?.timer);
    const timer = setTimeout(() => {
      this.#fetch = undefined;
    }, fetchTimeoutMs);
    this.#fetch = { connection, to, timer };
    connection.send({ type: 'get', from, to });
  }

  #onSync(block: Block, last: boolean, connection: Connection): void {
    if (this.#startFrom === block.id) {
      this.#startFrom = undefined;
      this.node.restartFrom(block);
    } else if (this.node.receive(block, connection, false) === 'unlinkable' && block.num === 2)
      this.#logOtherGenesis(connection);
    if (!last || this.#fetch?.connection !== connection) return;
    const { to, timer } = this.#fetch;
    clearTimeout(timer);
    this.#fetch = undefined;
    if (block.num < to) this.#request(connection, block.num + 1, to);
  }

  #logOtherGenesis(connection: Connection): void {
    const remedy = 'give all nodes the same standin-producers and standin-genesis-slot';
    const message = `block 2 of ${connection.agent} does not follow our block 1: ${remedy}`;
    this.#log('error', 'net_plugin.cpp:3901', 'process_next_block_m', message);
  }

  #serve(from: number, to: number, connection: Connection): void {
    const { forks } = this.node;
    const first = Math.max(from, forks.earliest);
    const end = Math.min(to, forks.head.num, first + fetchSpan - 1);
    for (let num = first; num <= end; num++) {
      const block = forks.blocks.get(forks.branch.get(num) ?? '');
      if (block !== undefined) connection.send({ type: 'sync', block, last: num === end });
    }
  }
}
