// Serves the page while the rehearsal runs, and writes it to a file at the end.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Model } from './model.ts';
import { renderBody, renderPage } from './page.ts';

export interface PageServer {
  /** Undefined on a unix socket. */
  url: string | undefined;
  close: () => Promise<void>;
}

/**
 * Listens on a unix socket, or on a port of the loopback where 0 takes a free one. The model is asked for at each request.
 * @param folder where the files lie that steps have left
 */
export async function servePage(
  where: { socketPath: string } | { port: number },
  model: () => Model,
  folder = '',
): Promise<PageServer> {
  const server = createServer((request, response) => void answer(request, response, model, folder));
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

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  model: () => Model,
  folder: string,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const [status, type, body] = request.method === 'GET' ? await route(path, model, folder) : notAllowed;
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(body);
}

type Answer = [status: number, type: string, body: string];

const notAllowed: Answer = [405, 'text/plain', 'Only GET is answered here.\n'];

async function route(path: string, model: () => Model, folder: string): Promise<Answer> {
  switch (path) {
    case '/':
      return [200, 'text/html', renderPage(model(), { isLive: true })];
    case '/body':
      return [200, 'text/html', renderBody(model())];
    case '/model.json':
      return [200, 'application/json', JSON.stringify(model())];
    default:
      return (await leftFile(path.slice(1), model(), folder)) ?? notHere;
  }
}

const notHere: Answer = [404, 'text/plain', 'Not here: / is the page, /model.json what it shows.\n'];

/** Nothing but what a step says that it has left. */
async function leftFile(name: string, { steps }: Model, folder: string): Promise<Answer | undefined> {
  if (!steps.some(({ files = [] }) => files.includes(name))) return undefined;
  const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : [200, 'text/plain', text];
}
