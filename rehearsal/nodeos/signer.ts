// Talks to the signature provider (a KEOSD one) as nodeos does: one kept connection, plain HTTP over TCP or a unix socket, the exact request bytes.
// It does not retry: a connection that the provider closed meanwhile costs the next block, as on the real node.

import { connect, type Socket } from 'node:net';
import { isSignature } from './block.ts';
import { type HttpReply, readReply } from './http-reply.ts';
import type { SignatureProvider } from './signature-provider.ts';

/** Why a block was not signed, in the words of nodeos' log. */
export class SignerError extends Error {
  readonly title: string;
  readonly data: string;
  readonly where: string;

  constructor(title: string, message: string, data: string, where: string) {
    super(message);
    this.title = title;
    this.data = data;
    this.where = where;
  }
}

export class Signer {
  readonly #provider: SignatureProvider;
  readonly #timeoutMs: number;
  #socket: Socket | undefined;
  #closedWhileIdle = false;

  /** @param timeoutMs bounds connecting, writing and reading together; negative: no bound */
  constructor(provider: SignatureProvider, timeoutMs: number) {
    this.#provider = provider;
    this.#timeoutMs = timeoutMs;
  }

  /** The signature of a digest. Throws SignerError. */
  async sign(digest: string): Promise<string> {
    if (this.#closedWhileIdle) {
      this.close();
      throw transportError('Failed to read response', 'end of stream', 294, 'post_sync');
    }
    const socket = this.#socket ?? this.#open();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      if (this.#timeoutMs < 0) return;
      const error = transportError('Failed to read response', 'Connection timed out', 294, 'post_sync');
      timer = setTimeout(() => reject(error), this.#timeoutMs);
    });
    try {
      const reply = readReply(socket);
      socket.write(renderRequest(this.#provider, digest));
      const { status, body, keepAlive } = await Promise.race([reply, timeout]).catch(asTransportError);
      if (!keepAlive) this.close();
      return readSignature(this.#provider, { status, body, keepAlive });
    } catch (error) {
      if (error instanceof SignerError && error.where.includes('http_client.cpp:294')) this.close();
      if (error instanceof SignerError && error.where.includes('create_raw_connection')) this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#closedWhileIdle = false;
  }

  #open(): Socket {
    const { target } = this.#provider;
    const socket = target.kind === 'unix' ? connect(target.path) : connect(target.port, target.host);
    socket.setNoDelay(true);
    const onClosed = (): void => {
      if (this.#socket === socket) this.#closedWhileIdle = true;
    };
    socket.on('end', onClosed).on('close', onClosed).on('error', onClosed);
    this.#closedWhileIdle = false;
    this.#socket = socket;
    return socket;
  }
}

function renderRequest({ target, publicKey }: SignatureProvider, digest: string): string {
  const body = JSON.stringify([digest, publicKey]);
  const host = target.kind === 'unix' ? target.path : `${target.host}:${target.port}`;
  const path = target.kind === 'unix' ? '/' : target.urlPath;
  return [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: Boost.Beast/345',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** Only 500 and 404 are errors by their status; of anything else the body decides. Source: libraries/libfc/src/network/http/http_client.cpp, post_sync. */
function readSignature(provider: SignatureProvider, { status, body }: HttpReply): string {
  if (status === 500) throw refusal(body);
  if (status === 404) {
    const url = provider.url;
    throw new SignerError(
      '0 exception: unspecified',
      `URL not found: ${url}`,
      JSON.stringify({ url }),
      where(328, 'post_sync'),
    );
  }
  const value = parseJson(body);
  if (isSignature(value)) return value;
  if (typeof value === 'object' && value !== null) {
    const data = JSON.stringify({ type: 'object_type' });
    throw new SignerError(
      '7 bad_cast_exception: Bad Cast',
      'Invalid cast from object_type to string',
      data,
      'nodeos  variant.cpp:498 as_string',
    );
  }
  const message = 'pivot != std::string::npos: No delimiter in string, cannot determine type: ';
  throw new SignerError(
    '10 assert_exception: Assert Exception',
    message,
    '{"str":""}',
    'nodeos  signature.cpp:24 sig_parse_base58',
  );
}

function refusal(body: string): SignerError {
  const { error } = (parseJson(body) ?? {}) as {
    error?: { code?: number; name?: string; what?: string; details?: { message?: string }[] };
  };
  if (error === undefined) {
    const message = 'Request failed with 500 response, but response was not parseable';
    return new SignerError('0 exception: unspecified', message, '{}', where(325, 'post_sync'));
  }
  const title = `${error.code ?? 0} ${error.name ?? 'exception'}: ${error.what ?? 'unspecified'}`;
  return new SignerError(title, error.details?.[0]?.message ?? '', '{}', where(315, 'post_sync'));
}

function asTransportError(error: unknown): never {
  if (error instanceof SignerError) throw error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'connect') {
    const reason =
      code === 'ECONNREFUSED' ? 'Connection refused' : code === 'ENOENT' ? 'No such file or directory' : String(code);
    throw transportError('Failed to connect', reason, 166, 'create_raw_connection');
  }
  throw transportError('Failed to read response', 'end of stream', 294, 'post_sync');
}

function transportError(what: string, reason: string, line: number, method: string): SignerError {
  const data = JSON.stringify({ message: reason });
  return new SignerError('10 assert_exception: Assert Exception', `!ec: ${what}: ${reason}`, data, where(line, method));
}

function where(line: number, method: string): string {
  return `nodeos  http_client.cpp:${line} ${method}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
