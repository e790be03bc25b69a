// The unix socket at which nodeos asks for signatures, in keosd's manner: POST [digest, public key], a JSON string back, 500 to refuse.

import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isSamePublicKey } from '#adapters/signature/k1.ts';
import type { RefusalReason } from '#core/failover/signing.ts';
import type { KeyedDesk } from './signer.ts';

/** A request is about 130 bytes. */
const maxBodyBytes = 4096;

type OnRefused = (reason: RefusalReason, detail: string) => void;

/**
 * Listens at `path`, readable by owner and group only.
 * @param desks each for the requests that name its key
 * @param onRefused told of what never reached a desk
 */
export async function listenForSigning(
  path: string,
  desks: readonly [KeyedDesk, ...KeyedDesk[]],
  onRefused: OnRefused = () => undefined,
): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer((incoming, response) => {
    void answer(incoming, response, { desks, onRefused });
  });
  // nodeos keeps one connection between its windows; a server that closed it would lose the first block of each.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o660);
  return server;
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  { desks, onRefused }: { desks: readonly [KeyedDesk, ...KeyedDesk[]]; onRefused: OnRefused },
): Promise<void> {
  const body = await readBody(incoming);
  // It hung up half-way: there is nobody to answer.
  if (body === undefined) return;
  const refuseUnasked: OnRefused = (reason, detail) => {
    onRefused(reason, detail);
    refuse(response, reason, detail);
  };
  const asked = parseSigningRequest(body);
  if (asked === undefined) return refuseUnasked('bad-request', 'expected ["<64 hex digits>", "<public key>"]');
  const keyed = desks.find(
    ({ publicKey }) => asked.publicKey === publicKey || isSamePublicKey(asked.publicKey, publicKey),
  );
  if (keyed === undefined) return refuseUnasked('wrong-key', `this signer holds ${desks[0].publicKey}`);
  const result = await keyed.desk.sign(asked.digest);
  if (result.kind === 'refused') return refuse(response, result.reason, result.detail);
  // A signature that nodeos did not wait for is no block: it must not leave, and does not count.
  if (response.destroyed || incoming.socket.destroyed) return;
  response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(result.signature));
  result.delivered();
}

/** Undefined when the client hung up before it was done. */
async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= maxBodyBytes) chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return bytes > maxBodyBytes ? '' : Buffer.concat(chunks).toString();
}

function parseSigningRequest(body: string): { digest: string; publicKey: string } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (!Array.isArray(value) || value.length !== 2) return undefined;
    const [digest, publicKey] = value as unknown[];
    if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest) || typeof publicKey !== 'string') return undefined;
    return { digest, publicKey };
  } catch {
    return undefined;
  }
}

/** keosd's error shape: nodeos logs the detail, and leaves this one block out. Source: keosd-api transcript. */
function refuse(response: ServerResponse, reason: string, detail: string): void {
  if (response.destroyed) return;
  const details = [{ message: `${reason}: ${detail}`, file: 'signer.ts', line_number: 0, method: 'sign' }];
  const body = {
    code: 500,
    message: 'Internal Service Error',
    error: { code: 3120000, name: 'signing_refused', what: reason, details },
  };
  response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
