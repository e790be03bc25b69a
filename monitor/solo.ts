// Solo: the register of a node that an operator has told to sign without etcd. While it is on, claims go into a chain on the node's volume; off, it is etcd's register.

import { EtcdError } from '#adapters/etcd/error.ts';
import { type Claim, renderClaim, type StoredClaim } from '#core/failover/claim.ts';
import {
  claimOf,
  decideReturn,
  decideStart,
  foreignBlock,
  forgotten,
  isNearWindow,
  type SoloOrder,
  type SoloRecord,
  type SoloStatus,
  silenceMs,
  stopped,
} from '#core/failover/solo.ts';
import type { Knowledge } from '#core/failover/state.ts';
import type { Time } from '#core/time.ts';
import type { MonitorConfig } from './config.ts';
import type { Journal } from './journal.ts';
import type { ClaimOutcome, Register, RegisterView } from './register.ts';
import { type Chain, type Link, openChain, SoloError } from './solo-chain.ts';
import { type Orders, openOrders } from './solo-order.ts';
import { readSealSecret } from './solo-seal.ts';

export interface Solo {
  /** What the rest of the monitor takes for etcd. */
  register: Register;
  /** Null when solo is off and nothing is to be said of it. */
  status(): SoloStatus | null;
  /** Whether claims go into the volume, or what they were has not been told to etcd yet. */
  isOn(): boolean;
}

/** A solo that nobody ends must not be forgotten. */
const remindEveryMs = 60_000;

export interface SoloParts {
  chain: Chain;
  orders: Orders;
  node: string;
  producer: string;
  journal: Pick<Journal, 'say'>;
  time: Time;
  /** What the monitor's machine knows at this moment. */
  knows(): Pick<Knowledge, 'windows' | 'self'>;
}

/** Undefined where the node has no place on its volume for it. */
export function startSolo(
  { soloFolder, keyFile, node, producer }: Pick<MonitorConfig, 'soloFolder' | 'keyFile' | 'node' | 'producer'>,
  register: Register,
  parts: Pick<SoloParts, 'journal' | 'time' | 'knows'>,
): Solo | undefined {
  if (soloFolder === undefined) return undefined;
  const secret = readSealSecret(keyFile);
  const [chain, orders] = [openChain(soloFolder, secret), openOrders(soloFolder, secret)];
  return openSolo(register, { ...parts, chain, orders, node, producer });
}

