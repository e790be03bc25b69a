// Talks to one nodeos over its HTTP API. Every call has a deadline; nothing is retried.

import { Agent, request } from 'node:http';
import { slotOfTimestamp } from '#core/slots.ts';

/** - `silent`: no answer in time, or no connection. - `refused`: it answered with an error. - `garbled`: an answer we cannot read. */
export type NodeosErrorCode = 'silent' | 'refused' | 'garbled';

/** What could not be done with nodeos, and why. */
export class NodeosError extends Error {
  readonly code: NodeosErrorCode;

  constructor(code: NodeosErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'NodeosError';
    this.code = code;
  }
}

/** Whether nobody listens where nodeos should: it has ended, or has not begun. One that hangs is there. */
export function isNobodyThere({ cause }: NodeosError): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

/** What get_info says, as far as we use it. */
export interface ChainInfo {
  chainId: string;
  version: string;
  headNum: number;
  headId: string;
  headSlot: number;
  headProducer: string;
  lib: number;
}

/** A p2p connection of nodeos. */
export interface PeerConnection {
  /** As nodeos was told to dial it; empty for who dialled us. */
  peer: string;
  /** agent-name of the other side, once it said hello. */
  agent: string;
  isOpen: boolean;
}

/** One nodeos. */
export interface Nodeos {
  /** Answered on nodeos' HTTP threads from a copy: proves nothing about its main thread. */
  info(deadlineMs: number): Promise<ChainInfo>;
  /** Answered by the main thread. */
  paused(deadlineMs: number): Promise<boolean>;
  pause(deadlineMs: number): Promise<void>;
  resume(deadlineMs: number): Promise<void>;
  /** Producer names of the active and, when there is one, the pending schedule. */
  schedules(deadlineMs: number): Promise<string[][]>;
  connections(deadlineMs: number): Promise<PeerConnection[]>;
  connect(address: string, deadlineMs: number): Promise<void>;
  produceBlockOffsetMs(deadlineMs: number): Promise<number>;
  /** The producer's signature in a block's header, also of one that a fork dropped. Answered by the main thread. */
  signatureOf(blockId: string, deadlineMs: number): Promise<string>;
  close(): void;
}

/** Opens a client; nothing is sent until the first call. @param url such as `http://127.0.0.1:8888` */
export function connectNodeos(url: string): Nodeos {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const call = (path: string, deadlineMs: number, body: unknown = {}) =>
    post(new URL(path, url), body, agent, deadlineMs);
  return {
    info: async deadlineMs => readInfo(await call('/v1/chain/get_info', deadlineMs)),
    paused: async deadlineMs => {
      const answer = await call('/v1/producer/paused', deadlineMs);
      if (typeof answer !== 'boolean') throw garbled('/v1/producer/paused', answer);
      return answer;
    },
    pause: async deadlineMs => void (await call('/v1/producer/pause', deadlineMs)),
    resume: async deadlineMs => void (await call('/v1/producer/resume', deadlineMs)),
    schedules: async deadlineMs => readSchedules(await call('/v1/chain/get_producer_schedule', deadlineMs)),
    connections: async deadlineMs => readConnections(await call('/v1/net/connections', deadlineMs)),
    connect: async (address, deadlineMs) => void (await call('/v1/net/connect', deadlineMs, address)),
    produceBlockOffsetMs: async deadlineMs => {
      const answer = await call('/v1/producer/get_runtime_options', deadlineMs);
      const offset = isObject(answer) ? answer.produce_block_offset_ms : undefined;
      if (typeof offset !== 'number') throw garbled('/v1/producer/get_runtime_options', answer);
      return offset;
    },
    signatureOf: async (blockId, deadlineMs) => {
      const answer = await call('/v1/chain/get_block_header', deadlineMs, { block_num_or_id: blockId });
      const header = isObject(answer) ? answer.signed_block_header : undefined;
      const signature = isObject(header) ? header.producer_signature : undefined;
      if (typeof signature !== 'string') throw garbled('/v1/chain/get_block_header', answer);
      return signature;
    },
    close: () => agent.destroy(),
  };
}

function post(url: URL, body: unknown, agent: Agent, deadlineMs: number): Promise<unknown> {
  const payload = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const silent = (cause: unknown) => {
      clearTimeout(timer);
      reject(
        new NodeosError(
          'silent',
          `nodeos did not answer ${url.pathname}: ${cause instanceof Error ? cause.message : String(cause)}`,
          cause,
        ),
      );
    };
    const outgoing = request(url, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
    });
    // A timer of our own: node's socket timeout counts idle time only.
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
    outgoing.on('error', silent);
    outgoing.on('response', response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', silent);
      response.on('end', () => {
        clearTimeout(timer);
        const text = Buffer.concat(chunks).toString();
        if ((response.statusCode ?? 500) >= 300)
          return reject(
            new NodeosError(
              'refused',
              `nodeos answered ${url.pathname} with ${response.statusCode}: ${text.slice(0, 300)}`,
            ),
          );
        try {
          resolve(JSON.parse(text));
        } catch {
          reject(garbled(url.pathname, text.slice(0, 300)));
        }
      });
    });
    outgoing.end(payload);
  });
}

function readInfo(answer: unknown): ChainInfo {
  const info = isObject(answer) ? answer : {};
  const headSlot = slotOfTimestamp(String(info.head_block_time));
  const { chain_id, head_block_id, head_block_num, last_irreversible_block_num } = info;
  if (
    typeof chain_id !== 'string' ||
    typeof head_block_id !== 'string' ||
    typeof head_block_num !== 'number' ||
    Number.isNaN(headSlot)
  ) {
    throw garbled('/v1/chain/get_info', answer);
  }
  return {
    chainId: chain_id,
    version: asText(info.server_version_string),
    headNum: head_block_num,
    headId: head_block_id,
    headSlot,
    headProducer: asText(info.head_block_producer),
    lib: Number(last_irreversible_block_num ?? 0),
  };
}

function readSchedules(answer: unknown): string[][] {
  const { active, pending } = isObject(answer) ? answer : {};
  const schedules = [active, pending].flatMap(schedule => {
    if (!isObject(schedule) || !Array.isArray(schedule.producers)) return [];
    return [schedule.producers.map(producer => String(isObject(producer) ? producer.producer_name : ''))];
  });
  if (schedules.length === 0) throw garbled('/v1/chain/get_producer_schedule', answer);
  return schedules;
}

function readConnections(answer: unknown): PeerConnection[] {
  if (!Array.isArray(answer)) throw garbled('/v1/net/connections', answer);
  return answer.filter(isObject).map(connection => ({
    peer: asText(connection.peer),
    agent: isObject(connection.last_handshake) ? asText(connection.last_handshake.agent) : '',
    isOpen: connection.is_socket_open !== false && connection.connecting !== true,
  }));
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function garbled(path: string, answer: unknown): NodeosError {
  return new NodeosError(
    'garbled',
    `nodeos answered ${path} with something unexpected: ${JSON.stringify(answer)?.slice(0, 200)}`,
  );
}
