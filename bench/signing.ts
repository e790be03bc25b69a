// How long a signature takes, beside the etcd transaction that it cannot do without, sample by sample in one run.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';
import { Etcd3 } from 'etcd3';
import { machineTime } from '#adapters/clock/machine.ts';
import { connectCluster, type EtcdCluster } from '#adapters/etcd/cluster.ts';
import { startEtcdMembers } from './etcd-members.ts';
import { inStep } from './in-step.ts';
import { openProcesses } from './processes.ts';
import { type Producer, producerCount, startHolders } from './producers.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { atMost, type Finding, milliseconds, type Row } from './table.ts';
import { likeAClaim, putRaw, timed } from './transactions.ts';

/** What the monitor may add to etcd's own transaction. */
const mostAddedMs = 1;
const mostP99Ms = 15;
/** Slots before anything counts: code and connections get warm, on both sides of the comparison. */
const warmUpSlots = 10;

const [startLimitMs, seldomLimitMs] = [60_000, 5000];

/** Before each operation, so that none finds the machine warmed up by the one before: a signature comes twice a second. */
const restMs = 6;

type Operation = 'raw' | 'seldom' | 'cluster' | 'step' | 'early';
/** `early` follows `step` within a slot; who comes first changes from turn to turn. */
const orders: readonly Operation[][] = [
  ['raw', 'cluster', 'step', 'seldom', 'early'],
  ['step', 'seldom', 'early', 'raw', 'cluster'],
  ['cluster', 'seldom', 'step', 'raw', 'early'],
  ['seldom', 'step', 'raw', 'early', 'cluster'],
];

/** @param samples of each operation */
export async function measureSigning(samples: number, claimAhead: 0 | 1 = 0): Promise<Finding> {
  const processes = await openProcesses();
  const closers: (() => void)[] = [];
  try {
    const etcd = await startEtcdMembers(processes);
    closers.push(etcd.close);
    const producers = await startHolders({ processes, etcd, claimAhead });
    const leader = etcd.endpoints[await etcd.leader()] ?? '';
    closers.push(...producers.map(({ nodeos }) => nodeos.stop));
    const benches = await Promise.all(
      producers.map(async (producer, index) => ({ ...(await openTransactions(producer, index, leader)), producer })),
    );
    closers.push(...benches.map(({ close }) => close));
    const took: Record<Operation, number[]> = { raw: [], seldom: [], cluster: [], step: [], early: [] };
    const refusals: string[] = [];
    const warmUpTurns = warmUpSlots * producerCount;
    let claimsBefore = { count: 0, seconds: 0, paidAhead: 0 };
    await inStep(
      benches,
      async ({ producer: { nodeos }, raw, seldom, cluster }, turns) => {
        if (turns === warmUpTurns) claimsBefore = await sumClaims(producers);
        const perform: Record<Operation, () => Promise<number | undefined>> = {
          raw: () => timed(raw),
          seldom,
          cluster: () => timed(cluster),
          step: async () => keep(await nodeos.sign('early')),
          early: async () => keep(await nodeos.sign()),
        };
        const keep = (asked: Awaited<ReturnType<typeof nodeos.sign>>) => {
          if (asked.kind === 'signed') return asked.tookMs;
          refusals.push(asked.reason);
          return undefined;
        };
        for (const operation of orders[turns % orders.length] ?? []) {
          const ms = await perform[operation]();
          if (ms !== undefined && turns >= warmUpTurns) took[operation].push(ms);
          await rest(restMs);
        }
      },
      () => took.early.length >= samples,
    );
    const claims = await sumClaims(producers);
    const meanMs = ((claims.seconds - claimsBefore.seconds) / (claims.count - claimsBefore.count)) * 1000;
    const paidAhead = claims.paidAhead - claimsBefore.paidAhead;
    return {
      title: claimAhead === 0 ? 'signing' : 'signing, claimed ahead',
      how:
        `From the request at the monitor's unix socket to the signature, ${took.step.length} times each, one after another with a rest between them, in one run: ` +
        `${producerCount} monitors in turn, three etcd members ${etcd.version} on loopback that write to disk. In step: the clock tells the slot, etcd and nodeos are asked ` +
        'at once. Early, as with full blocks: nodeos is asked for its head first.',
      rows: [
        ...rowsOf(took),
        { figure: "the monitor's own figure for its part in etcd, mean", measured: milliseconds(meanMs) },
        ...(claimAhead === 0 ? [] : [{ figure: 'signatures on claims made ahead', measured: `${paidAhead}` }]),
        { figure: 'requests refused', measured: `${refusals.length} of ${took.step.length * 2}`, ...unless(refusals) },
      ],
    };
  } finally {
    for (const close of closers) close();
    await processes.stop();
  }
}

