import test from 'ava';
import { keptChanges } from '#core/failover/keys.ts';
import { keepHistoryShort } from '../../monitor/history.ts';

/** What is pruned at each of these times, by the first epoch that stays. */
function prunedBy(epoch: number | undefined, isInGap = true, timesMs: readonly number[] = [0]): number[] {
  const pruned: number[] = [];
  let nowMs = 0;
  const register = { pruneHistory: async (firstKept: number) => void pruned.push(firstKept) };
  const performer = { quietly: async (_: string, work: Promise<void>) => work };
  const parts = { register, performer, time: { nowMs: () => nowMs } };
  const look = keepHistoryShort(parts, { epoch: () => epoch, isInGap: () => isInGap });
  for (const at of timesMs) {
    nowMs = at;
    look();
  }
  return pruned;
}

test('the holder keeps the newest changes, its own included', t => {
  t.deepEqual(prunedBy(keptChanges + 1), [2]);
  t.deepEqual(prunedBy(keptChanges + 300), [301]);
});

test('it prunes once a minute', t => {
  t.is(prunedBy(keptChanges + 1, true, [0, 250, 59_999, 60_000, 60_250]).length, 2);
});

test('etcd is not asked while there are fewer', t => {
  t.deepEqual(prunedBy(keptChanges), []);
  t.deepEqual(prunedBy(1), []);
});

test('nor near our window, nor by a node that does not hold the claim', t => {
  t.deepEqual(prunedBy(keptChanges + 300, false), []);
  t.deepEqual(prunedBy(undefined), []);
});
