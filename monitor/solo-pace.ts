// Keeps work on the volume in order, and a node that signs by etcd from waiting for it.

import type { Time } from '#core/time.ts';

/** Work in the order of asking, never two at once. */
export function oneAfterAnother(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return work => {
    const done = last.then(work, work);
    last = done.catch(() => undefined);
    return done;
  };
}

export interface Glance {
  /** Left out while an earlier one is still being done. `work` must not fail. */
  begin(work: () => Promise<void>): void;
  /** Waits for the one that is being done; not at all for one that was waited for in vain. */
  settle(limitMs: number): Promise<void>;
}

export function openGlance(time: Pick<Time, 'after'>): Glance {
  let current: Promise<void> | undefined;
  let isLate = false;
  return {
    begin: work => {
      current ??= work().finally(() => {
        current = undefined;
        isLate = false;
      });
    },
    settle: async limitMs => {
      if (current === undefined || isLate) return;
      const { promise: limit, resolve } = Promise.withResolvers<void>();
      const cancel = time.after(limitMs, () => {
        isLate = current !== undefined;
        resolve();
      });
      await Promise.race([current, limit]);
      cancel();
    },
  };
}
