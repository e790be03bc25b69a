// Watches keys of an etcd member, or of its model, and tells what was seen.

import type { Member, WatchedKey } from '#adapters/etcd/member.ts';

/** Watches until it ends; what was seen, and the end. */
export async function startWatch(on: Member, prefix: string, fromRevision: string) {
  const changes: WatchedKey[] = [];
  let heard: (() => void) | undefined;
  const { promise: ended, resolve } = Promise.withResolvers<Error>();
  const watch = await on.watch(prefix, fromRevision, {
    onChange: some => {
      changes.push(...some);
      heard?.();
    },
    onEnd: resolve,
  });
  const seen = async (count: number) => {
    while (changes.length < count) await new Promise<void>(next => (heard = next));
    return changes;
  };
  return { seen, ended, stop: watch.stop };
}

/** The revision that the next write will have. */
export async function nextRevision(member: Member): Promise<string> {
  return String(BigInt((await member.range('/')).revision) + 1n);
}
