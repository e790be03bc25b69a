// The etcd transaction that a signature cannot do without: a compare-and-put of a value as long as a claim, by a plain client.

import type { Etcd3 } from 'etcd3';
import { claimVersion, renderClaim } from '#core/failover/claim.ts';
import { slotAt } from '#core/slots.ts';
import { blockId } from './bare-nodeos.ts';

export function putRaw(client: Etcd3, key: string): () => Promise<unknown> {
  let known: { revision: string; text: string } | undefined;
  return async () => {
    const text = likeAClaim();
    const comparing =
      known === undefined
        ? client.if(key, 'Create', '==', 0)
        : client.if(key, 'Mod', '==', known.revision).and(key, 'Value', '==', known.text);
    const { succeeded, header } = await comparing.then(client.put(key).value(text)).commit();
    if (!succeeded) throw new Error(`${key} was not as expected`);
    known = { revision: header.revision, text };
  };
}

export function likeAClaim(): string {
  const incarnation = '00000000-0000-4000-8000-000000000000';
  return renderClaim({
    v: claimVersion,
    slot: slotAt(Date.now()),
    digest: blockId(1),
    holder: 'measured',
    incarnation,
    epoch: 1,
  });
}

/** How long it took, in ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const sentMs = performance.now();
  await work();
  return performance.now() - sentMs;
}
