// A KEOSD signature provider for tests: records the exact bytes it is asked with, and answers as it is told.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { signRecoverable } from 'tiny-secp256k1';

/** The private half of nodeos' default key, as published in its documentation. */
const privateKey = Buffer.from('d2653ff7cbb2d8ff129ac27ef5781ce68b2558c41a74af1f2ddca635cbeef07d', 'hex');

export interface SignerRequest {
  atMs: number;
  text: string;
  digest: string;
  /** Which connection it came on, counted from 1. */
  connection: number;
}

export interface SignerAnswer {
  status?: number;
  body?: string;
  delayMs?: number;
  /** Close the connection instead of answering. */
  hangUp?: boolean;
  chunked?: boolean;
  closes?: boolean;
}

export class RecordingSigner {
  readonly url: string;
  readonly requests: SignerRequest[] = [];
  /** What the next requests get: a signature by default. */
  answer: (request: SignerRequest) => SignerAnswer | Promise<SignerAnswer> = ({ digest }) => ({
    body: JSON.stringify(sign(digest)),
  });
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  connections = 0;

  constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
    server.on('connection', socket => this.#accept(socket));
  }

  /** Closes the connections, not the server. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.end();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.connections++;
    const connection = this.connections;
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const bodyAt = text.indexOf('\r\n\r\n') + 4;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (bodyAt < 4 || text.length < bodyAt + length) return;
      const request = {
        atMs: Date.now(),
        text,
        digest: (JSON.parse(text.slice(bodyAt)) as string[])[0] ?? '',
        connection,
      };
      text = '';
      this.requests.push(request);
      // An answer that needs a node which the test has ended meanwhile is none.
      this.#reply(socket, request).catch(() => socket.destroy());
    });
  }

  async #reply(socket: Socket, request: SignerRequest): Promise<void> {
    const {
      status = 201,
      body = '',
      delayMs = 0,
      hangUp = false,
      chunked = false,
      closes = false,
    } = await this.answer(request);
    if (delayMs > 0) await new Promise(resolve => setTimeout(resolve, delayMs));
    if (hangUp) return void socket.destroy();
    const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
    const content = chunked ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body;
    socket.write(
      `HTTP/1.1 ${status} Whatever\r\nContent-Type: application/json\r\n${closes ? 'Connection: close\r\n' : ''}${framing}\r\n\r\n${content}`,
    );
    if (closes) socket.end();
  }
}

/** Listens on a unix socket, or with `tcp` on a port. */
export async function startSigner(where: { path: string } | 'tcp'): Promise<RecordingSigner> {
  const server = createServer();
  if (where === 'tcp') server.listen(0, '127.0.0.1');
  else server.listen(where.path);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return new RecordingSigner(
    server,
    where === 'tcp' ? `http://127.0.0.1:${port}/v1/wallet/sign_digest` : `unix://${where.path}`,
  );
}

/** A refusal in keosd's error shape. */
export function refusal(message: string): SignerAnswer {
  const error = {
    code: 3120000,
    name: 'wallet_exception',
    what: 'Wallet exception',
    details: [{ message, file: '', line_number: 0, method: '' }],
  };
  return { status: 500, body: JSON.stringify({ code: 500, message: 'Internal Service Error', error }) };
}

/** A canonical signature: nodeos takes no other. */
export function sign(digest: string): string {
  for (let attempt = 0; attempt < 256; attempt++) {
    const { signature, recoveryId } = signRecoverable(
      Buffer.from(digest, 'hex'),
      privateKey,
      Buffer.alloc(32, attempt),
    );
    if (!isCanonical(signature)) continue;
    const compact = Buffer.concat([Buffer.from([recoveryId + 31]), signature]);
    const checksum = createHash('ripemd160').update(compact).update('K1').digest().subarray(0, 4);
    return `SIG_K1_${base58(Buffer.concat([compact, checksum]))}`;
  }
  throw new Error(`no canonical signature of ${digest}`);
}

/** Source: libraries/libfc/src/crypto/elliptic_common.cpp, is_fc_canonical. */
function isCanonical(signature: Uint8Array): boolean {
  const half = (at: number): boolean => {
    const [first = 0, second = 0] = signature.subarray(at, at + 2);
    return first < 0x80 && !(first === 0 && second < 0x80);
  };
  return half(0) && half(32);
}

function base58(bytes: Buffer): string {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  let number = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (; number > 0n; number /= 58n) text = alphabet.charAt(Number(number % 58n)) + text;
  return text;
}
