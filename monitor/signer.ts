// The signature provider that nodeos asks for each block: claim the slot in etcd, or use a claim made ahead, then sign; anything else is refused.

import type { Nodeos } from '#adapters/nodeos/client.ts';
import type { Signer } from '#adapters/signature/k1.ts';
import { claimToSign, type ReadyClaim } from '#core/failover/ahead.ts';
import type { Claim, StoredClaim } from '#core/failover/claim.ts';
import { renderClaim } from '#core/failover/claim.ts';
import {
  isOnHead,
  leaveByMs,
  type RefusalReason,
  type SigningDecision,
  type SigningFacts,
  slotBeforeHead,
} from '#core/failover/signing.ts';
import { slotAt, slotStartMs, type Window } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import { openClaimAhead } from './claim-ahead.ts';
import { askHead } from './head-decision.ts';
import type { Journal } from './journal.ts';
import type { Register } from './register.ts';

/** What the signer may rely on at this very moment; undefined when this node may not sign. */
export interface Tenure {
  stored: StoredClaim;
  /** The claim's text when nodeos was asked to resume. */
  begunWith: string;
  windows: readonly Window[];
  /** Digest of our last block while no claim names it. */
  unnamed: string | undefined;
  /** Whether this node goes on signing, as far as it knows. */
  mayClaimAhead: boolean;
}

/** The rest of the monitor, as the signer sees it. */
export interface SignerPort {
  /** nodeos asks for a signature, whatever becomes of it. */
  asked(): void;
  tenure(): Tenure | undefined;
  /** The claim as etcd has it now, right after our own write or a refusal taught it. */
  claimSeen(stored: StoredClaim | undefined): void;
  /** A signature was written to a nodeos that still waited. `isNamed`: its claim carries the digest. */
  signed(digest: string, isNamed: boolean): void;
  /** Somebody else writes claims as this very process: nothing it does from now on can be trusted. */
  cloned(detail: string): void;
  /** Whether the wall clock moved against the monotonic one lately. */
  isClockSuspect(): boolean;
}

export type SigningAnswer =
  | { kind: 'signature'; signature: string; delivered: () => void }
  | { kind: 'refused'; reason: RefusalReason; detail: string };

/** Time an answer needs to reach nodeos. */
const deliveryMs = 3;
/** Lost answers are resolved within a second or two. */
const rememberedTexts = 32;

/** A claim that stands, and what it took. */
interface Claimed {
  kind: 'claimed';
  slot: number;
  /** Whether it was made ahead, when the digest was not known. */
  isAhead: boolean;
  etcdMs: number;
  headMs: number;
}

export interface SigningDesk {
  /** @param digest 64 hex digits */
  sign(digest: string): Promise<SigningAnswer>;
  /** To be called every `lookAheadEveryMs` where claims are made ahead. */
  lookAhead(): void;
}

/** A desk, and the key that it signs with. */
export interface KeyedDesk {
  publicKey: string;
  desk: Pick<SigningDesk, 'sign'>;
}

/** A slot has 500 ms. */
export const lookAheadEveryMs = 25;

/**
 * One desk serves one nodeos: its requests come one after the other.
 * @param parts.mark draws what no other claim has, for claims made ahead; without it, or when it gives nothing, none is
 */
