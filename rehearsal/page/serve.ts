// Serves the page while the rehearsal runs, and writes it to a file at the end.

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import type { Model } from './model.ts';
import { renderBody, renderPage } from './page.ts';

export interface PageServer {
  /** Undefined on a unix socket. */
  url: string | undefined;
  close: () => Promise<void>;
}

/** Listens on a unix socket, or on a port of the loopback where 0 takes a free one. The model is asked for at each request. */
export async function servePage(
  where: { socketPath: string } | { port: number },
  model: () => Model,
): Promise<PageServer> {
  const server = createServer((request, response) => answer(request, response, model));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if ('socketPath' in where) server.listen(where.socketPath, resolve);
    else server.listen(where.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: typeof address === 'object' && address ? `http://127.0.0.1:${(address as AddressInfo).port}/` : undefined,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Writes the page of a finished rehearsal, whole or not at all. */
export async function writePage(file: string, model: Model): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const unfinished = `${file}.unfinished`;
  await writeFile(unfinished, renderPage(model, { isLive: false }));
  await rename(unfinished, file);
}

function answer(request: IncomingMessage, response: ServerResponse, model: () => Model): void {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const [status, type, body] = request.method === 'GET' ? route(path, model) : notAllowed;
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(body);
}

type Answer = [status: number, type: string, body: string];

const notAllowed: Answer = [405, 'text/plain', 'Only GET is answered here.\n'];

function route(path: string, model: () => Model): Answer {
  switch (path) {
    case '/':
      return [200, 'text/html', renderPage(model(), { isLive: true })];
    case '/body':
      return [200, 'text/html', renderBody(model())];
    case '/model.json':
      return [200, 'application/json', JSON.stringify(model())];
    default:
      return [404, 'text/plain', 'Not here: / is the page, /model.json what it shows.\n'];
  }
}
