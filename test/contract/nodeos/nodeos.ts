// The nodeos under test: the stand-in, or the real binary when NODEOS=/path/to/nodeos is set. Starts it, asks it, reads its log.

import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const binary = process.env.NODEOS;
export const isStandIn = binary === undefined;

/** The key pair that every nodeos knows as its default; it guards nothing. */
export const publicKey = 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV';

const standIn = fileURLToPath(new URL('../../../rehearsal/nodeos/main.ts', import.meta.url));

/** How long anything may take before a test gives up. */
const patienceMs = 60_000;
/** How often a taken port is asked for again. */
const portAttempts = 3;

export interface NodeosOptions {
  folder: string;
  signerUrl?: string;
  /** A producer of a chain that others are on too; without one the node has a chain to itself. */
  producer?: string;
  /** Further options of nodeos. */
  options?: readonly string[];
  httpPort?: number;
  p2pPort?: number;
}

export interface Reply {
  status: number;
  head: string;
  body: string;
  ms: number;
}

export interface ProducedBlock {
  num: number;
  timestamp: string;
  loggedMs: number;
}

export class Nodeos {
  readonly process: ChildProcess;
  readonly folder: string;
  readonly #events = new EventEmitter();
  #isLogWhole = false;
  log = '';
  httpPort: number;
  p2pPort: number;

  constructor(child: ChildProcess, place: { folder: string; httpPort: number; p2pPort: number }) {
    this.process = child;
    this.folder = place.folder;
    this.httpPort = place.httpPort;
    this.p2pPort = place.p2pPort;
    this.#events.setMaxListeners(100);
    child.stderr?.setEncoding('utf8');
    child.stderr?.on('data', (text: string) => {
      this.log += text;
      this.#events.emit('log');
    });
    // Its last lines may come after its end: only then no line will.
    child.once('close', () => {
      this.#isLogWhole = true;
      this.#events.emit('log');
    });
  }

  /** Waits until the log satisfies `condition`, and gives its result. */
  async logs<T>(condition: (log: string) => T | undefined | false, what: string): Promise<T> {
    const deadline = AbortSignal.timeout(patienceMs);
    for (;;) {
      const result = condition(this.log);
      if (result !== undefined && result !== false) return result;
      if (deadline.aborted || this.#isLogWhole)
        throw new Error(`${what}: not within reach; the log ends:\n${this.log.slice(-1500)}`);
      await once(this.#events, 'log', { signal: deadline }).catch(() => undefined);
    }
  }

  produced(): ProducedBlock[] {
    const lines = this.log.matchAll(/^info +(\S+) .*\] Produced block \S+ #(\d+) @ (\S+) signed by/gm);
    return [...lines].map(([, logged = '', num = '', timestamp = '']) => ({
      num: Number(num),
      timestamp,
      loggedMs: Date.parse(`${logged}Z`),
    }));
  }

  /** Waits until it has produced `count` blocks in all. */
  async producedAtLeast(count: number): Promise<ProducedBlock[]> {
    return this.logs(() => {
      const blocks = this.produced();
      return blocks.length >= count && blocks;
    }, `${count} produced blocks`);
  }

  async call(path: string, body = '{}'): Promise<Reply> {
    const host = `127.0.0.1:${this.httpPort}`;
    const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nConnection: close`;
    return this.raw(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  }

  async value(path: string, body?: string): Promise<Record<string, unknown>> {
    return JSON.parse((await this.call(path, body)).body);
  }

  /** Sends the exact request and reads one reply. */
  async raw(request: string): Promise<Reply> {
    const startedMs = performance.now();
    const isHead = request.startsWith('HEAD');
    const socket = connect(this.httpPort, '127.0.0.1');
    socket.setTimeout(patienceMs, () => socket.destroy(new Error(`no answer to ${request.slice(0, 60)}`)));
    socket.write(request);
    let text = '';
    for await (const chunk of socket.setEncoding('utf8')) {
      text += chunk;
      const [head, body] = splitOnce(text, '\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      if (body !== undefined && (isHead || body.length >= length)) break;
    }
    socket.destroy();
    const [head, body = ''] = splitOnce(text, '\r\n\r\n');
    return { status: Number(head.split(' ')[1]), head, body, ms: performance.now() - startedMs };
  }

  /** Resolves with the exit code. */
  async ended(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await once(this.process, 'exit', { signal: AbortSignal.timeout(patienceMs) });
    }
    return this.process.exitCode;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.process.kill(signal);
    return this.ended();
  }
}

export function scratchFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'nodeos-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs nodeos as it is told, for runs that are to fail. */
export function spawnNodeos(
  options: readonly string[],
  place: { folder: string; httpPort: number; p2pPort: number } = { folder: '', httpPort: 0, p2pPort: 0 },
): Nodeos {
  const [command, first] = binary === undefined ? [process.execPath, [standIn]] : [binary, []];
  const child = spawn(command, [...first, ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  return new Nodeos(child, place);
}

/**
 * Starts a node, by default on a chain of its own every slot of which is its own, and waits until the API answers.
 * A port that somebody took before the node listened is asked for again; a node that does not get there is ended.
 */
export async function startNodeos(given: NodeosOptions): Promise<Nodeos> {
  for (let attempt = 1; ; attempt++) {
    const started = await spawnListener(given);
    try {
      await started.logs(log => log.includes('for API categories: all'), 'a listening HTTP server');
      return started;
    } catch (error) {
      await started.stop('SIGKILL');
      if (attempt === portAttempts || !/address already in use/i.test(started.log)) throw error;
    }
  }
}

async function spawnListener(given: NodeosOptions): Promise<Nodeos> {
  const { folder, signerUrl, producer, options = [] } = given;
  const httpPort = given.httpPort ?? (await freePort());
  const p2pPort = given.p2pPort ?? (await freePort());
  const provider = signerUrl === undefined ? [] : ['--signature-provider', `${publicKey}=KEOSD:${signerUrl}`];
  const role = producer === undefined ? ['-e', '-p', 'eosio'] : ['-p', producer];
  const plugins = ['chain_api', 'net_api', 'producer_api'].flatMap(name => ['--plugin', `eosio::${name}_plugin`]);
  const addresses = ['--http-server-address', `127.0.0.1:${httpPort}`, '--p2p-listen-endpoint', `127.0.0.1:${p2pPort}`];
  const folders = ['--data-dir', join(folder, 'data'), '--config-dir', join(folder, 'config')];
  const all = [...role, ...provider, ...plugins, ...addresses, ...folders, ...options];
  return spawnNodeos(all, { folder, httpPort, p2pPort });
}

/** A port that the kernel gave and that is free again: the real nodeos cannot say which one it took. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
