// The monitor's port as kubelet, Prometheus and people ask it, over a made-up loop.

import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { machineTime } from '#adapters/clock/machine.ts';
import { startMonitor } from '#core/failover/machine.ts';
import type { Presence } from '#core/failover/status.ts';
import type { Window } from '#core/slots.ts';
import { listenForOperators, type OperatorParts } from '../../monitor/http.ts';
import { startJournal } from '../../monitor/journal.ts';
import { presence } from '../core/failover/presences.ts';

async function listen(
  t: ExecutionContext,
  changes: Partial<OperatorParts['loop']> = {},
  self: Partial<Presence> = {},
  windows: Window[] = [],
) {
  const journal = startJournal('a', () => undefined, machineTime);
  const me = presence('a', { wallMs: Date.now(), ...self });
  const started = startMonitor(me, 450);
  const claim = { v: 1, slot: 1204, digest: '', holder: 'a', incarnation: 'a-1', epoch: 7 };
  const knows = { ...started.knows, nodes: [me], windows, stored: { claim, text: '', revision: '1' } };
  const loop: OperatorParts['loop'] = {
    monitor: { state: { kind: 'standby' }, knows },
    presence: () => me,
    etcd: () => ({ reachable: true, detail: 'read at revision 1' }),
    drain: async () => undefined,
    isClockSuspect: () => false,
    ...changes,
  };
  const config = { producer: 'us', listen: { host: '127.0.0.1', port: 0 } };
  const server = await listenForOperators(config, { loop, journal, time: machineTime });
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    return { code: answer.status, headers: answer.headers, body: await answer.text() };
  };
  return { get, journal };
}

test('the page runs its own script and nothing else', async t => {
  const { get } = await listen(t);
  const { code, headers, body } = await get('/');
  t.is(code, 200);
  t.is(headers.get('content-type'), 'text/html; charset=utf-8');
  const policy = headers.get('content-security-policy') ?? '';
  const scripts = [...body.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text]) => text ?? '');
  t.is(scripts.length, 1);
  t.true(
    policy.includes(
      `'sha256-${createHash('sha256')
        .update(scripts[0] ?? '')
        .digest('base64')}'`,
    ),
  );
  t.true(policy.startsWith("default-src 'none';"));
  t.notRegex(body, /(?:src|href)=/);
});

test('metrics are said to be of the format that they are', async t => {
  const { get, journal } = await listen(t);
  journal.observeClaim(8, 200);
  const { headers, body } = await get('/metrics');
  t.regex(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  t.regex(body, /^active_eos_claims_total 1$/m);
  t.regex(body, /^active_eos_build_info\{version="\d+\.\d+\.\d+",producer="us",node="a",site="aws"\} 1$/m);
});

test('the status carries alarms, slots and decisions', async t => {
  const { get, journal } = await listen(t);
  journal.alarm({ slot: 1207, num: 518, id: 'abc' }, 'somebody signs');
  journal.measures.slots.missed = 2;
  const status = JSON.parse((await get('/status')).body);
  t.like(status.alarms[0], { slot: 1207, num: 518, id: 'abc' });
  t.is(status.slots.missed, 2);
  t.is(status.decisions[0].decision, 'ALARM');
});

test('the status carries our window that is now or next, not one that is over', async t => {
  const { get } = await listen(t, {}, {}, [
    { first: 1, last: 12 },
    { first: 4_000_000_000, last: 4_000_000_011 },
  ]);
  t.deepEqual(JSON.parse((await get('/status')).body).window, { first: 4_000_000_000, last: 4_000_000_011 });
});

test('a node that could not sign is not ready, one that drains is', async t => {
  const lagging = await listen(t, {}, { eligible: false, why: ['it is draining', 'its head is 9 slots behind'] });
  t.like(await lagging.get('/readyz'), { code: 503, body: 'its head is 9 slots behind\n' });
  const draining = await listen(t, {}, { eligible: false, why: ['it is draining'] });
  t.like(await draining.get('/readyz'), { code: 200, body: 'ok\n' });
});

test('an answer that fails is told and logged, and the monitor goes on', async t => {
  const { get, journal } = await listen(t, {
    drain: async () => {
      throw new Error('no such thing');
    },
  });
  t.is((await get('/prestop')).code, 500);
  t.like(journal.decisions.at(-1), { decision: 'could not answer over HTTP', reason: 'no such thing' });
  t.is((await get('/healthz')).code, 200);
});

test('an unknown path is told what there is', async t => {
  const { get } = await listen(t);
  t.like(await get('/nowhere'), {
    code: 404,
    body: 'there are /, /healthz, /readyz, /status and /metrics\n',
  });
});
