// The monitor's own HTTP: health for the kubelet, status for people and the pipeline, metrics for Prometheus, and the drain that preStop asks for.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { MonitorStatus } from '#core/failover/status.ts';
import type { MonitorConfig } from './config.ts';
import type { Journal } from './journal.ts';
import type { Loop } from './loop.ts';
import { renderMetrics } from './metrics.ts';

/** preStop waits so long for a handover: our window and the gap's margin, and then some. */
const drainBoundMs = 40_000;

/** Listens on the configured port. */
export async function listenForOperators(config: MonitorConfig, loop: Loop, journal: Journal): Promise<Server> {
  const server = createServer((incoming, response) => {
    void answer(incoming.url ?? '/', response, config, loop, journal);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.listen.port, config.listen.host, resolve);
  });
  return server;
}

async function answer(
  url: string,
  response: ServerResponse,
  config: MonitorConfig,
  loop: Loop,
  journal: Journal,
): Promise<void> {
  const path = url.split('?')[0] ?? '/';
  switch (path) {
    case '/healthz':
      return text(response, 200, 'ok\n');
    case '/readyz': {
      const { why } = loop.presence();
      const unready = [
        ...why.filter(reason => reason !== 'it is draining'),
        ...(loop.monitor.state.kind === 'starting' ? ['it is starting'] : []),
      ];
      return text(
        response,
        unready.length === 0 ? 200 : 503,
        unready.length === 0 ? 'ok\n' : `${unready.join('\n')}\n`,
      );
    }
    case '/status':
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(statusOf(config, loop, journal)));
      return;
    case '/metrics':
      return text(response, 200, renderMetrics(statusOf(config, loop, journal), journal.claimTimes));
    case '/prestop':
      await loop.drain(drainBoundMs);
      return text(response, 200, 'drained\n');
    default:
      return text(response, 404, 'there are /healthz, /readyz, /status, /metrics and /prestop\n');
  }
}

function statusOf(config: MonitorConfig, loop: Loop, journal: Journal): MonitorStatus {
  const { knows } = loop.monitor;
  return {
    ...loop.presence(),
    producer: config.producer,
    claim: knows.stored?.claim ?? null,
    etcd: loop.etcd(),
    maintenance: knows.maintenance ?? null,
    window: knows.windows[0] ?? null,
    nodes: [...knows.nodes],
    counters: journal.counters,
    decisions: [...journal.decisions],
  };
}

function text(response: ServerResponse, code: number, body: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
}
