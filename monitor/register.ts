// The producer's register in etcd as one monitor sees it: the claim and its compare-and-put, presence, requests, history.

import type { EtcdCluster } from '#adapters/etcd/cluster.ts';
import { EtcdError } from '#adapters/etcd/error.ts';
import type { Beside, Expected, Member, StoredKey, WatchedKey } from '#adapters/etcd/member.ts';
import { type Claim, parseClaim, renderClaim, type StoredClaim } from '#core/failover/claim.ts';
import { historyKey, type RegisterKeys } from '#core/failover/keys.ts';
import {
  type Notice,
  parseAnswer,
  parseNotice,
  parseRequest,
  type Request,
  type RequestAnswer,
} from '#core/failover/requests.ts';
import { type Presence, unsaid } from '#core/failover/status.ts';

/** What became of a compare-and-put on the claim. `unclear`: no answer, and the key does not show it (yet). */
export type ClaimOutcome =
  | { kind: 'put'; stored: StoredClaim }
  | { kind: 'changed'; stored: StoredClaim | undefined }
  | { kind: 'unclear'; detail: string };

/** The register without its history, read at one revision. */
export interface RegisterView {
  stored: StoredClaim | undefined;
  nodes: Presence[];
  /** A request that nobody has finished with. */
  request: Request | undefined;
  maintenance: Notice | undefined;
  /** Whether an operator wants this node to leave signing to others. */
  drained: boolean;
  revision: string;
}

export interface Register {
  readAll(): Promise<RegisterView>;
  /**
   * One transaction: the claim is `expected` to the byte and revision, then it is `claim`. A lost answer is resolved by reading the key back.
   * @param change of a claim that moves to another holder: written into the history by the same transaction
   * @param silent a presence; when it has been written since it was read, nothing is changed
   */
  swapClaim(
    expected: StoredClaim,
    claim: Claim,
    change?: Record<string, unknown>,
    silent?: Presence,
  ): Promise<ClaimOutcome>;
  /** Calls back with every later change of the register, but for its history, until the watch ends, which it does for good or ill. */
  watch(
    fromRevision: string,
    onChange: () => void,
    onClaim: (stored: StoredClaim | undefined) => void,
  ): Promise<{ ended: Promise<void>; stop(): void }>;
  announce(presence: Presence): Promise<void>;
  answer(answer: RequestAnswer): Promise<void>;
  /** Deletes changes of holder that are older than the one to the epoch `firstKept`, some at a time. */
  pruneHistory(firstKept: number): Promise<void>;
  /** Exercises the path of a claim without writing one, so that the first real one finds it warm. */
  warmUp(): Promise<void>;
}

/** A deletion takes etcd a moment, in which it does nothing else. */
const mostPruned = 100;
/** Seconds until a silent monitor's presence is gone. */
const presenceTtlSeconds = 5;

/** @param onRebuilt hears of an etcd that is no longer the one whose revisions this process knows */
export function openRegister(
  cluster: EtcdCluster,
  keys: RegisterKeys,
  self: { node: string; incarnation: string },
  onRebuilt: (detail: string) => void = () => undefined,
): Register {
  const base = keys.claim.slice(0, -'claim'.length);
  const presenceKey = `${keys.nodes}${self.node}/${self.incarnation}`;
  let lease: string | undefined;
  // A put may arrive long after it was sent, even twice: each names the one it follows, so that none lands on a newer one.
  let presenceBefore: Expected = 'absent';
  const putPresence = async (text: string): Promise<boolean> => {
    const before = presenceBefore;
    const result = await cluster.ask(member => member.compareAndPut(presenceKey, before, text, lease));
    if (result.kind === 'put') {
      presenceBefore = { revision: result.revision, text };
      return true;
    }
    const found = await cluster.ask(member => member.get(presenceKey));
    presenceBefore = found === undefined ? 'absent' : { revision: found.modRevision, text: found.value };
    return found?.value === text;
  };
  const readClaim = async () => toStored(await cluster.ask(member => member.get(keys.claim)));
  return {
    readAll: async () => {
      const { keys: all, revision } = await cluster.ask(member => member.range(base, keys.history));
      return { ...toView(all, keys, self.node), revision };
    },
    swapClaim: async (expected, claim, change, silent) => {
      const text = renderClaim(claim);
      const beside =
        change === undefined ? undefined : { key: historyKey(keys, claim.epoch), value: JSON.stringify(change) };
      const untouched = silent && {
        key: `${keys.nodes}${silent.node}/${silent.incarnation}`,
        revision: silent.revision ?? '',
      };
      const wanted = { ...expected, ...(untouched === undefined ? {} : { untouched }) };
      try {
        const outcome = await cluster.ask(member => swapAt(member, keys.claim, wanted, { claim, text, beside }));
        const rebuilt = rebuiltSince(expected, outcome);
        if (rebuilt !== undefined) onRebuilt(rebuilt);
        return outcome;
      } catch (error) {
        if (!(error instanceof EtcdError)) throw error;
        return await resolveLostAnswer(text, claim, readClaim, error);
      }
    },
    watch: (fromRevision, onChange, onClaim) => {
      const changed = (changes: WatchedKey[]) => {
        for (const { key, value, modRevision } of changes) {
          if (key === keys.claim)
            onClaim(value === null ? undefined : toStored({ key, value, modRevision, createRevision: '' }));
        }
        if (changes.some(({ key }) => key !== keys.claim && !key.startsWith(keys.history))) onChange();
      };
      return watchOnce(cluster, base, fromRevision, changed);
    },
    announce: async presence => {
      if (lease !== undefined && (await cluster.ask(member => member.keepAlive(lease ?? ''))) === 0) lease = undefined;
      lease ??= (await cluster.ask(member => member.grantLease(presenceTtlSeconds))).id;
      const text = JSON.stringify(presence);
      // The lease may have taken the key along, or an answer may have been lost: what is there now is followed once.
      if (!((await putPresence(text)) || (await putPresence(text))))
        throw new EtcdError('unknown', `${presenceKey} changes under this node: another process writes it`);
    },
    answer: answer => cluster.ask(member => member.put(keys.answer, JSON.stringify(answer))),
    pruneHistory: firstKept =>
      cluster.ask(member => member.deleteFirst(keys.history, historyKey(keys, firstKept), mostPruned)),
    // No key has revision 1 and an empty value here: the comparison fails, and nothing is written.
    warmUp: () => cluster.keepWarm(member => member.compareAndPut(presenceKey, { revision: '1', text: '' }, '')),
  };
}

