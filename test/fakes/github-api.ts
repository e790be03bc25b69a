// GitHub's deployments over real HTTP, as much as the actions use.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ExecutionContext } from 'ava';

export interface FakeGitHub {
  url: string;
  /** What every request is answered with. */
  status: number;
  /** What an error says, and headers that come with it. */
  message: string;
  headers: Record<string, string>;
  /** What a request that succeeds is answered with. */
  answer: unknown;
  asked: { method: string; path: string; authorization: string; body: unknown }[];
}

export async function startGitHubApi(t: ExecutionContext): Promise<FakeGitHub> {
  const github: FakeGitHub = {
    url: '',
    status: 201,
    message: 'Resource not accessible',
    headers: {},
    answer: { id: 42 },
    asked: [],
  };
  const server = createServer((request, response) => void respond(github, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  github.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return github;
}

async function respond(github: FakeGitHub, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  github.asked.push({
    method: request.method ?? '',
    path: request.url ?? '',
    authorization: request.headers.authorization ?? '',
    body: JSON.parse(Buffer.concat(chunks).toString() || '{}'),
  });
  response.writeHead(github.status, { 'content-type': 'application/json', ...github.headers });
  response.end(JSON.stringify(github.status < 300 ? github.answer : { message: github.message }));
}