export function openSolo(inner: Register, parts: SoloParts): Solo {
  const { chain, orders, journal, time } = parts;
  let tip: Link | undefined;
  let broken: string | undefined;
  // What became of the last order that was not obeyed.
  let unheeded: { order: SoloOrder | undefined; phase: 'waiting' | 'refused'; reason: string } | undefined;
  let known: StoredClaim | undefined;
  let lastAnswerMs = time.nowMs();
  let answeringSinceMs: number | undefined;
  let remindedMs = Number.NEGATIVE_INFINITY;
  const exclusive = oneAfterAnother();

  const active = () => (tip === undefined || tip.record.phase === 'over' ? undefined : tip.record);
  const say = (decision: string, reason: string) => journal.say(`SOLO ${decision}`, reason);

  const learn = (stored: StoredClaim | undefined) => {
    if (stored !== undefined && BigInt(stored.revision) >= BigInt(known?.revision ?? '0')) known = stored;
  };

  /** The chain's newest claim as if etcd had it, at the newest revision seen: the machine takes what is older for overtaken. */
  const storedOf = (record: SoloRecord): StoredClaim => {
    const revision = BigInt(record.revision) > BigInt(known?.revision ?? '0') ? record.revision : known?.revision;
    return { claim: claimOf(record), text: record.claim, revision: revision ?? '0' };
  };

  /** Without fellows and requests. A node that must not take its claim again is told that it is drained. */
  const viewOf = (record: SoloRecord): RegisterView => {
    const stored = storedOf(record);
    const drained = record.phase !== 'signing';
    return { stored, nodes: [], request: undefined, maintenance: undefined, drained, revision: stored.revision };
  };

  const load = async (): Promise<void> => {
    try {
      tip = await chain.tip();
      broken = undefined;
    } catch (error) {
      if (!(error instanceof SoloError)) throw error;
      if (broken !== error.message) say('cannot be used', error.message);
      broken = error.message;
      tip = undefined;
    }
  };
  const loaded = exclusive(load).then(() => {
    const record = active();
    if (record !== undefined) say(record.phase, `found on the volume, by order of ${record.by}; ${record.why}`);
  });

  const extend = async (record: SoloRecord): Promise<boolean> => {
    const sequence = tip?.sequence ?? 0;
    if ((await chain.extend(sequence, record)) === 'made') {
      tip = { sequence: sequence + 1, record };
      return true;
    }
    await load();
    return false;
  };

  const enter = async (record: SoloRecord, decision: string, why: string) => {
    if (await extend({ ...record, why })) say(decision, why);
  };

  const followOrder = async (hasAnswered: boolean): Promise<void> => {
    const order = await orders.read();
    if (order === undefined) {
      if (unheeded?.phase === 'waiting') unheeded = undefined;
      return;
    }
    if ('problem' in order) return refuse(undefined, order.problem);
    if (broken !== undefined) await load();
    if (broken !== undefined) return refuse(order, broken);
    if (order.kind === 'stop') return stop(order);
    if (tip?.record.order === order.id) return orders.remove();
    const verdict = decideStart({
      order,
      node: parts.node,
      wallMs: time.wallMs(),
      silentForMs: hasAnswered ? undefined : time.nowMs() - lastAnswerMs,
      windows: parts.knows().windows,
      known,
      before: tip?.record,
    });
    switch (verdict.kind) {
      case 'wait':
        if (unheeded?.reason !== verdict.reason) say('waits', verdict.reason);
        unheeded = { order, phase: 'waiting', reason: verdict.reason };
        return;
      case 'refuse':
        return refuse(order, verdict.reason);
      case 'begin':
        unheeded = undefined;
        await enter(verdict.record, 'begins', `by order of ${order.by}: ${verdict.record.why}`);
        return orders.remove();
    }
  };

  /** Removed before anything else: an order that was refused must not come true after a restart. */
  const refuse = async (order: SoloOrder | undefined, reason: string) => {
    await orders.remove();
    unheeded = { order, phase: 'refused', reason };
    say('refused', reason);
  };

  const stop = async (order: SoloOrder) => {
    const record = active();
    if (record === undefined) return refuse(order, 'solo is not on');
    await enter(stopped(record), 'stops', `by order of ${order.by}; etcd will be told what was signed`);
    return orders.remove();
  };

  const whileSilent = async (record: SoloRecord): Promise<RegisterView> => {
    const foreign = foreignBlock(record, parts.knows().self.nodeos, parts.producer);
    const why = forgotten(record, time.wallMs());
    if (record.phase === 'signing' && foreign !== undefined) await enter(stopped(record), 'ALARM', foreign);
    else if (record.phase === 'signing' && why !== undefined) await enter(stopped(record), 'stops', why);
    else if (record.phase === 'closing' && time.nowMs() - lastAnswerMs >= silenceMs) {
      await enter({ ...record, phase: 'signing' }, 'goes on', 'etcd is silent again');
    } else if (time.nowMs() - remindedMs >= remindEveryMs) {
      remindedMs = time.nowMs();
      say(record.phase, `etcd is silent; claimed up to slot ${claimOf(record).slot} by the volume alone`);
    }
    return viewOf(active() ?? record);
  };

  const whenAnswered = async (record: SoloRecord, view: RegisterView): Promise<RegisterView> => {
    const { windows } = parts.knows();
    const verdict = decideReturn({
      record,
      stored: view.stored,
      others: view.nodes.filter(({ node }) => node !== parts.node),
      answeredForMs: time.nowMs() - (answeringSinceMs ?? time.nowMs()),
      isNearWindow: isNearWindow(windows, time.wallMs()),
    });
    switch (verdict.kind) {
      case 'stay':
        return viewOf(record);
      case 'done':
      case 'lost':
        await enter({ ...record, phase: 'over' }, verdict.kind === 'lost' ? 'ALARM' : 'is over', verdict.why);
        return view;
      case 'close':
        return close(verdict.expected, verdict.record, verdict.alarm, view);
    }
  };

  /** The volume first: what is put into etcd is then the last claim of the chain, whatever becomes of the put. */
  const close = async (expected: StoredClaim, record: SoloRecord, alarm: string | undefined, view: RegisterView) => {
    if (record !== active()) {
      if (!(await extend(record))) return view;
      say(alarm === undefined ? 'closes' : 'ALARM', alarm ?? record.why);
    }
    const outcome = await inner.swapClaim(expected, claimOf(record));
    if (outcome.kind !== 'put') return viewOf(record);
    learn(outcome.stored);
    await enter({ ...record, phase: 'over' }, 'is over', `etcd has the claim up to slot ${outcome.stored.claim.slot}`);
    return { ...view, stored: outcome.stored };
  };

  const readAll = async (): Promise<RegisterView> => {
    await loaded;
    const read = await answerOf(inner.readAll());
    return exclusive(async () => {
      if ('view' in read) {
        learn(read.view.stored);
        lastAnswerMs = time.nowMs();
        answeringSinceMs ??= lastAnswerMs;
      } else answeringSinceMs = undefined;
      // A volume that fails must not keep etcd's register from a node that is not solo.
      await followOrder('view' in read).catch((error: unknown) =>
        say('cannot follow an order', (error as Error).message),
      );
      const record = active();
      if (record !== undefined) return 'view' in read ? whenAnswered(record, read.view) : whileSilent(record);
      if ('view' in read) return read.view;
      throw read.error;
    });
  };

  const swapClaim = async (expected: StoredClaim, claim: Claim): Promise<ClaimOutcome> => {
    await loaded;
    return exclusive(async () => {
      const record = active();
      if (record === undefined) return undefined;
      // A machine that slept asks for a signature before it reads anything.
      const why = record.phase === 'signing' ? forgotten(record, time.wallMs()) : undefined;
      if (why !== undefined) await enter(stopped(record), 'stops', why);
      const isLink = expected.text === record.claim && why === undefined;
      if (record.phase !== 'signing' || !isLink || claim.slot < claimOf(record).slot) {
        return { kind: 'changed' as const, stored: storedOf(active() ?? record) };
      }
      const next = { ...record, claim: renderClaim(claim) };
      const isMade = await extend(next);
      const now = active();
      return isMade
        ? { kind: 'put' as const, stored: storedOf(next) }
        : { kind: 'changed' as const, stored: now === undefined ? undefined : storedOf(now) };
    }).then(async outcome => {
      if (outcome !== undefined) return outcome;
      const real = await inner.swapClaim(expected, claim);
      if (real.kind !== 'unclear') learn(real.stored);
      return real;
    });
  };

  /** What tells others of this node may fail while they cannot hear it anyway. */
  const lenient = async (work: Promise<void>) => {
    if (active() === undefined) return work;
    return work.catch(() => undefined);
  };

  return {
    isOn: () => active() !== undefined,
    register: {
      readAll,
      swapClaim,
      watch: async (fromRevision, onChange, onClaim) => {
        if (active() !== undefined) throw new EtcdError('unknown', 'solo: etcd is read, and not watched');
        return inner.watch(fromRevision, onChange, stored => {
          if (active() !== undefined) return;
          learn(stored);
          onClaim(stored);
        });
      },
      announce: presence => lenient(inner.announce(presence)),
      answer: answer => inner.answer(answer),
      record: (epoch, entry) => lenient(inner.record(epoch, entry)),
      warmUp: () => lenient(inner.warmUp()),
    },
    status: () => {
      const record = active();
      if (record !== undefined) {
        const { phase, why, order, by, fence } = record;
        return { phase, detail: why, order, by, fence, slot: claimOf(record).slot };
      }
      const nothing = { order: unheeded?.order?.id ?? '', by: unheeded?.order?.by ?? '', fence: null, slot: null };
      if (unheeded !== undefined) return { phase: unheeded.phase, detail: unheeded.reason, ...nothing };
      if (broken !== undefined) return { phase: 'broken', detail: broken, ...nothing };
      return null;
    },
  };
}

/** What etcd said, or that it said nothing. Anything but an error of etcd is ours. */
async function answerOf(asked: Promise<RegisterView>): Promise<{ view: RegisterView } | { error: EtcdError }> {
  try {
    return { view: await asked };
  } catch (error) {
    if (error instanceof EtcdError) return { error };
    throw error;
  }
}

/** Work in the order of asking, never two at once. */
function oneAfterAnother(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return work => {
    const done = last.then(work, work);
    last = done.catch(() => undefined);
    return done;
  };
}

/** For Prometheus: whether solo is on, and whether it wants a look. */
export function renderSoloMetrics(solo: Pick<Solo, 'status' | 'isOn'> | undefined): string {
  return [
    '# HELP active_eos_solo Whether this node signs by its volume alone, or has not told etcd of it yet.',
    '# TYPE active_eos_solo gauge',
    `active_eos_solo ${Number(solo?.isOn() ?? false)}`,
    '# HELP active_eos_solo_broken Whether what solo has left on the volume cannot be read.',
    '# TYPE active_eos_solo_broken gauge',
    `active_eos_solo_broken ${Number(solo?.status()?.phase === 'broken')}`,
    '',
  ].join('\n');
}
