// The monitor against real etcd on loopback, judged by the observer alone: who signed our slots when things go wrong.

import test, { type ExecutionContext } from 'ava';
import type { HandoverMoment } from '#core/failover/requests.ts';
import { parseAnswer } from '#core/failover/requests.ts';
import { slotStartMs, type Window } from '#core/slots.ts';
import type { Judgement } from '#rehearsal/observer/ledger.ts';
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
  return fleet.until('a settled window', 45_000, async () => {
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

/**
 * Runs a trial, and once more if it missed more slots than it may: a machine that stalls for a moment misses blocks whatever we do.
 * That no slot is signed twice must hold each time.
 */
async function missesAtMost(
  t: ExecutionContext,
  most: number,
  trial: (window: Window) => Promise<void>,
): Promise<Judgement> {
  const missed: string[] = [];
  for (let attempt = 0; attempt < 2; attempt++) {
    const window = nextWindow();
    await trial(window);
    const judgement = await judged(window);
    t.deepEqual(judgement.doubleSignedSlots, []);
    if (judgement.missedSlots.length <= most) return judgement;
    missed.push(judgement.missedSlots.map(slot => slot - window.first).join());
  }
  throw new Error(`more than ${most} slots missed, twice: ${missed.join(' and ')} of the window`);
}

test.serial('a handover in the gap moves signing to another node, and no slot is missed', async t => {
  await missesAtMost(t, 0, async () => {
    const { from, to } = await handOver('gap');
    t.not(from, to);
  });
});

test.serial('a handover in the middle of our window costs no slot either', async t => {
  let both: { from: string; to: string } | undefined;
  const { slots } = await missesAtMost(t, 0, async window => {
    await duringBlock(window, 4);
    both = await handOver('now');
  });
  t.deepEqual(new Set(slots.flatMap(slot => slot.nodes)), new Set([both?.from, both?.to]));
});

test.serial('a holder stopped for a while and revived is refused, pauses, and no slot is signed twice', async t => {
  let victim: LocalNode | undefined;
  await missesAtMost(t, 1, async window => {
    victim = await holder();
    await duringBlock(window, 3);
    victim.nodeos.kill('SIGSTOP');
    victim.monitor.kill('SIGSTOP');
    await duringBlock(window, 8);
    victim.nodeos.kill('SIGCONT');
    victim.monitor.kill('SIGCONT');
  });
  const status = await fleet.until('the revived node a paused standby', 10_000, async () => {
    const seen = await victim?.status();
    return seen?.role === 'standby' && seen.nodeos.paused === true ? seen : undefined;
  });
  t.not(status.claim?.holder, status.node);
});

test.serial('kill -9 of the signing node and its monitor inside our window costs one slot at most', async t => {
  let victim: LocalNode | undefined;
  await missesAtMost(t, 1, async window => {
    victim = await holder();
    await duringBlock(window, 6);
    victim.kill();
  });
  t.not((await holder()).name, victim?.name);
});
