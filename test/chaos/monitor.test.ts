// The monitor against real etcd on loopback, judged by the observer alone: who signed our slots when things go wrong.

import test from 'ava';
import type { HandoverMoment } from '#core/failover/requests.ts';
import { parseAnswer } from '#core/failover/requests.ts';
import { slotStartMs, type Window } from '#core/slots.ts';
import { type LocalFleet, type LocalNode, nextWindow, startLocalFleet } from './local-fleet.ts';

let fleet: LocalFleet;
test.before('three nodes', async () => {
  fleet = await startLocalFleet(3);
});
test.after.always('end them', () => fleet?.stop());

/** Resolves in the middle of making the window's block `index`. */
function duringBlock(window: Window, index: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, slotStartMs(window.first + index) - 350 - Date.now()));
}

/** The window's verdict, once nothing about it is pending. */
function judged(window: Window) {
  return fleet.until('a settled window', 20_000, async () => {
    const judgement = await fleet.judge(window.first, window.last);
    return judgement.ourSlots === 12 && judgement.pendingSlots.length === 0 ? judgement : undefined;
  });
}

async function holder(): Promise<LocalNode> {
  return fleet.until('a holder', 10_000, async () => {
    const node = await fleet.holder();
    const status = await node?.status().catch(() => undefined);
    return status?.role === 'holding' ? node : undefined;
  });
}

async function handOver(moment: HandoverMoment): Promise<{ from: string; to: string }> {
  const from = await holder();
  const id = `test-${moment}-${Date.now()}`;
  await fleet.cluster.ask(member =>
    member.put(fleet.keys.request, JSON.stringify({ v: 1, kind: 'handover', id, target: null, moment, by: 'a test' })),
  );
  await fleet.until('the answer done', 20_000, async () => {
    const answer = parseAnswer((await fleet.cluster.ask(member => member.get(fleet.keys.answer)))?.value ?? '');
    if (answer?.id === id && answer.outcome === 'refused') throw new Error(answer.reason);
    return answer?.id === id && answer.outcome === 'done' ? true : undefined;
  });
  return { from: from.name, to: (await holder()).name };
}

test.serial('a handover in the gap moves signing to another node, and no slot is missed', async t => {
  const window = nextWindow();
  const { from, to } = await handOver('gap');
  t.not(from, to);
  const judgement = await judged(window);
  t.deepEqual([judgement.missedSlots, judgement.doubleSignedSlots], [[], []]);
});

test.serial('a handover in the middle of our window costs no slot either', async t => {
  const window = nextWindow();
  await duringBlock(window, 4);
  const { from, to } = await handOver('now');
  const judgement = await judged(window);
  t.deepEqual([judgement.missedSlots, judgement.doubleSignedSlots], [[], []]);
  const signers = new Set(judgement.slots.flatMap(slot => slot.nodes));
  t.deepEqual(signers, new Set([from, to]));
});

test.serial('kill -9 of the signing node and its monitor inside our window costs one slot at most', async t => {
  const window = nextWindow();
  const victim = await holder();
  await duringBlock(window, 6);
  victim.kill();
  const judgement = await judged(window);
  t.deepEqual(judgement.doubleSignedSlots, []);
  t.true(judgement.missedSlots.length <= 1, `missed ${judgement.missedSlots.map(slot => slot - window.first).join()}`);
  t.not((await holder()).name, victim.name);
});

test.serial('a holder stopped for a while and revived is refused, pauses, and no slot is signed twice', async t => {
  const window = nextWindow();
  const victim = await holder();
  await duringBlock(window, 3);
  victim.nodeos.kill('SIGSTOP');
  victim.monitor.kill('SIGSTOP');
  await duringBlock(window, 8);
  victim.nodeos.kill('SIGCONT');
  victim.monitor.kill('SIGCONT');
  const judgement = await judged(window);
  t.deepEqual(judgement.doubleSignedSlots, []);
  t.true(judgement.missedSlots.length <= 1, `missed ${judgement.missedSlots.map(slot => slot - window.first).join()}`);
  const status = await fleet.until('the revived node a paused standby', 10_000, async () => {
    const seen = await victim.status();
    return seen.role === 'standby' && seen.nodeos.paused === true ? seen : undefined;
  });
  t.not(status.claim?.holder, victim.name);
});