/** A slow member may confirm its watch when another has won already: only the first one stays. */
async function watchOnce(
  cluster: EtcdCluster,
  base: string,
  fromRevision: string,
  onChange: (changes: WatchedKey[]) => void,
): Promise<{ ended: Promise<void>; stop(): void }> {
  let isChosen = false;
  return cluster.ask(async member => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const { stop } = await member.watch(base, fromRevision, { onEnd: () => resolve(), onChange });
    if (isChosen) stop();
    isChosen = true;
    return { ended, stop };
  });
}

/**
 * The transaction may be on its way through another member already: then the comparison fails because of ourselves, and the key holds
 * exactly our value.
 */
async function swapAt(
  member: Member,
  key: string,
  expected: StoredClaim,
  { claim, text, beside }: { claim: Claim; text: string; beside: Beside | undefined },
): Promise<ClaimOutcome> {
  const result = await member.compareAndPut(key, expected, text, undefined, beside);
  if (result.kind === 'put') return { kind: 'put', stored: { claim, text, revision: result.revision } };
  const found = toStored(await member.get(key));
  if (found?.text === text) return { kind: 'put', stored: found };
  return { kind: 'changed', stored: found };
}

/** A key's revision only grows, and it was read after the comparison: a lower one is that of another etcd. */
function rebuiltSince(expected: StoredClaim, outcome: ClaimOutcome): string | undefined {
  if (outcome.kind !== 'changed' || outcome.stored === undefined) return undefined;
  const { revision } = outcome.stored;
  return BigInt(revision) < BigInt(expected.revision)
    ? `the claim has revision ${revision} in etcd, and had ${expected.revision} before: etcd was rebuilt or restored under this monitor`
    : undefined;
}

/** Exactly our value, digest included, means that the transaction stands; anything else proves nothing. */
async function resolveLostAnswer(
  text: string,
  claim: Claim,
  readClaim: () => Promise<StoredClaim | undefined>,
  lost: EtcdError,
): Promise<ClaimOutcome> {
  try {
    const found = await readClaim();
    if (found?.text === text) return { kind: 'put', stored: { claim, text, revision: found.revision } };
    return { kind: 'unclear', detail: lost.message };
  } catch {
    return { kind: 'unclear', detail: lost.message };
  }
}

function toView(all: StoredKey[], keys: RegisterKeys, node: string): Omit<RegisterView, 'revision'> {
  const find = (key: string) => all.find(stored => stored.key === key);
  const request = parseRequest(find(keys.request)?.value ?? '');
  const answer = parseAnswer(find(keys.answer)?.value ?? '');
  const maintenance = find(keys.maintenance);
  const isDealtWith = request !== undefined && answer?.id === request.id && answer.outcome !== 'accepted';
  return {
    stored: toStored(find(keys.claim)),
    nodes: newestOfEachNode(all.filter(({ key }) => key.startsWith(keys.nodes))),
    request: isDealtWith ? undefined : request,
    maintenance: maintenance === undefined ? undefined : parseNotice(maintenance.value),
    drained: find(`${keys.drain}${node}`) !== undefined,
  };
}

/** The presence of a monitor that was restarted outlives it by its lease. The order is etcd's: a clock may have been set back meanwhile. */
function newestOfEachNode(all: StoredKey[]): Presence[] {
  const inOrder = all.toSorted((a, b) => (BigInt(a.createRevision) < BigInt(b.createRevision) ? -1 : 1));
  const newest = new Map(inOrder.flatMap(parsePresence).map(each => [each.node, each]));
  return [...newest.values()];
}

/** A claim that cannot be read is as good as none: nobody signs under it, nobody takes it over. */
function toStored(stored: StoredKey | undefined): StoredClaim | undefined {
  if (stored === undefined) return undefined;
  const parsed = parseClaim(stored.value);
  return parsed.kind === 'claim'
    ? { claim: parsed.claim, text: stored.value, revision: stored.modRevision }
    : undefined;
}

/** Presences are written by monitors alone; one of another version is left out rather than guessed at. */
function parsePresence({ value: text, modRevision: revision }: StoredKey): Presence[] {
  try {
    const value = JSON.parse(text) as Partial<Presence> | null;
    return value?.v === 1 && typeof value.node === 'string' && typeof value.nodeos === 'object'
      ? [{ ...unsaid, ...value, revision } as Presence]
      : [];
  } catch {
    return [];
  }
}
