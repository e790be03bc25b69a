// The loop over a nodeos that is silent but for its schedule and what a test lets it say, and an etcd without a claim, on a clock that the test sets forward.

import test, { type ExecutionContext } from 'ava';
import { type ChainInfo, type Nodeos, NodeosError } from '#adapters/nodeos/client.ts';
import { type Claim, renderClaim, type StoredClaim } from '#core/failover/claim.ts';
import { epochMs, slotAt, slotMs } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import type { AskedMark } from '../../monitor/asked-mark.ts';
import type { MonitorConfig } from '../../monitor/config.ts';
import { startJournal } from '../../monitor/journal.ts';
import { startLoop } from '../../monitor/loop.ts';
import type { Register, RegisterView } from '../../monitor/register.ts';
import { presence } from '../core/failover/presences.ts';

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

function start(
  answers: Partial<Nodeos> = {},
  etcd: Partial<Register> = {},
  startMs = 1000,
  askedMark: AskedMark = { wasAsked: false, asked: () => undefined, ended: () => undefined },
) {
  let nowMs = startMs;
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
    ...etcd,
  } as unknown as Register;
  const journal = startJournal('a', () => undefined, time);
  const onCloned = () => undefined;
  const isSignatureOf = () => false;
  const loop = startLoop(config, 'a-1', { nodeos, register, journal, time, onCloned, isSignatureOf, askedMark });
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

test('a nodeos that asked the process before may fail its first request, until it has asked or ended', async t => {
  const info: ChainInfo = { chainId, headNum: 5, headId: 'ab', headSlot: 0, headProducer: 'b', lib: 4, version: 'v1' };
  const world = { isUp: true, cause: undefined as Error | undefined };
  const silence = () => Promise.reject(new NodeosError('silent', 'no answer', world.cause));
  const answers = {
    info: async () => (world.isUp ? info : silence()),
    paused: async () => (world.isUp ? true : silence()),
  };
  const marked = { asked: 0, ended: 0 };
  const markOf = (wasAsked: boolean) => ({
    wasAsked,
    asked: () => void marked.asked++,
    ended: () => void marked.ended++,
  });
  const first = start(answers, {}, 1000, markOf(true));
  await first.pass(1000);
  t.true(first.loop.presence().firstRequestFails);
  first.loop.asked();
  t.false(first.loop.presence().firstRequestFails);
  t.deepEqual(marked, { asked: 1, ended: 0 });
  await first.loop.stop();

  const second = start(answers, {}, 1000, markOf(true));
  await second.pass(1000);
  world.isUp = false;
  await second.pass(4000);
  t.true(second.loop.presence().firstRequestFails, 'it may hang only');
  world.cause = Object.assign(new Error('nobody there'), { code: 'ECONNREFUSED' });
  await second.pass(4000);
  t.false(second.loop.presence().firstRequestFails);
  t.true(marked.ended > 0);
  await second.loop.stop();

  world.isUp = true;
  const third = start(answers, {}, 1000, markOf(false));
  await third.pass(1000);
  t.false(third.loop.presence().firstRequestFails);
  await third.loop.stop();
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

/** Of three producers with twelve slots each we are the first: slot 40 is in the second round's window, slot 20 in nobody's of ours. */
const [inWindowMs, outsideMs] = [40 * slotMs, 20 * slotMs];

/** A standby that finds nobody there to hold the claim, and what it says of itself until it holds it. */
async function takeOver(t: ExecutionContext, startMs: number, resume = async () => undefined as unknown) {
  const claim: Claim = { v: 1, slot: 5, digest: '', holder: 'b', incarnation: 'b-1', epoch: 3 };
  const stored: StoredClaim = { claim, text: renderClaim(claim), revision: '7' };
  const headSlot = startMs / slotMs;
  const info = { chainId, headNum: 5, headId: 'ab', headSlot, headProducer: 'b', lib: 4, version: 'v1' };
  const world = {
    isPaused: true,
    stored,
    roles: [] as string[],
    changes: [] as unknown[],
    looks: 0,
    looksAtResume: 0,
  };
  const answers: Partial<Nodeos> = {
    info: async () => {
      world.looks++;
      return info;
    },
    paused: async () => world.isPaused,
    resume: async () => {
      world.looksAtResume = world.looks;
      await resume();
      world.isPaused = false;
    },
    connections: async () => [{ peer: 'them:9876', agent: 'them', isOpen: true }],
  };
  const etcd: Partial<Register> = {
    readAll: async () => ({ ...view, stored: world.stored, nodes: [presence('a'), presence('c', { priority: 200 })] }),
    announce: async ({ role }) => void world.roles.push(role),
    swapClaim: async (_, taken, change) => {
      world.changes.push(change);
      world.stored = { claim: taken, text: renderClaim(taken), revision: '8' };
      return { kind: 'put', stored: world.stored };
    },
  };
  const { loop, pass } = start(answers, etcd, startMs);
  t.teardown(loop.stop);
  const isAsked = () => world.looksAtResume > 0 || loop.monitor.state.kind === 'holding';
  for (let times = 0; times < 400 && !isAsked(); times++) await pass(5, 5);
  await pass(5, 5);
  return { world, loop, pass };
}

test('a takeover in our window is announced within a second, not before the first signature could be asked for', async t => {
  const { world, loop, pass } = await takeOver(t, inWindowMs);
  t.is(loop.monitor.state.kind, 'holding');
  t.deepEqual(
    world.roles.filter(role => role !== 'starting' && role !== 'standby'),
    [],
  );
  await pass(1050);
  t.is(world.roles.at(-1), 'holding');
});

test('a takeover outside our window is announced at once', async t => {
  const { world, pass } = await takeOver(t, outsideMs);
  await pass(5, 5);
  t.is(world.roles.at(-1), 'holding');
});

test('a takeover hands its entry in the history to the transaction that takes the claim', async t => {
  const { world } = await takeOver(t, inWindowMs);
  t.is(world.changes.length, 1);
  t.like(world.changes[0], { how: 'takeover', from: 'b', to: 'a', afterSlot: 5 });
});

test('nodeos is looked at in haste until it is asked to resume, and no longer', async t => {
  const { world, pass } = await takeOver(t, inWindowMs, () => new Promise(() => undefined));
  const before = world.looks;
  await pass(180, 5);
  t.true(world.looks - before <= 3, `${world.looks - before} looks in 180 ms`);
});
