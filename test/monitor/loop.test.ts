// The loop over a nodeos that is silent but for its schedule and what a test lets it say, and an etcd without a claim, on a clock that the test sets forward.

import test from 'ava';
import { type ChainInfo, type Nodeos, NodeosError } from '#adapters/nodeos/client.ts';
import { epochMs, slotAt } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import type { MonitorConfig } from '../../monitor/config.ts';
import { startJournal } from '../../monitor/journal.ts';
import { startLoop } from '../../monitor/loop.ts';
import type { Register, RegisterView } from '../../monitor/register.ts';

const chainId = 'cd'.repeat(32);
const config = {
  chainId,
  node: 'a',
  site: 'aws',
  producer: 'us',
  produceBlockOffsetMs: 450,
  minPeers: 1,
} as MonitorConfig;
const view: RegisterView = {
  stored: undefined,
  nodes: [],
  request: undefined,
  maintenance: undefined,
  drained: false,
  revision: '1',
};

function start(answers: Partial<Nodeos> = {}) {
  let nowMs = 1000;
  const timers = new Set<{ atMs: number; work: () => void }>();
  const time: Time = {
    nowMs: () => nowMs,
    wallMs: () => epochMs + nowMs,
    after: (ms, work) => {
      const timer = { atMs: nowMs + ms, work };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  /** Step by step: what awaits an answer gets it before the next. */
  const pass = async (ms: number, stepMs = 50) => {
    for (const untilMs = nowMs + ms; nowMs < untilMs; ) {
      nowMs += stepMs;
      for (const timer of timers) {
        if (timer.atMs > nowMs) continue;
        timers.delete(timer);
        timer.work();
      }
      await new Promise(resolve => setImmediate(resolve));
    }
  };
  const silent = () => Promise.reject(new NodeosError('silent', 'nobody there'));
  const names = ['info', 'paused', 'pause', 'resume', 'connections', 'connect', 'produceBlockOffsetMs'];
  const schedules = async () => [['us', 'b', 'c']];
  const nodeos = {
    ...Object.fromEntries(names.map(name => [name, silent])),
    schedules,
    ...answers,
  } as unknown as Nodeos;
  const register = {
    readAll: async () => view,
    watch: () => new Promise<never>(() => undefined),
    announce: async () => undefined,
    warmUp: async () => undefined,
  } as unknown as Register;
  const journal = startJournal('a', () => undefined, time);
  const loop = startLoop(config, 'a-1', { nodeos, register, journal, time, onCloned: () => undefined });
  return { loop, journal, pass, time };
}

test('a monitor that is still starting has nothing to hand over', async t => {
  const { loop, pass, time } = start();
  await pass(500);
  t.is(loop.monitor.state.kind, 'starting');
  const beganMs = time.nowMs();
  const drained = loop.drain(40_000).then(() => time.nowMs());
  await pass(1000);
  t.true(time.nowMs() - beganMs >= 1000);
  t.true((await drained) - beganMs < 500);
  await loop.stop();
});

test('a monitor that lives on long after it was asked to drain drains no more', async t => {
  const { loop, journal, pass } = start();
  await pass(500);
  await loop.drain(0);
  t.true(loop.presence().draining);
  await pass(350_000, 10_000);
  await loop.drain(0);
  await pass(350_000, 10_000);
  t.true(loop.presence().draining, 'the second time counts');
  await pass(60_000, 10_000);
  t.false(loop.presence().draining);
  t.true(journal.decisions.some(({ decision }) => decision === 'stays'));
  await loop.stop();
});

test('our window is known for two slots more when it is over, and no longer counts as due', async t => {
  const { loop, pass, time } = start();
  const seen = () => [
    slotAt(time.wallMs()),
    loop.monitor.knows.windows[0]?.first,
    loop.monitor.knows.dueWindows[0]?.first,
  ];
  await pass(4950);
  t.deepEqual(seen(), [11, 0, 0]);
  await pass(1000);
  t.deepEqual(seen(), [13, 0, 36]);
  await pass(500);
  t.deepEqual(seen(), [14, 36, 36]);
  await loop.stop();
});

test('what nodeos was asked before our pause was done says nothing of its pause', async t => {
  const info: ChainInfo = {
    chainId,
    headNum: 5,
    headId: 'ab',
    headSlot: 0,
    headProducer: 'b',
    lib: 4,
    version: 'v1',
  };
  const paused = Promise.withResolvers<void>();
  const early = Promise.withResolvers<boolean>();
  const looks: (boolean | Promise<boolean>)[] = [false, early.promise, true];
  const { loop, pass } = start({
    info: async () => info,
    paused: async () => looks.shift() ?? true,
    pause: () => paused.promise,
  });
  await pass(1000);
  t.is(looks.length, 1, 'the second look waits for its answer');
  paused.resolve();
  await pass(50);
  early.resolve(true);
  await pass(50);
  t.is(loop.presence().nodeos.paused, false);
  await pass(500);
  t.is(loop.presence().nodeos.paused, true);
  await loop.stop();
});
