// Many keys of one etcd member at once: all under a prefix, all but some of them, and the first of them deleted.

import type { CallOptions } from '@grpc/grpc-js';
import type { IKeyValue, KVClient } from 'etcd3';

interface Found {
  kvs: IKeyValue[];
  revision: string;
}

/** Keys under `prefix`, without those under `except`, which lies below it: both parts at one revision. */
export async function keysUnder(
  client: KVClient,
  prefix: string,
  except: string | undefined,
  options: CallOptions,
): Promise<Found> {
  const whole = { key: Buffer.from(prefix), range_end: prefixEnd(prefix) };
  if (except === undefined) {
    const { kvs, header } = await client.range(whole, options);
    return { kvs, revision: header.revision };
  }
  const parts = [
    { request_range: { ...whole, range_end: Buffer.from(except) } },
    { request_range: { ...whole, key: prefixEnd(except) } },
  ];
  const { responses, header } = await client.txn({ compare: [], success: parts, failure: [] }, options);
  return { kvs: responses.flatMap(({ response_range }) => response_range.kvs), revision: header.revision };
}

/** Deletes the first keys from `from` on that lie below `end`, `most` of them at most. */
export async function deleteFirst(
  client: KVClient,
  range: { from: string; end: string; most: number },
  options: CallOptions,
): Promise<void> {
  const from = Buffer.from(range.from);
  const asked = { key: from, range_end: Buffer.from(range.end), limit: range.most, keys_only: true };
  const { kvs } = await client.range(asked, options);
  const last = kvs.at(-1)?.key;
  if (last === undefined) return;
  // The key right after it: a range ends below its end.
  await client.deleteRange({ key: from, range_end: Buffer.concat([last, Buffer.of(0)]) }, options);
}

/** The first key after all that start with `prefix`. */
export function prefixEnd(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  const last = end.length - 1;
  end[last] = (end[last] ?? 0) + 1;
  return end;
}
