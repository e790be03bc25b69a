// What is said when, on a clock that the test sets forward.

import test from 'ava';
import type { Presence } from '#core/failover/status.ts';
import type { Time } from '#core/time.ts';
import { startAnnouncer } from '#monitor/announcer.ts';
import { nodeosView, presence } from '../core/failover/presences.ts';

function start(say: (said: Presence) => Promise<void> = () => Promise.resolve()) {
  const clock = { nowMs: 0 };
  const timers = new Set<{ atMs: number; work: () => void }>();
  const time: Time = {
    nowMs: () => clock.nowMs,
    wallMs: () => clock.nowMs,
    after: (ms, work) => {
      const timer = { atMs: clock.nowMs + ms, work };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const now: { changes: Partial<Presence>; isNear: boolean } = { changes: {}, isNear: false };
  const saidAtMs: number[] = [];
  const announcer = startAnnouncer({
    time,
    presence: () => presence('a', now.changes),
    isNearWindow: () => now.isNear,
    say: said => {
      saidAtMs.push(clock.nowMs);
      return say(said);
    },
  });
  const settle = () => new Promise(resolve => setImmediate(resolve));
  const pass = async (ms: number) => {
    await settle();
    for (let each = 0; each < ms; each += 10) {
      clock.nowMs += 10;
      for (const timer of timers) {
        if (timer.atMs > clock.nowMs) continue;
        timers.delete(timer);
        timer.work();
      }
      await settle();
    }
  };
  return { announcer, now, saidAtMs, pass };
}

test('a node speaks once a second', async t => {
  const { announcer, saidAtMs, pass } = start();
  await announcer.announce();
  await pass(3500);
  t.deepEqual(saidAtMs, [0, 1000, 2000, 3000]);
});

test('one that promised a quicker pace keeps it from that very word on', async t => {
  const { announcer, now, saidAtMs, pass } = start();
  await announcer.announce();
  await pass(500);
  now.changes = { paceMs: 150, role: 'holding' };
  announcer.announceNews();
  await pass(500);
  now.changes = { paceMs: null, role: 'holding' };
  await pass(1500);
  t.deepEqual(saidAtMs, [0, 500, 650, 800, 950, 1100, 2100]);
});

test('a pace counts from when a word is out', async t => {
  let saying = Promise.withResolvers<void>();
  const { announcer, now, saidAtMs, pass } = start(() => saying.promise);
  now.changes = { paceMs: 150 };
  void announcer.announce();
  await pass(400);
  t.deepEqual(saidAtMs, [0]);
  saying.resolve();
  saying = Promise.withResolvers<void>();
  await pass(160);
  t.deepEqual(saidAtMs, [0, 550], 'and not from when it was begun');
});

test('what fellows must hear is said at once, and the rest in its time', async t => {
  const { announcer, now, saidAtMs, pass } = start();
  await announcer.announce();
  await pass(100);
  now.changes = { wallMs: 100 };
  announcer.announceNews();
  await pass(100);
  t.deepEqual(saidAtMs, [0]);
  now.changes = { nodeos: nodeosView({ alive: false }) };
  announcer.announceNews();
  announcer.announceNews();
  await pass(900);
  t.deepEqual(saidAtMs, [0, 200]);
});

test('that a node has taken the claim is no news in our window', async t => {
  const { announcer, now, saidAtMs, pass } = start();
  await announcer.announce();
  await pass(100);
  Object.assign(now, { changes: { role: 'holding' }, isNear: true });
  announcer.announceNews();
  await pass(100);
  t.deepEqual(saidAtMs, [0]);
  now.isNear = false;
  announcer.announceNews();
  await pass(100);
  t.deepEqual(saidAtMs, [0, 200]);
});

test('one that was stopped says nothing more', async t => {
  const { announcer, now, saidAtMs, pass } = start();
  await announcer.announce();
  announcer.stop();
  now.changes = { role: 'holding' };
  announcer.announceNews();
  await pass(2000);
  t.deepEqual(saidAtMs, [0]);
});
