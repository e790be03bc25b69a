// Solo: the register of a node that an operator has told to sign without etcd. While it is on, claims go into a chain on the node's volume; off, it is etcd's register.

import { EtcdError } from '#adapters/etcd/error.ts';
import { type Claim, renderClaim, type StoredClaim } from '#core/failover/claim.ts';
import { decideReturn, foreignBlock, forgotten, isNearWindow, silenceMs } from '#core/failover/solo.ts';
import { claimOf, type SoloRecord, type SoloStatus } from '#core/failover/solo-record.ts';
import type { Knowledge } from '#core/failover/state.ts';
import type { Time } from '#core/time.ts';
import type { MonitorConfig } from './config.ts';
import type { Journal } from './journal.ts';
import type { ClaimOutcome, Register, RegisterView } from './register.ts';
import { type Chain, openChain } from './solo-chain.ts';
import { type Obedience, obeyOrders } from './solo-obedience.ts';
import { type Orders, openOrders } from './solo-order.ts';
import { oneAfterAnother, openGlance } from './solo-pace.ts';
import { readSealSecret, type SoloScope } from './solo-seal.ts';
import { openVolume, type SoloVolume } from './solo-volume.ts';

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
/** A volume that hangs must not keep a node from asking etcd again. */
const lookLimitMs = 200;

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
  config: Pick<MonitorConfig, 'soloFolder' | 'keyFile'> & SoloScope,
  register: Register,
  parts: Pick<SoloParts, 'journal' | 'time' | 'knows'>,
): Solo | undefined {
  const { soloFolder, keyFile, node, producer } = config;
  if (soloFolder === undefined) return undefined;
  const secret = readSealSecret(keyFile, config);
  const [chain, orders] = [openChain(soloFolder, secret), openOrders(soloFolder, secret)];
  return openSolo(register, { ...parts, chain, orders, node, producer });
}

