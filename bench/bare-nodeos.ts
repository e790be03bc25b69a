// As much of a nodeos as a monitor asks for, whose blocks are made when a benchmark says so. Its producer is alone in the schedule: every slot
// is ours, and the monitor signs all day. It asks for signatures as nodeos does: one kept connection to the unix socket, one request at a time.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { slotAt, slotTimestamp } from '#core/slots.ts';
import { Signer, SignerError } from '#rehearsal/nodeos/signer.ts';
import { produceBlockOffsetMs } from './monitor.ts';

/** As the chart sets keosd-provider-timeout. */
const chartTimeoutMs = 400;

/** What a request for a signature came to, and how long it took. */
export type Asked = { kind: 'signed'; tookMs: number } | { kind: 'refused'; tookMs: number; reason: string };

export interface BareNodeos {
  url: string;
  isPaused(): boolean;
  /** Resolves at the next resume. */
  resumed(): Promise<void>;
  /** Somebody else's block arrives and becomes the head. */
  receive(block: { id: string; slot: number }): void;
  /**
   * Asks for the signature of the next block, which becomes the head when it is signed.
   * @param stamp `early`: the block carries the slot before the one that was claimed, as when a request came late; the next request then
   * stands for the claimed slot once more, and its signer must ask for the head first.
   */
  sign(stamp?: 'early'): Promise<Asked>;
  stop(): void;
}

export async function startBareNodeos(options: {
  producer: string;
  chainId: string;
  publicKey: string;
  socket: string;
  /** How long it waits for a signature; as the chart's nodeos by default. */
  signerTimeoutMs?: number;
}): Promise<BareNodeos> {
  const { producer, chainId, publicKey, socket, signerTimeoutMs = chartTimeoutMs } = options;
  const signer = new Signer(
    { publicKey, url: `unix://${socket}`, target: { kind: 'unix', path: socket } },
    signerTimeoutMs,
  );
  let paused = true;
  let onResume: () => void = () => undefined;
  let head = { id: blockId(1), num: 1, slot: slotAt(Date.now()) };

  const answers: Record<string, () => unknown> = {
    '/v1/chain/get_info': () => ({
      chain_id: chainId,
      server_version_string: 'v1.2.2',
      head_block_num: head.num,
      head_block_id: head.id,
      head_block_time: slotTimestamp(head.slot),
      head_block_producer: producer,
      last_irreversible_block_num: Math.max(1, head.num - 2),
    }),
    '/v1/chain/get_producer_schedule': () => ({
      active: { version: 1, producers: [{ producer_name: producer }] },
      pending: null,
      proposed: null,
    }),
    '/v1/producer/paused': () => paused,
    '/v1/producer/get_runtime_options': () => ({ produce_block_offset_ms: produceBlockOffsetMs }),
    '/v1/net/connections': () => [
      { peer: 'a-stranger:9876', connecting: false, is_socket_open: true, last_handshake: { agent: 'a stranger' } },
    ],
    '/v1/producer/pause': () => {
      paused = true;
      return { result: 'ok' };
    },
    '/v1/producer/resume': () => {
      paused = false;
      onResume();
      return { result: 'ok' };
    },
  };
  const server = createServer((incoming, response) => {
    incoming.resume();
    const answer = answers[incoming.url ?? ''];
    const body = JSON.stringify(answer?.() ?? null);
    response
      .writeHead(answer === undefined ? 404 : 200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      })
      .end(body);
  });
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isPaused: () => paused,
    resumed: () =>
      new Promise(resolve => {
        onResume = resolve;
      }),
    receive: ({ id, slot }) => {
      head = { id, num: head.num + 1, slot };
    },
    sign: async stamp => {
      const slot = Math.max(slotAt(Date.now()), head.slot) + (stamp === 'early' ? 0 : 1);
      const id = blockId(head.num + 1);
      const sentMs = performance.now();
      try {
        await signer.sign(id);
      } catch (error) {
        if (!(error instanceof SignerError)) throw error;
        return { kind: 'refused', tookMs: performance.now() - sentMs, reason: error.message };
      }
      const tookMs = performance.now() - sentMs;
      head = { id, num: head.num + 1, slot };
      return { kind: 'signed', tookMs };
    },
    stop: () => {
      signer.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A block's id tells its number, as EOS' do. */
export function blockId(num: number): string {
  return num.toString(16).padStart(8, '0') + randomBytes(28).toString('hex');
}
