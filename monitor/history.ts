// Keeps the history of holders in etcd short: who holds the claim deletes its oldest entries, where nothing waits for etcd.

import { keptChanges } from '#core/failover/keys.ts';
import type { Time } from '#core/time.ts';
import type { Performer } from './performer.ts';
import type { Register } from './register.ts';

/** At 100 entries a time, more than changes of holder can make. */
const everyMs = 60_000;

/**
 * @param facts.epoch of the claim that this node holds; undefined when it holds none
 * @param facts.isInGap whether it is the time between our windows
 * @returns to be called again and again
 */
export function keepHistoryShort(
  parts: { register: Pick<Register, 'pruneHistory'>; performer: Pick<Performer, 'quietly'>; time: Pick<Time, 'nowMs'> },
  facts: { epoch(): number | undefined; isInGap(): boolean },
): () => void {
  const { register, performer, time } = parts;
  let prunedMs = Number.NEGATIVE_INFINITY;
  return () => {
    const firstKept = (facts.epoch() ?? 0) - keptChanges + 1;
    if (firstKept <= 1 || !facts.isInGap() || time.nowMs() - prunedMs < everyMs) return;
    prunedMs = time.nowMs();
    void performer.quietly('prune the history', register.pruneHistory(firstKept));
  };
}
