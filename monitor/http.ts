// The monitor's own HTTP: health for the kubelet, status for people and the pipeline, metrics for Prometheus, and the drain that preStop asks for.

import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { MonitorStatus } from '#core/failover/status.ts';
import { slotAt } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import type { MonitorConfig } from './config.ts';
import type { Journal } from './journal.ts';
import type { Loop } from './loop.ts';
import { renderMetrics } from './metrics.ts';
import { pagePolicy, renderPage } from './page.ts';
import type { Solo } from './solo.ts';

/** preStop waits so long for a handover: our window and the gap's margin, and then some. */
const drainBoundMs = 40_000;
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export interface OperatorParts {
  loop: Pick<Loop, 'monitor' | 'presence' | 'etcd' | 'drain' | 'isClockSuspect'>;
  journal: Journal;
  time: Time;
  /** Where the node can sign solo. */
  solo?: Pick<Solo, 'status' | 'isOn'>;
}

/** Listens on the configured port. */
export async function listenForOperators(
  config: Pick<MonitorConfig, 'producer' | 'listen'>,
  parts: OperatorParts,
): Promise<Server> {
  const server = createServer((incoming, response) => {
    // Whatever goes wrong in an answer to people must not stop a monitor that signs.
    answer(incoming.url ?? '/', response, config, parts).catch((error: unknown) => {
      parts.journal.trouble('could not answer over HTTP', error instanceof Error ? error.message : String(error));
      if (response.headersSent) response.destroy();
      else text(response, 500, 'the monitor could not answer; its log says why\n');
    });
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
  config: Pick<MonitorConfig, 'producer'>,
  parts: OperatorParts,
): Promise<void> {
  const { loop, journal, time } = parts;
  const path = url.split('?')[0] ?? '/';
  switch (path) {
    case '/':
      return page(response, renderPage(statusOf(config, parts)));
    case '/healthz':
      return text(response, 200, 'ok\n');
    case '/readyz': {
      const { why } = loop.presence();
      const unready = [
        ...why.filter(reason => reason !== 'it is draining'),
        ...(loop.monitor.state.kind === 'starting' ? ['it is starting'] : []),
      ];
      const isReady = unready.length === 0;
      return text(response, isReady ? 200 : 503, isReady ? 'ok\n' : `${unready.join('\n')}\n`);
    }
    case '/status':
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(statusOf(config, parts)));
      return;
    case '/metrics':
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(
        renderMetrics({
          status: statusOf(config, parts),
          measures: journal.measures,
          version,
          isClockSuspect: loop.isClockSuspect(),
          nowMs: time.nowMs(),
        }),
      );
      return;
    case '/prestop':
      await loop.drain(drainBoundMs);
      return text(response, 200, 'drained\n');
    default:
      return text(response, 404, 'there are /, /healthz, /readyz, /status and /metrics\n');
  }
}

function statusOf(
  config: Pick<MonitorConfig, 'producer'>,
  { loop, journal, time, solo }: OperatorParts,
): MonitorStatus {
  const { knows } = loop.monitor;
  return {
    ...loop.presence(),
    producer: config.producer,
    claim: knows.stored?.claim ?? null,
    etcd: solo?.isOn() ? { reachable: false, detail: 'this node signs solo' } : loop.etcd(),
    maintenance: knows.maintenance ?? null,
    window: knows.windows.find(({ last }) => last >= slotAt(time.wallMs())) ?? null,
    nodes: [...knows.nodes],
    counters: journal.counters,
    ahead: journal.measures.ahead,
    slots: journal.measures.slots,
    solo: solo?.status() ?? null,
    alarms: [...journal.alarms],
    decisions: [...journal.decisions],
  };
}

function page(response: ServerResponse, body: string): void {
  response
    .writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': pagePolicy,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    .end(body);
}

function text(response: ServerResponse, code: number, body: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
}
