// Holds the chain against the register: which of our slots got no block, and whether a block of ours was signed outside the register.

import { type Nodeos, NodeosError } from '#adapters/nodeos/client.ts';
import type { StoredClaim } from '#core/failover/claim.ts';
import {
  type ClaimTrail,
  claimsFor,
  claimWatched,
  noTrail,
  watchEnded,
  watchStarted,
} from '#core/failover/claim-trail.ts';
import { noSightings, sight, type WindowVerdict } from '#core/failover/own-blocks.ts';
import type { NodeosView } from '#core/failover/status.ts';
import {
  type IsSignatureOf,
  judgeOwnHeads,
  lackingSignature,
  type OwnHead,
  ownHeadSeen,
} from '#core/failover/unclaimed.ts';
import { slotsPerWindow, type Window } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import type { Journal } from './journal.ts';

export interface OwnBlocks {
  /** @param due the window that blocks of ours are due in, now or next */
  onHead(view: NodeosView, due: Window | undefined): void;
  /** The watch of the register began (right after `stored` was read) or ended. */
  onWatch(isWatching: boolean, stored: StoredClaim | undefined): void;
  /** The watch showed a claim. */
  onClaim(stored: StoredClaim | undefined): void;
  /** The register was read. */
  onRead(stored: StoredClaim | undefined): void;
}

/** The register is read once a second. */
const readFreshMs = 5000;
/** The main thread may wait for a signature, or apply a heavy block. */
const signatureDeadlineMs = 1500;

export function watchOwnBlocks(
  producer: string,
  parts: { nodeos: Pick<Nodeos, 'signatureOf'>; journal: Journal; time: Time; isSignatureOf: IsSignatureOf },
): OwnBlocks {
  const { nodeos, journal, time, isSignatureOf } = parts;
  let sightings = noSightings;
  let trail = noTrail;
  let waiting: readonly OwnHead[] = [];
  let read: { revision: string; atMs: number } | undefined;
  let isReadingSignatures = false;

  /** A watch that lags may lack the very claims that are asked for. */
  const provenTrail = (): ClaimTrail => {
    const isUpToDate =
      read !== undefined &&
      time.nowMs() - read.atMs < readFreshMs &&
      trail.revision !== undefined &&
      BigInt(trail.revision) >= BigInt(read.revision);
    return isUpToDate ? trail : { ...trail, completeAbove: undefined };
  };

  /** One after the other: a nodeos that hangs is asked one thing at a time. */
  const readSignatures = async () => {
    if (isReadingSignatures) return;
    isReadingSignatures = true;
    for (const { id } of lackingSignature(waiting, trail, time.nowMs())) {
      const answer = await nodeos.signatureOf(id, signatureDeadlineMs).catch((error: unknown) => {
        if (error instanceof NodeosError) return error;
        throw error;
      });
      if (typeof answer === 'string')
        waiting = waiting.map(head => (head.id === id ? { ...head, signature: answer } : head));
      else if (answer.code === 'silent') break;
    }
    isReadingSignatures = false;
  };

  return {
    onHead: (view, due) => {
      if (!view.alive || view.headId === '') return;
      const head = { id: view.headId, num: view.headNum, slot: view.headSlot, producer: view.headProducer };
      waiting = ownHeadSeen(waiting, head, producer, time.nowMs());
      const { after, verdicts } = sight(sightings, head, due, { producer, trail: provenTrail() });
      sightings = after;
      for (const verdict of verdicts) {
        const { slots } = journal.measures;
        slots.produced += verdict.produced;
        slots.missed += verdict.missed;
        slots.unknown += verdict.unknown;
        journal.say('window', describeVerdict(verdict, trail));
      }
    },
    onWatch: (isWatching, stored) => {
      trail = isWatching ? watchStarted(trail, stored) : watchEnded(trail);
    },
    onClaim: stored => {
      trail = claimWatched(trail, stored);
    },
    onRead: stored => {
      read = stored === undefined ? undefined : { revision: stored.revision, atMs: time.nowMs() };
      const facts = { readRevision: read?.revision, nowMs: time.nowMs(), isSignatureOf };
      const judged = judgeOwnHeads(waiting, trail, facts);
      waiting = judged.waiting;
      for (const { slot, num, id } of judged.unclaimed)
        journal.alarm({ slot, num, id }, describeAlarm({ slot, num, id }));
      for (const head of judged.unjudged) journal.trouble('block not judged', describeUnjudged(head));
      void readSignatures();
    },
  };
}

function describeVerdict(verdict: WindowVerdict, trail: ClaimTrail): string {
  const { window, produced, missedSlots, missedAmong, unknownSlots } = verdict;
  const lacks = [
    ...(missedSlots.length > 0 ? [`missed ${missedSlots.join(', ')}`] : []),
    ...missedAmong.map(({ count, first, last }) => `missed ${count} of the slots ${first} to ${last}`),
    ...(unknownSlots.length > 0 ? [`unknown ${unknownSlots.join(', ')}`] : []),
  ];
  const claimed = new Map<string, number>();
  for (const { holder } of claimsFor(trail, window.first, window.last))
    claimed.set(holder, (claimed.get(holder) ?? 0) + 1);
  const holders = [...claimed].map(([holder, count]) => `${holder} claimed ${count}`);
  return `slots ${window.first} to ${window.last}: ${[`${produced} of ${slotsPerWindow} blocks`, ...lacks].join(
    ', ',
  )}; ${holders.join(', ') || 'no claim was seen'}`;
}

function describeAlarm({ slot, num, id }: { slot: number; num: number; id: string }): string {
  return `block ${num} of slot ${slot}, ${id}, is signed for our producer, but no claim in etcd carries it: somebody signs outside the register. Stop every other nodeos that has the key (a former setup, a signature-provider with KEY:); if there is none, the key is stolen: register a new one with regproducer`;
}

function describeUnjudged({ slot, num, id }: OwnHead): string {
  return `block ${num} of slot ${slot}, ${id}, is of our producer, and nodeos did not tell its signature (/v1/chain/get_block_header): it is not known whether a claim carries it. Look whether the monitors that know this block raised an alarm`;
}
