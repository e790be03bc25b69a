// Serves nodeos' HTTP API: bodies, statuses and headers as the real node sends them.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type ApiReply, errorReply, HttpError, type HttpSettings, notFound, parseBody } from './api.ts';
import { endpointsOf } from './endpoints.ts';
import type { StandIn } from './stand-in.ts';

/** Source: max-body-size. */
const largestBody = 2_097_152;

export interface StartedHttp {
  port: number;
  close(): void;
}

export type HttpServerSettings = HttpSettings & ({ host: string; port: number } | { path: string });

export function startHttp(standIn: StandIn, settings: HttpServerSettings): Promise<StartedHttp> {
  const endpoints = endpointsOf(standIn, settings);
  const requests = new Map<string, number>();
  const answer = async (path: string, body: string): Promise<ApiReply> => {
    const endpoint = endpoints.get(path);
    if (endpoint === undefined) throw notFound();
    requests.set(path, (requests.get(path) ?? 0) + 1);
    const parameters = parseBody(body, endpoint.parameters, settings.verboseErrors);
    // get_info and the net API are answered by the HTTP threads; all else waits for the main thread.
    return endpoint.thread === 'http'
      ? endpoint.answer(parameters, requests)
      : standIn.node.mainThread.run(() => endpoint.answer(parameters, requests));
  };
  const version = standIn.settings.version;
  const server = createServer({ requireHostHeader: false, keepAliveTimeout: 0 }, (request, response) => {
    const reply = (value: ApiReply): void => send(response, value, version);
    readBody(request).then(
      async body => {
        if (request.method === 'OPTIONS') return reply({ status: 200, value: {}, early: true });
        if (settings.validateHost && !isOwnHost(request)) return reply(disallowedHost());
        try {
          reply(await answer(request.url ?? '', body));
        } catch (error) {
          reply(errorReply(error instanceof HttpError ? error : new HttpError(500, String(error))));
        }
      },
      () => response.destroy(),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const onListening = (): void => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const close = (): void => {
        server.close();
        server.closeAllConnections();
      };
      resolve({ port, close });
    };
    if ('path' in settings) server.listen(settings.path, onListening);
    else server.listen(settings.port, settings.host, onListening);
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  request.setEncoding('utf8');
  for await (const chunk of request) {
    body += chunk;
    if (body.length > largestBody) throw new Error('body too large');
  }
  return body;
}

/** As nodeos does it: the address and port that the connection came in on, or the address alone. */
function isOwnHost(request: IncomingMessage): boolean {
  const { localAddress, localPort } = request.socket;
  const address = (localAddress ?? '').replace(/^::ffff:/, '');
  if (localPort === undefined) return true;
  return request.headers.host === `${address}:${localPort}` || request.headers.host === address;
}

function disallowedHost(): ApiReply {
  const error = { code: 0, name: '', what: '', details: [] };
  return {
    status: 400,
    value: { code: 400, message: 'Disallowed HTTP HOST header in the request', error },
    early: true,
  };
}

function send(response: ServerResponse, reply: ApiReply, version: string): void {
  const text =
    typeof reply.value === 'string' && reply.contentType !== undefined ? reply.value : JSON.stringify(reply.value);
  const type = ['Content-Type', reply.contentType ?? 'application/json'] as const;
  const server = ['Server', `nodeos/${version}`] as const;
  const isClosing = !response.shouldKeepAlive;
  response.sendDate = false;
  response.statusCode = reply.status;
  // Replies that are made before a handler runs carry their headers in another order.
  const connection = isClosing ? [['Connection', 'close'] as const] : [];
  const headers = reply.early === true ? [type, ...connection, server] : [...connection, server, type];
  for (const [name, value] of headers) response.setHeader(name, value);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  if (!isClosing) response.removeHeader('Connection');
  response.end(text);
}
