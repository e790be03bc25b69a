// Stands in for GitHub's REST API in front of a git repository on this machine, and remembers every request.
// Not promised: rate limits, permissions of a token, GraphQL, webhooks over HTTP.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context, PushEvent } from './context.ts';
import { notFound, problem, type Reply, renderLinks } from './reply.ts';
import { matchRoute } from './routes.ts';
import type { Deployment, DeploymentStatus, IssueComment } from './schemas.ts';
import { emptyStore, type Thread } from './store.ts';

export interface GitHubOptions {
  /** Bare repository, as createScratchRepository makes it. */
  repositoryFolder: string;
  /** `owner/name` */
  repository: string;
  /** Address to listen on; by default the loopback's. */
  host?: string;
  /** 0, the default, takes a free one. */
  port?: number;
}

export interface RecordedRequest {
  method: string;
  /** With its query. */
  path: string;
  status: number;
  body: Record<string, unknown>;
  /** False when the stand-in knows no such endpoint: what a test should look at first. */
  isKnown: boolean;
}

export interface GitHub {
  /** For GITHUB_API_URL. */
  url: string;
  requests: readonly RecordedRequest[];
  deployments: () => readonly Deployment[];
  /** Statuses of a deployment, oldest first. */
  statuses: (deployment: number) => DeploymentStatus[];
  /** Comments of an issue or pull request, oldest first. */
  comments: (number: number) => IssueComment[];
  issues: () => Thread[];
  pulls: () => Thread[];
  /** Calls the listener for each merge and each change of a reference. */
  on: (event: 'push', listener: (event: PushEvent) => void) => void;
  close: () => Promise<void>;
}

/** Token whose bearer is the person `operator`; every other one belongs to the workflows' own account. */
export const operatorToken = 'operator';

const workflowLogin = 'github-actions[bot]';
const mostRequests = 10_000;
const longestRequest = 1024 * 1024;

/** Starts the stand-in. */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const store = emptyStore();
  const requests: RecordedRequest[] = [];
  const listeners: ((event: PushEvent) => void)[] = [];
  const context: Context = {
    store,
    folder: options.repositoryFolder,
    repository: options.repository,
    baseUrl: '',
    pushed: event => {
      for (const listener of listeners) listener(event);
    },
    now: () => new Date().toISOString().replace(/\.\d+/, ''),
  };
  const server = createServer((request, response) => {
    void serve(context, request, response).then(recorded => {
      requests.push(recorded);
      if (requests.length > mostRequests) requests.shift();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  context.baseUrl = `http://${address}:${port}`;
  const threads = (isPull: boolean) =>
    [...store.threads.values()].filter(({ pull }) => (pull !== undefined) === isPull);
  return {
    url: context.baseUrl,
    requests,
    deployments: () => store.deployments,
    statuses: deployment => store.statuses.filter(entry => entry.deployment === deployment).map(({ status }) => status),
    comments: number => store.comments.filter(entry => entry.number === number).map(({ comment }) => comment),
    issues: () => threads(false),
    pulls: () => threads(true),
    on: (_, listener) => listeners.push(listener),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(context: Context, request: IncomingMessage, response: ServerResponse): Promise<RecordedRequest> {
  const { method = '', url: path = '' } = request;
  const url = new URL(path, context.baseUrl);
  const text = await readText(request);
  const body = parseBody(text);
  const { isKnown, reply } = await answer(context, method, url, body, loginOf(request)).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    return { isKnown: true, reply: problem(500, `The stand-in failed: ${message}`) };
  });
  const links = reply.page && renderLinks(url, reply.page);
  if (links !== undefined) response.setHeader('link', links);
  response.setHeader('x-github-media-type', 'github.v3; format=json');
  response.setHeader('x-github-request-id', `${Date.now()}`);
  if (reply.body !== undefined) response.setHeader('content-type', 'application/json; charset=utf-8');
  response.writeHead(reply.status).end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
  return { method, path, status: reply.status, body: body ?? {}, isKnown };
}

async function answer(
  context: Context,
  method: string,
  url: URL,
  body: Record<string, unknown> | undefined,
  login: string | undefined,
): Promise<{ isKnown: boolean; reply: Reply }> {
  const [, repository = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
  if (repository.toLowerCase() !== context.repository.toLowerCase()) return { isKnown: false, reply: notFound() };
  const match = matchRoute(method, rest);
  if (match === undefined) return { isKnown: false, reply: notFound() };
  if (body === undefined) return { isKnown: true, reply: problem(400, 'Problems parsing JSON') };
  if (login === undefined && method !== 'GET') return { isKnown: true, reply: problem(401, 'Requires authentication') };
  const { handler, parameters } = match;
  const reply = await handler({ context, parameters, query: url.searchParams, body, login: login ?? '' });
  return { isKnown: true, reply };
}

/** Who calls; undefined without a token. */
function loginOf(request: IncomingMessage): string | undefined {
  const [, token] = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) return undefined;
  return token === operatorToken ? 'operator' : workflowLogin;
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > longestRequest) return '{';
  }
  return text;
}

/** The body as an object; undefined when it is none. */
function parseBody(text: string): Record<string, unknown> | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
