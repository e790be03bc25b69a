// Reads one HTTP/1.1 reply from a kept connection: by Content-Length, in chunks, or up to the end of the stream.

import type { Socket } from 'node:net';

export interface HttpReply {
  status: number;
  body: string;
  keepAlive: boolean;
}

/** The next reply on `socket`; rejects when the connection ends before it is whole. */
export function readReply(socket: Socket): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    let text = '';
    const finish = (settle: () => void): void => {
      socket.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError);
      settle();
    };
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const reply = parseReply(text, false);
      if (reply !== undefined) finish(() => resolve(reply));
    };
    const onEnd = (): void => {
      const reply = parseReply(text, true);
      finish(() => (reply === undefined ? reject(new Error('end of stream')) : resolve(reply)));
    };
    const onError = (error: Error): void => finish(() => reject(error));
    socket.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError);
  });
}

/** A whole reply, or undefined when more must come. */
export function parseReply(text: string, ended: boolean): HttpReply | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) return undefined;
  const headers = new Map(
    lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const keepAlive = headers.get('connection')?.toLowerCase() !== 'close';
  const rest = text.slice(headEnd + 4);
  const length = headers.get('content-length');
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') {
    const body = parseChunks(rest);
    return body === undefined ? undefined : { status, body, keepAlive };
  }
  if (length !== undefined)
    return rest.length < Number(length) ? undefined : { status, body: rest.slice(0, Number(length)), keepAlive };
  return ended ? { status, body: rest, keepAlive: false } : undefined;
}

function parseChunks(text: string): string | undefined {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (Number.isNaN(size)) return undefined;
    if (size === 0) return text.indexOf('\r\n', lineEnd + 2) < 0 ? undefined : body;
    const start = lineEnd + 2;
    if (text.length < start + size + 2) return undefined;
    body += text.slice(start, start + size);
    at = start + size + 2;
  }
}
