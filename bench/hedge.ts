// How long claims take while an etcd member hangs: one that follows, and the one that leads.

import { setTimeout as rest } from 'node:timers/promises';
import { slotAt, slotMs, slotStartMs } from '#core/slots.ts';
import { type EtcdMembers, startEtcdMembers } from './etcd-members.ts';
import { turnMs } from './in-step.ts';
import { openProcesses } from './processes.ts';
import { type Producer, producerCount, startHolders } from './producers.ts';
import { spreadOf } from './statistics.ts';
import { type Finding, milliseconds, type Row } from './table.ts';

/** The member hangs for so many slots, then all have so many to settle. */
const [hungSlots, settleSlots] = [10, 10];
const warmUpSlots = 10;

interface Sample {
  /** Monotonic time of the answer. */
  answeredMs: number;
  tookMs: number;
  isSigned: boolean;
}

interface Ordeal {
  /** Of the first request after the member hung, of each monitor that preferred it. */
  firstOfThose: Sample[];
  all: Sample[];
  /** From the moment it hung to the next signature, of each monitor. */
  gapsMs: number[];
}

/** @param times each of the two members hangs */
export async function measureHedge(times: number): Promise<Finding> {
  const processes = await openProcesses();
  const closers: (() => void)[] = [];
  try {
    const etcd = await startEtcdMembers(processes);
    closers.push(etcd.close);
    const producers = await startHolders({ processes, etcd });
    closers.push(...producers.map(({ nodeos }) => nodeos.stop));
    const samples: Sample[][] = producers.map(() => []);
    const control = new AbortController();
    const asking = producers.map((producer, index) =>
      askEachSlot(producer, index, samples[index] ?? [], control.signal),
    );
    await rest(warmUpSlots * slotMs);
    const usual = spreadOf(signed(samples.flat()));
    const following = emptyOrdeal();
    const leading = emptyOrdeal();
    for (let time = 0; time < times; time++) {
      const leader = await etcd.leader();
      await hang(etcd, (leader + 1 + (time % 2)) % 3, { producers, samples }, following);
      await hang(etcd, await etcd.leader(), { producers, samples }, leading);
    }
    control.abort();
    await Promise.all(asking);
    return {
      title: 'hedge',
      how:
        `${producerCount} monitors, asked once a slot each; ${times} times a member that follows hangs (SIGSTOP) for ${(hungSlots * slotMs) / 1000} s, and ${times} times the one that leads. ` +
        `Three members ${etcd.version}, election after 1 to 2 s. A request refused costs one block.`,
      rows: [
        { figure: 'usual signature', measured: `p50 ${milliseconds(usual.p50)}, p99 ${milliseconds(usual.p99)}` },
        ...rowsOf('a follower hangs', following),
        ...rowsOf('the leader hangs', leading),
      ],
    };
  } finally {
    for (const close of closers) close();
    await processes.stop();
  }
}

/** Until the signal; a request that hangs makes the next one late, as it does with nodeos. */
async function askEachSlot({ nodeos }: Producer, index: number, into: Sample[], signal: AbortSignal): Promise<void> {
  const atMs = turnMs(index, producerCount);
  while (!signal.aborted) {
    const nowMs = Date.now();
    const today = slotStartMs(slotAt(nowMs)) + atMs;
    await rest((today > nowMs ? today : today + slotMs) - nowMs);
    const { kind, tookMs } = await nodeos.sign();
    into.push({ answeredMs: performance.now(), tookMs, isSigned: kind === 'signed' });
  }
}

async function hang(
  etcd: EtcdMembers,
  index: number,
  { producers, samples }: { producers: readonly Producer[]; samples: readonly Sample[][] },
  into: Ordeal,
): Promise<void> {
  const member = etcd.processes[index];
  const before = samples.map(each => each.length);
  const hungAtMs = performance.now();
  member?.kill('SIGSTOP');
  await rest(hungSlots * slotMs);
  member?.kill('SIGCONT');
  for (const [at, producer] of producers.entries()) {
    const since = (samples[at] ?? [])
      .slice(before[at])
      .filter(({ answeredMs, tookMs }) => answeredMs - tookMs >= hungAtMs);
    into.all.push(...since);
    if (producer.endpoints[0] === etcd.endpoints[index] && since[0] !== undefined) into.firstOfThose.push(since[0]);
    const next = since.find(({ isSigned }) => isSigned);
    into.gapsMs.push(next === undefined ? Number.POSITIVE_INFINITY : next.answeredMs - hungAtMs);
  }
  await rest(settleSlots * slotMs);
}

function rowsOf(what: string, { all, firstOfThose, gapsMs }: Ordeal): Row[] {
  const took = spreadOf(signed(all));
  const first = spreadOf(signed(firstOfThose));
  const gap = spreadOf(gapsMs);
  const refused = all.filter(({ isSigned }) => !isSigned).length;
  return [
    {
      figure: `${what}: signatures meanwhile`,
      measured: `p50 ${milliseconds(took.p50)}, p90 ${milliseconds(took.p90)}, p99 ${milliseconds(took.p99)}, max ${milliseconds(took.max)}`,
    },
    {
      figure: `${what}: first request of monitors listing it first`,
      measured: `p50 ${milliseconds(first.p50)}, max ${milliseconds(first.max)} (${first.count} signed of ${firstOfThose.length})`,
    },
    {
      figure: `${what}: time until a monitor's next signature`,
      measured: `p50 ${milliseconds(gap.p50)}, p90 ${milliseconds(gap.p90)}, max ${milliseconds(gap.max)}`,
    },
    { figure: `${what}: requests refused`, measured: `${refused} of ${all.length}` },
  ];
}

function signed(samples: readonly Sample[]): number[] {
  return samples.filter(({ isSigned }) => isSigned).map(({ tookMs }) => tookMs);
}

function emptyOrdeal(): Ordeal {
  return { firstOfThose: [], all: [], gapsMs: [] };
}