export function openSolo(inner: Register, parts: SoloParts): Solo {
  const { node, producer, journal, time } = parts;
  const say = (decision: string, reason: string) => journal.say(`SOLO ${decision}`, reason);
  const volume = openVolume(parts.chain, say);
  const { active } = volume;
  const obedience = obeyOrders(parts.orders, node, volume, say);
  let known: StoredClaim | undefined;
  let lastAnswerMs = time.nowMs();
  let isAnswering = false;
  let answeringSinceMs: number | undefined;
  /** By this node's presence, each second: an etcd that is full answers reads, and takes none of our claims. */
  let takesWrites = false;
  let lastWriteMs = time.nowMs();
  let remindedMs = Number.NEGATIVE_INFINITY;
  const exclusive = oneAfterAnother();
  const glance = openGlance(time);
  const loaded = exclusive(volume.load).then(() => {
    const record = active();
    if (record !== undefined) say(record.phase, `found on the volume, by order of ${record.by}; ${record.why}`);
  });

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

  /** A volume that fails must not keep etcd's register from a node that is not solo. */
  const obey = async () => {
    const facts = () => {
      const silentForMs = isAnswering ? undefined : time.nowMs() - lastAnswerMs;
      return { wallMs: time.wallMs(), silentForMs, windows: parts.knows().windows, known };
    };
    await obedience.look(facts).catch((error: unknown) => say('cannot follow an order', (error as Error).message));
  };

  const lookForOrder = () => exclusive(obey);
  const isByEtcd = () => active() === undefined && !obedience.isBeginning();

  const whileSilent = async (record: SoloRecord): Promise<RegisterView> => {
    const foreign = foreignBlock(record, parts.knows().self.nodeos, producer);
    const why = forgotten(record, time.wallMs());
    if (record.phase === 'signing' && foreign !== undefined) await volume.stop(record, 'ALARM', foreign);
    else if (record.phase === 'signing' && why !== undefined) await volume.stop(record, 'stops', why);
    else if (record.phase === 'closing' && time.nowMs() - lastAnswerMs >= silenceMs) {
      await volume.enter({ ...record, phase: 'signing' }, 'goes on', 'etcd is silent again');
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
      others: view.nodes.filter(other => other.node !== node),
      answeredForMs: time.nowMs() - (answeringSinceMs ?? time.nowMs()),
      isNearWindow: isNearWindow(windows, time.wallMs()),
      wallMs: time.wallMs(),
    });
    switch (verdict.kind) {
      case 'stay':
        return viewOf(record);
      case 'done':
      case 'lost':
        await volume.enter({ ...record, phase: 'over' }, verdict.kind === 'lost' ? 'ALARM' : 'is over', verdict.why);
        return view;
      case 'overtaken':
        await volume.enter(
          { ...record, phase: 'over' },
          verdict.alarm === undefined ? 'is over' : 'ALARM',
          [verdict.alarm ?? [], verdict.why].flat().join('; '),
        );
        return view;
      case 'close':
        return close(verdict.expected, verdict.record, verdict.alarm, view);
    }
  };

  /** The volume first: what is put into etcd is then the last claim of the chain, whatever becomes of the put. */
  const close = async (expected: StoredClaim, record: SoloRecord, alarm: string | undefined, view: RegisterView) => {
    if (record !== active()) {
      if (!(await volume.extend(record))) return view;
      say(alarm === undefined ? 'closes' : 'ALARM', alarm ?? record.why);
    }
    const outcome = await inner.swapClaim(expected, claimOf(record));
    if (outcome.kind !== 'put') {
      const hasWaited = !takesWrites && time.nowMs() - lastWriteMs >= silenceMs;
      if (outcome.kind === 'unclear' && hasWaited && alarm === undefined && record.phase === 'closing') {
        await volume.enter({ ...record, phase: 'signing' }, 'goes on', 'etcd answers, and takes no writes');
      }
      return viewOf(active() ?? record);
    }
    learn(outcome.stored);
    await volume.enter(
      { ...record, phase: 'over' },
      'is over',
      `etcd has the claim up to slot ${outcome.stored.claim.slot}`,
    );
    return { ...view, stored: outcome.stored };
  };

  const readAll = async (): Promise<RegisterView> => {
    await loaded;
    const read = await answerOf(inner.readAll());
    isAnswering = 'view' in read;
    if ('view' in read) {
      learn(read.view.stored);
      lastAnswerMs = time.nowMs();
      answeringSinceMs = takesWrites ? (answeringSinceMs ?? lastAnswerMs) : undefined;
    } else answeringSinceMs = undefined;
    // Whoever signs by etcd does not wait for the volume.
    if (isByEtcd() && 'view' in read) {
      glance.begin(lookForOrder);
      return read.view;
    }
    if (isByEtcd()) {
      await glance.settle(lookLimitMs);
      glance.begin(lookForOrder);
      await glance.settle(lookLimitMs);
      if (isByEtcd() && 'error' in read) throw read.error;
    }
    return exclusive(async () => {
      await obey();
      const record = active();
      if (record !== undefined) return 'view' in read ? whenAnswered(record, read.view) : whileSilent(record);
      if ('view' in read) return read.view;
      throw read.error;
    });
  };

  const swapInEtcd: Register['swapClaim'] = async (...swap) => {
    const outcome = await inner.swapClaim(...swap);
    if (outcome.kind !== 'unclear') learn(outcome.stored);
    return outcome;
  };

  const swapOnVolume = async (record: SoloRecord, expected: StoredClaim, claim: Claim): Promise<ClaimOutcome> => {
    // A machine that slept asks for a signature before it reads anything.
    const why = record.phase === 'signing' ? forgotten(record, time.wallMs()) : undefined;
    if (why !== undefined) await volume.stop(record, 'stops', why);
    const mayFollow = expected.text === record.claim && claim.slot >= claimOf(record).slot;
    if (record.phase === 'signing' && why === undefined && mayFollow) {
      const next = { ...record, claim: renderClaim(claim) };
      if (await volume.extend(next)) return { kind: 'put', stored: storedOf(next) };
    }
    const now = active();
    return { kind: 'changed', stored: now === undefined ? undefined : storedOf(now) };
  };

  const swapClaim: Register['swapClaim'] = async (...swap) => {
    await loaded;
    if (isByEtcd()) return swapInEtcd(...swap);
    const [expected, claim] = swap;
    return exclusive(() => {
      const record = active();
      return record === undefined ? swapInEtcd(...swap) : swapOnVolume(record, expected, claim);
    });
  };

  const announce: Register['announce'] = async presence => {
    try {
      await inner.announce(presence);
      takesWrites = true;
      lastWriteMs = time.nowMs();
    } catch (error) {
      takesWrites = false;
      throw error;
    }
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
      announce: presence => lenient(announce(presence)),
      answer: answer => inner.answer(answer),
      pruneHistory: firstKept => lenient(inner.pruneHistory(firstKept)),
      warmUp: () => lenient(inner.warmUp()),
    },
    status: () => statusOf(volume, obedience),
  };
}

function statusOf(volume: SoloVolume, obedience: Obedience): SoloStatus | null {
  const record = volume.active();
  if (record !== undefined) {
    const { phase, why, order, by, fence } = record;
    return { phase, detail: why, order, by, fence, slot: claimOf(record).slot };
  }
  const [unheeded, broken] = [obedience.unheeded(), volume.broken()];
  const nothing = { order: unheeded?.order?.id ?? '', by: unheeded?.order?.by ?? '', fence: null, slot: null };
  if (unheeded !== undefined) return { phase: unheeded.phase, detail: unheeded.reason, ...nothing };
  return broken === undefined ? null : { phase: 'broken', detail: broken, ...nothing };
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