export function openSigningDesk(
  parts: {
    signer: Pick<Signer, 'sign'>;
    register: Pick<Register, 'swapClaim'>;
    nodeos: Pick<Nodeos, 'info'>;
    journal: Pick<Journal, 'observeClaim' | 'observeAhead' | 'observePaidAhead' | 'etcdWrite' | 'refuse'>;
    producer: string;
    time: Time;
    mark?: () => string | undefined;
  },
  port: SignerPort,
): SigningDesk {
  const { time } = parts;
  let busy = false;
  // The last signature that nodeos waited for, and under which epoch: it counts in its own tenure only.
  let last: { digest: string; slot: number; epoch: number } | undefined;
  // Nothing leads back from Savanna: once shown, a digest that does not fit the head is no older chain's.
  let isSavanna = false;
  // Claims that this process has tried to write. A machine that was cloned carries our incarnation too, and may extend the claim before
  // us: only a link of our own may be extended, or the one that nodeos was resumed with.
  const written: string[] = [];
  const remember = (claim: Claim): string => {
    const text = renderClaim(claim);
    written.push(text);
    written.splice(0, written.length - rememberedTexts);
    return text;
  };
  const isOurs = ({ stored, begunWith }: Tenure) => stored.text === begunWith || written.includes(stored.text);
  const { register, journal, mark } = parts;
  const ahead = openClaimAhead({ register, journal, time, mark, isBusy: () => busy, remember, isOurs }, port);

  const attempt = async (digest: string): Promise<SigningAnswer> => {
    // The time is read before the clock is looked at: one that moves in between is noticed.
    const nowMs = time.wallMs();
    if (ahead.underWay !== undefined) {
      const next = slotAt(nowMs) + 1;
      const answered = ahead.underWay.then(() => true);
      if ((await Promise.race([answered, reached(leaveByMs(next, port.tenure()?.windows ?? []), time)])) === undefined)
        return refused('etcd-silent', `a claim made ahead was not answered in time for slot ${next}`);
    }
    const tenure = port.tenure();
    if (tenure === undefined) return refused('not-holder', 'this node does not hold the claim');
    if (port.isClockSuspect())
      return refused('clock-moved', 'the wall clock moved against the monotonic clock within the last 2 s');
    const { stored, windows } = tenure;
    if (!isOurs(tenure)) {
      port.cloned(`the claim for slot ${stored.claim.slot} carries our incarnation, but this process did not write it`);
      return refused('claim-lost', 'another process signs under our name');
    }
    const ofThisTenure = last?.epoch === stored.claim.epoch ? last : undefined;
    const facts = {
      digest,
      nowMs,
      claim: stored.claim,
      last: ofThisTenure,
      producer: parts.producer,
      isSavanna,
      windows,
    };
    const claimed = await claimSlot(facts, tenure);
    if (claimed.kind === 'refused') return claimed;
    const slackMs = leaveByMs(claimed.slot, windows) - time.wallMs();
    if (claimed.isAhead) journal.observePaidAhead(slackMs);
    else journal.observeClaim(claimed.etcdMs, slackMs);
    if (slackMs < deliveryMs)
      return refused(
        'too-late',
        `the claim for slot ${claimed.slot} came ${Math.round(deliveryMs - slackMs)} ms too late: nodeos asked ${slotStartMs(claimed.slot) - facts.nowMs} ms before the slot's end, etcd took ${Math.round(claimed.etcdMs)} ms, nodeos' head ${Math.round(claimed.headMs)} ms`,
      );
    const deliver = () => {
      last = { digest, slot: claimed.slot, epoch: stored.claim.epoch };
      port.signed(digest, !claimed.isAhead);
      ahead.signed(digest, claimed.slot);
    };
    return { kind: 'signature', signature: parts.signer.sign(digest), delivered: deliver };
  };

  /** Asks etcd and nodeos at once where the clock alone tells the slot; a claim that nodeos' head then contradicts stays unused. */
  const claimSlot = async (
    facts: Omit<SigningFacts, 'head'>,
    { stored, unnamed }: Tenure,
  ): Promise<Claimed | (SigningAnswer & { kind: 'refused' })> => {
    const ready = ahead.ready(stored);
    const early = slotBeforeHead(facts);
    const startedMs = time.nowMs();
    let etcdMs = 0;
    const swap = async (slot: number) => {
      const sentMs = time.nowMs();
      const claim = claimToSign(stored, slot, facts.digest, unnamed);
      remember(claim);
      const swapping = settled(register.swapClaim(stored, claim));
      // A later answer is of no use: the desk must be free for the next slot. What became of it is learned all the same.
      const outcome = await Promise.race([swapping, reached(leaveByMs(slot, facts.windows), time)]);
      if (outcome === undefined)
        void swapping.then(late => late.ok && late.value.kind !== 'unclear' && port.claimSeen(late.value.stored));
      etcdMs = time.nowMs() - sentMs;
      return outcome ?? { ok: false as const, error: `etcd did not answer in time for slot ${slot}` };
    };
    const earlySwap = early === undefined ? undefined : swap(early);
    // What lies ready was claimed for nothing yet: a slot up to it is free.
    const signedFacts =
      ready === undefined || earlySwap !== undefined
        ? facts
        : { ...facts, claim: { ...facts.claim, slot: ready.above } };
    const decision = await askHead(parts.nodeos, signedFacts, head => {
      isSavanna ||= isOnHead(facts.digest, head);
    });
    const headMs = time.nowMs() - startedMs;
    if (earlySwap === undefined && decision.kind === 'refuse') return refused(decision.reason, decision.detail);
    if (earlySwap === undefined && pays(ready, decision)) return useAhead(decision.slot, headMs);
    const result = earlySwap === undefined ? await swap((decision as { slot: number }).slot) : await earlySwap;
    if (!result.ok) return refused('etcd-silent', result.error);
    const outcome = result.value;
    if (outcome.kind === 'unclear') return refused('etcd-silent', outcome.detail);
    port.claimSeen(outcome.stored);
    // One made ahead whose answer was lost, and that stands.
    const found = outcome.stored && ahead.ready(outcome.stored);
    if (outcome.kind === 'changed' && pays(found, decision)) return useAhead(decision.slot, headMs);
    if (outcome.kind === 'changed')
      return refused(
        'claim-lost',
        `the claim was not as this node last wrote it${outcome.stored === undefined ? '; the key is missing' : ''}`,
      );
    if (decision.kind === 'refuse') return refused(decision.reason, decision.detail);
    const { slot } = outcome.stored.claim;
    if (decision.slot !== slot)
      return refused(
        'slot-already-claimed',
        `slot ${slot} was claimed, but the block would carry slot ${decision.slot}`,
      );
    return { kind: 'claimed', slot, isAhead: false, etcdMs, headMs };
  };

  const useAhead = (slot: number, headMs: number): Claimed => {
    ahead.use();
    return { kind: 'claimed', slot, isAhead: true, etcdMs: 0, headMs };
  };

  return {
    sign: async digest => {
      port.asked();
      if (busy) return report(refused('busy', 'an earlier request is still being answered'));
      busy = true;
      try {
        return report(await attempt(digest));
      } finally {
        busy = false;
      }
    },
    lookAhead: ahead.look,
  };

  function report(answer: SigningAnswer): SigningAnswer {
    if (answer.kind === 'refused') journal.refuse(answer.reason, answer.detail);
    return answer;
  }
}

function pays(
  ready: ReadyClaim | undefined,
  decision: SigningDecision,
): decision is SigningDecision & { kind: 'claim' } {
  return ready !== undefined && decision.kind === 'claim' && decision.slot <= ready.slot;
}

/** Resolves when the wall clock is there. */
function reached(wallMs: number, time: Time): Promise<undefined> {
  return new Promise(resolve => time.after(Math.max(0, wallMs - time.wallMs()), () => resolve(undefined)));
}

/** A promise that never rejects: it may be awaited later than it fails. */
async function settled<T>(promise: Promise<T>): Promise<{ ok: true; value: T } | { ok: false; error: string }> {
  try {
    return { ok: true, value: await promise };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

function refused(reason: RefusalReason, detail: string): SigningAnswer & { kind: 'refused' } {
  return { kind: 'refused', reason, detail };
}
