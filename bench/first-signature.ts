// What the first signature of a fresh standby costs: it takes over in our window from a holder that falls silent, and is asked at once.

import { randomUUID } from 'node:crypto';
import { setTimeout as rest } from 'node:timers/promises';
import { type Claim, claimVersion, renderClaim } from '#core/failover/claim.ts';
import type { RegisterKeys } from '#core/failover/keys.ts';
import { dueMs } from '#core/failover/takeover.ts';
import { slotAt, slotMs, slotStartMs, slotsPerWindow } from '#core/slots.ts';
import { type BareNodeos, blockId } from './bare-nodeos.ts';
import { type EtcdMembers, startEtcdMembers } from './etcd-members.ts';
import { inStep } from './in-step.ts';
import { chainId, produceBlockOffsetMs } from './monitor.ts';
import { openProcesses } from './processes.ts';
import { type Producer, producerCount, startProducer } from './producers.ts';
import { spreadOf } from './statistics.ts';
import { atMost, type Finding, milliseconds } from './table.ts';

const mostRatio = 2;
/** Two windows and more: a standby that has stood by for a while, as it would. */
const standbyMs = 15_000;
/** Signatures after the first one that make the usual. */
const warmSlots = 40;
/** A block asked for later than this before its slot's end would be refused as late. */
const leastLeftMs = 30;

interface Trial {
  firstMs: number;
  later: number[];
  usualMs: number;
}

/** @param rounds each with fresh monitors */
export async function measureFirstSignature(rounds: number): Promise<Finding> {
  const trials: Trial[] = [];
  let refused = 0;
  for (let round = 0; round < rounds; round++) {
    const found = await takeOver();
    trials.push(...found.trials);
    refused += found.refused;
  }
  const first = spreadOf(trials.map(({ firstMs }) => firstMs));
  const usual = spreadOf(trials.map(({ usualMs }) => usualMs));
  const ratio = spreadOf(trials.map(({ firstMs, usualMs }) => firstMs / usualMs));
  const times = (value: number) => `${value.toFixed(2)} ×`;
  const above = trials.filter(({ firstMs, usualMs }) => firstMs > mostRatio * usualMs).length;
  const laterAbove = trials.flatMap(({ later, usualMs }) => later.filter(ms => ms > mostRatio * usualMs)).length;
  const laterCount = trials.reduce((sum, { later }) => sum + later.length, 0);
  return {
    title: 'first signature',
    how:
      `${trials.length} fresh monitors, each a standby for ${standbyMs / 1000} s beside a holder that then falls silent in our window: it takes over, resumes its nodeos, ` +
      `and is asked for the block at once. Held against the p50 of its own next ${warmSlots} signatures, one a slot.`,
    rows: [
      { figure: 'first signature', measured: `p50 ${milliseconds(first.p50)}, max ${milliseconds(first.max)}` },
      {
        figure: 'usual p50 of the same monitor',
        measured: `p50 ${milliseconds(usual.p50)}, max ${milliseconds(usual.max)}`,
      },
      atMost('first ÷ usual, p50', ratio.p50, mostRatio, times),
      atMost('first ÷ usual, max', ratio.max, mostRatio, times),
      {
        figure: `above ${mostRatio} × the usual`,
        measured: `${above} of ${trials.length} first ones, ${laterAbove} of ${laterCount} later ones`,
      },
      { figure: 'first requests refused', measured: `${refused} of ${trials.length + refused}` },
    ],
  };
}

async function takeOver(): Promise<{ trials: Trial[]; refused: number }> {
  const processes = await openProcesses();
  const closers: (() => void)[] = [];
  try {
    const etcd = await startEtcdMembers(processes);
    closers.push(etcd.close);
    const standbys: { producer: Producer; holder: FormerHolder; first?: number; later: number[] }[] = [];
    for (let index = 0; index < producerCount; index++) {
      let holder: FormerHolder | undefined;
      const producer = await startProducer(index, { processes, etcd }, async (keys, nodeos) => {
        holder = await startFormerHolder(etcd, keys, nodeos);
      });
      closers.push(producer.nodeos.stop);
      if (holder !== undefined) standbys.push({ producer, holder, later: [] });
    }
    closers.push(...standbys.map(({ holder }) => holder.stop));
    await rest(standbyMs);
    let refused = 0;
    // One after the other: a takeover is a matter of one monitor.
    for (const standby of standbys) {
      const { nodeos } = standby.producer;
      const resumed = nodeos.resumed();
      standby.holder.stop();
      await resumed;
      const leftMs = slotStartMs(slotAt(Date.now()) + 1) - Date.now();
      if (leftMs < leastLeftMs) await rest(leftMs + 1);
      const asked = await nodeos.sign();
      if (asked.kind === 'signed') standby.first = asked.tookMs;
      else refused++;
    }
    const signing = standbys.filter(({ first }) => first !== undefined);
    await inStep(
      signing,
      async ({ producer, later }) => {
        const asked = await producer.nodeos.sign();
        if (asked.kind === 'signed') later.push(asked.tookMs);
      },
      () => signing.every(({ later }) => later.length >= warmSlots),
    );
    const trials = signing.map(({ first = Number.NaN, later }) => ({
      firstMs: first,
      later,
      usualMs: spreadOf(later).p50,
    }));
    return { trials, refused };
  } finally {
    for (const close of closers) close();
    await processes.stop();
  }
}

interface FormerHolder {
  stop(): void;
}

/** Claims each slot when it is due and sends its blocks, as another node's monitor and nodeos would; falls silent when stopped. */
async function startFormerHolder(etcd: EtcdMembers, keys: RegisterKeys, nodeos: BareNodeos): Promise<FormerHolder> {
  const [node, incarnation] = ['former', randomUUID()];
  let stopped = false;
  const claimOf = (slot: number): Claim => ({
    v: claimVersion,
    slot,
    digest: blockId(slot),
    holder: node,
    incarnation,
    epoch: 1,
  });
  const write = async (claim: Claim) => {
    await etcd.cluster.ask(member => member.put(keys.claim, renderClaim(claim)));
    nodeos.receive({ id: claim.digest, slot: claim.slot });
  };
  await etcd.cluster.ask(member =>
    member.put(`${keys.nodes}${node}/${incarnation}`, renderPresence(node, incarnation)),
  );
  await write(claimOf(slotAt(Date.now())));
  const run = async () => {
    for (let slot = slotAt(Date.now()) + 2; ; slot++) {
      const first = slot - (slot % slotsPerWindow);
      const waitMs = dueMs(slot, { first, last: first + slotsPerWindow - 1 }, produceBlockOffsetMs) - Date.now();
      if (waitMs < -slotMs) continue;
      await rest(Math.max(0, waitMs));
      if (stopped) return;
      await write(claimOf(slot)).catch(() => undefined);
    }
  };
  void run();
  return {
    stop: () => {
      stopped = true;
    },
  };
}

/** A holder that nobody can fault. */
function renderPresence(node: string, incarnation: string): string {
  const view = {
    alive: true,
    paused: false,
    headNum: 0,
    headId: '',
    headSlot: 0,
    lib: 0,
    chainId,
    version: '',
    peers: 1,
  };
  return JSON.stringify({
    v: 1,
    node,
    site: 'elsewhere',
    zone: 'a',
    incarnation,
    role: 'holding',
    priority: 100,
    eligible: true,
    why: [],
    draining: false,
    nodeos: view,
    p2pAddress: '127.0.0.1:9',
    wallMs: Date.now(),
  });
}