function rowsOf(took: Record<Operation, number[]>): Row[] {
  const spreads = {
    raw: spreadOf(took.raw),
    seldom: spreadOf(took.seldom),
    cluster: spreadOf(took.cluster),
    step: spreadOf(took.step),
    early: spreadOf(took.early),
  };
  const plain = (figure: string, { p50, p99, max }: Spread): Row => ({
    figure,
    measured: `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}, max ${milliseconds(max)}`,
  });
  const signature = (figure: string, { p50, p99, max }: Spread): Row[] => [
    atMost(
      `${figure}, p50 (${(p50 / spreads.seldom.p50).toFixed(2)} × etcd's, ${(p50 / spreads.raw.p50).toFixed(2)} × a busy process')`,
      p50,
      spreads.seldom.p50 + mostAddedMs,
      milliseconds,
    ),
    atMost(`${figure}, p99 (${(p99 / spreads.seldom.p99).toFixed(2)} × etcd's)`, p99, mostP99Ms, milliseconds),
    { figure: `${figure}, max`, measured: milliseconds(max) },
  ];
  return [
    plain("etcd's compare-and-put at its leader, plain etcd3 client, in a busy process", spreads.raw),
    plain('the same in a process woken once a slot, as a monitor is', spreads.seldom),
    plain('the same through our cluster client, in a busy process', spreads.cluster),
    ...signature('signature in step', spreads.step),
    ...signature('signature early', spreads.early),
  ];
}

function unless(refusals: readonly string[]): Pick<Row, 'bound'> {
  return { bound: { text: refusals[0]?.slice(0, 80) ?? 'none', isKept: refusals.length === 0 } };
}

/** Compare-and-put on a key of its own, with values as long as a claim: at the leader, which is quickest, and as this producer's monitor would. */
async function openTransactions(producer: Producer, index: number, leader: string) {
  const client = new Etcd3({ hosts: leader });
  const cluster = connectCluster({ endpoints: producer.endpoints, deadlineMs: 1000, time: machineTime });
  const seldom = fork(join(import.meta.dirname, 'seldom.ts'), [leader, `/bench/seldom/${index}`]);
  await once(seldom, 'message', { signal: AbortSignal.timeout(startLimitMs) });
  return {
    raw: putRaw(client, `/bench/raw/${index}`),
    seldom: async () => {
      seldom.send('put');
      const [ms] = (await once(seldom, 'message', { signal: AbortSignal.timeout(seldomLimitMs) })) as [number];
      return ms;
    },
    cluster: putByCluster(cluster, `/bench/cluster/${index}`),
    close: () => {
      client.close();
      cluster.close();
      seldom.kill();
    },
  };
}

function putByCluster(cluster: EtcdCluster, key: string): () => Promise<unknown> {
  let known: { revision: string; text: string } | undefined;
  return async () => {
    const text = likeAClaim();
    const result = await cluster.ask(member => member.compareAndPut(key, known ?? 'absent', text));
    if (result.kind === 'changed') {
      // Two members were asked, and the slower one saw the faster one's write.
      const found = await cluster.ask(member => member.get(key));
      known = found && { revision: found.modRevision, text: found.value };
    } else known = { revision: result.revision, text };
  };
}

async function sumClaims(
  producers: readonly Producer[],
): Promise<{ count: number; seconds: number; paidAhead: number }> {
  const all = await Promise.all(producers.map(({ monitor }) => monitor.metrics()));
  const sum = (name: string) => all.reduce((total, each) => total + (each.get(`active_eos_${name}`) ?? 0), 0);
  return {
    count: sum('claims_total') + sum('claims_ahead_total'),
    seconds: sum('claim_round_trip_seconds_sum'),
    paidAhead: sum('signatures_ahead_total'),
  };
}
