// A Kubernetes API of memory over real HTTP: answers by path, and remembers what it was asked.

import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: unknown;
}

export type Answer = { status: number; body: unknown } | 'silence' | 'hang-up';

export interface FakeApi {
  kubeconfig: string;
  asked: Asked[];
  /** What to answer; undefined is 404. */
  answer: (asked: Asked) => Answer | undefined;
}

export async function startKubernetesApi(t: ExecutionContext): Promise<FakeApi> {
  const api: FakeApi = { kubeconfig: '', asked: [], answer: () => undefined };
  const server = createServer((request, response) => void respond(api, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  api.kubeconfig = join(await mkdtemp(join(tmpdir(), 'active-eos-kubeconfig-')), 'config');
  await writeFile(api.kubeconfig, renderKubeconfig(port));
  return api;
}

/** A fake has no certificate; client-node speaks plain HTTP only when told to skip the check. */
function renderKubeconfig(port: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'fake', user: { token: 'secret-token' } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    'current-context': 'fake',
  });
}

async function respond(api: FakeApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fake');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const asked: Asked = {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
  api.asked.push(asked);
  const answer = api.answer(asked) ?? { status: 404, body: { kind: 'Status', message: `${asked.path} not found` } };
  if (answer === 'silence') return;
  if (answer === 'hang-up') {
    request.socket.destroy();
    return;
  }
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
}
