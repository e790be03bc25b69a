// The connections to other nodes: those dialled, again and again, and those that come in. Says what the net API says of them.

import { connect, createServer, type Server, type Socket } from 'node:net';
import { Connection } from './connection.ts';
import type { Hello, Message } from './messages.ts';

export interface PeersSettings {
  chainId: string;
  nodeId: string;
  /** How long until a lost peer is dialled again; nodeos: connection-cleanup-period, 30 s. */
  redialMs: number;
  /** The same for a peer that was never reached: in a fleet that starts, peers appear one by one. */
  firstRedialMs: number;
  keepAliveMs: number;
}

export interface PeersEvents {
  hello(): Hello;
  onHello(hello: Hello, connection: Connection): void;
  onMessage(message: Exclude<Message, Hello>, connection: Connection): void;
  log(message: string): void;
}

interface Dialled {
  address: string;
  connection: Connection | undefined;
  wasReached: boolean;
  timer: NodeJS.Timeout | undefined;
}

export class Peers {
  readonly #settings: PeersSettings;
  readonly #events: PeersEvents;
  readonly #open = new Set<Connection>();
  readonly #dialled = new Map<string, Dialled>();
  #server: Server | undefined;
  #keepAlive: NodeJS.Timeout;
  #lastId = 0;
  failedConnections = 0;

  constructor(settings: PeersSettings, events: PeersEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#keepAlive = setInterval(() => this.#checkAlive(), settings.keepAliveMs);
  }

  /** Starts listening; gives the port. */
  listen(host: string, port: number): Promise<number> {
    const server = createServer(socket => this.#accept(socket, ''));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Dials a peer from now on; answers as /v1/net/connect does. */
  connect(address: string): string {
    if (this.#dialled.has(address)) return 'already connected';
    if (splitAddress(address) === undefined) return 'invalid peer address';
    const dialled: Dialled = { address, connection: undefined, wasReached: false, timer: undefined };
    this.#dialled.set(address, dialled);
    this.#dial(dialled);
    return 'added connection';
  }

  disconnect(address: string): string {
    const dialled = this.#dialled.get(address);
    if (dialled === undefined) return 'no known connection for host';
    this.#dialled.delete(address);
    clearTimeout(dialled.timer);
    dialled.connection?.close();
    return 'connection removed';
  }

  broadcast(message: Message, except?: Connection): void {
    for (const connection of this.#open) {
      if (connection !== except && connection.hello !== undefined) connection.send(message);
    }
  }

  /** All connections: dialled ones whether they are open or not, then those that came in. */
  list(): { address: string; connection: Connection | undefined }[] {
    const dialled = [...this.#dialled.values()].map(({ address, connection }) => ({ address, connection }));
    const incoming = [...this.#open]
      .filter(({ dialled }) => dialled === '')
      .map(connection => ({ address: '', connection }));
    return [...dialled, ...incoming];
  }

  close(): void {
    clearInterval(this.#keepAlive);
    this.#server?.close();
    for (const { timer } of this.#dialled.values()) clearTimeout(timer);
    this.#dialled.clear();
    for (const connection of this.#open) connection.socket.destroy();
  }

  #dial(dialled: Dialled): void {
    const target = splitAddress(dialled.address);
    if (target === undefined) return;
    dialled.connection = this.#accept(connect(target.port, target.host), dialled.address);
  }

  #accept(socket: Socket, dialled: string): Connection {
    this.#lastId++;
    const connection = new Connection(this.#lastId, socket, dialled, {
      onMessage: (message, from) => this.#receive(message, from),
      onClose: closed => this.#forget(closed),
    });
    this.#open.add(connection);
    if (connection.isOpen) connection.send(this.#events.hello());
    else socket.once('connect', () => connection.send(this.#events.hello()));
    return connection;
  }

  #receive(message: Message, connection: Connection): void {
    if (message.type !== 'hello') {
      if (message.type === 'vote') connection.lastVoteMs = Date.now();
      if (message.type === 'goAway') {
        this.#events.log(`${connection.dialled || connection.remote.host} sent us away: ${message.reason}`);
        connection.close();
      } else if (connection.hello !== undefined) this.#events.onMessage(message, connection);
      return;
    }
    connection.hello = message;
    const dialled = this.#dialled.get(connection.dialled);
    if (dialled !== undefined) dialled.wasReached = true;
    if (message.chainId !== this.#settings.chainId) connection.close('wrong chain');
    else if (message.nodeId === this.#settings.nodeId) connection.close('self connect');
    else if (!this.#isDuplicate(connection, message)) this.#events.onHello(message, connection);
  }

  /** Two nodes need one connection: the one that the lower node id dialled stays, of two that the same node dialled the first. */
  #isDuplicate(connection: Connection, hello: Hello): boolean {
    const dialler = (each: Connection): string => (each.dialled === '' ? hello.nodeId : this.#settings.nodeId);
    for (const other of this.#open) {
      if (other === connection || other.hello?.nodeId !== hello.nodeId || other.socket.destroyed) continue;
      const surplus = dialler(other) <= dialler(connection) ? connection : other;
      this.#events.log(`closing connection - ${surplus.id}: duplicate of the connection to ${hello.agent}`);
      surplus.close('duplicate');
      if (surplus === connection) return true;
    }
    return false;
  }

  #forget(connection: Connection): void {
    this.#open.delete(connection);
    const dialled = this.#dialled.get(connection.dialled);
    if (dialled?.connection !== connection) return;
    if (connection.hello === undefined) this.failedConnections++;
    const waitMs = dialled.wasReached ? this.#settings.redialMs : this.#settings.firstRedialMs;
    dialled.timer = setTimeout(() => this.#dial(dialled), waitMs);
  }

  /** Drops who has been silent for long: a partition breaks no connection by itself. */
  #checkAlive(): void {
    for (const connection of this.#open) {
      if (Date.now() - connection.lastReceivedMs > this.#settings.keepAliveMs * 2.5) connection.socket.destroy();
      else connection.send({ type: 'keepAlive' });
    }
  }
}

/** `host:port`, with what nodeos allows behind it (`:trx`, `:blk`, a rate) left out. */
export function splitAddress(address: string): { host: string; port: number } | undefined {
  const match = /^(\[[^\]]+\]|[^:]+):(\d+)(:\w+)?$/.exec(address);
  if (match === null) return undefined;
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}
