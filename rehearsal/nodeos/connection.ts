// One connection to a peer: lines of JSON over a socket, and what is known of the other side.

import type { Socket } from 'node:net';
import { type Hello, type Message, parseMessage } from './messages.ts';

/** A line longer than this comes from no stand-in. */
const longestLine = 1_000_000;
/** What a peer that reads nothing may leave unsent before it is dropped. */
const mostUnsentBytes = 16_000_000;

export interface ConnectionEvents {
  onMessage(message: Message, connection: Connection): void;
  onClose(connection: Connection): void;
}

export class Connection {
  readonly id: number;
  readonly socket: Socket;
  /** The address that was dialled; empty for a connection that came in. */
  readonly dialled: string;
  readonly events: ConnectionEvents;
  hello: Hello | undefined;
  isOpen = false;
  lastReceivedMs = Date.now();
  lastVoteMs = 0;
  #rest = '';

  constructor(id: number, socket: Socket, dialled: string, events: ConnectionEvents) {
    this.id = id;
    this.socket = socket;
    this.dialled = dialled;
    this.events = events;
    this.isOpen = !socket.connecting;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.once('connect', () => {
      this.isOpen = true;
    });
    socket.on('data', (chunk: string) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.isOpen = false;
      events.onClose(this);
    });
  }

  send(message: Message): void {
    if (!this.isOpen) return;
    if (this.socket.writableLength > mostUnsentBytes) this.socket.destroy();
    else this.socket.write(`${JSON.stringify(message)}\n`);
  }

  close(reason?: string): void {
    if (reason !== undefined) this.send({ type: 'goAway', reason });
    this.socket.destroySoon();
  }

  /** Who the other side says it is. */
  get agent(): string {
    return this.hello?.agent ?? '';
  }

  get remote(): { host: string; port: string } {
    return { host: this.socket.remoteAddress ?? '', port: String(this.socket.remotePort ?? '') };
  }

  #receive(chunk: string): void {
    this.lastReceivedMs = Date.now();
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = parseMessage(line);
      if (message === undefined || this.socket.destroyed) return void this.socket.destroy();
      this.events.onMessage(message, this);
    }
    if (this.#rest.length > longestLine) this.socket.destroy();
  }
}
