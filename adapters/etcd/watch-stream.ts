// Watches keys on one member's raw stream: an end, an error and a compaction are told apart and told once; nothing is resumed behind our back.

import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import type { IWatchResponse, WatchClient } from 'etcd3';
import { EtcdError, toEtcdError } from './error.ts';

/** A change of a key: its new text, or null when it was deleted. */
export interface WatchedKey {
  key: string;
  value: string | null;
  modRevision: string;
}

export interface WatchHandlers {
  /** Changes in etcd's order. `revision` is what has been seen up to now. */
  onChange(changes: WatchedKey[], revision: string): void;
  /** The watch is over, once, for whatever reason but `stop`. */
  onEnd(error: Error): void;
}

const endWithinMs = 2000;

interface WatchedRange {
  key: string;
  end: Buffer;
  fromRevision: string;
  deadlineMs: number;
}

/** Starts a watch; resolves when etcd has confirmed it, fails when it has not within `deadlineMs`. */
export async function watchPrefix(
  client: WatchClient,
  range: WatchedRange,
  handlers: WatchHandlers,
): Promise<{ stop(): void; isOver(): boolean }> {
  const stream = await client.watch({ interceptors: [requireLeader] });
  let over = false;
  const end = (error: Error | undefined) => {
    if (over) return;
    over = true;
    // Ended first, since over TLS etcd closes the whole connection when a stream is cancelled; one that hangs is cancelled all the same.
    stream.end();
    setTimeout(() => stream.cancel(), endWithinMs).unref();
    if (error !== undefined) handlers.onEnd(error);
  };
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error) => {
      clearTimeout(timer);
      end(error);
      reject(error);
    };
    const timer = setTimeout(
      () => failed(new EtcdError('unknown', `the watch was not confirmed within ${range.deadlineMs} ms`)),
      range.deadlineMs,
    );
    stream.on('data', (response: IWatchResponse) => {
      if (over) return;
      if (response.canceled) return failed(cancelled(response));
      if (response.created) {
        clearTimeout(timer);
        resolve();
      }
      if (response.events.length > 0) handlers.onChange(response.events.map(toChange), response.header.revision);
    });
    stream.on('error', (cause: Error) => failed(toEtcdError(`keep the watch of ${range.key}`, '', cause)));
    stream.on('end', () => failed(new EtcdError('unknown', 'the watch stream ended')));
    stream.write({
      create_request: { key: Buffer.from(range.key), range_end: range.end, start_revision: range.fromRevision },
    });
  });
  return { stop: () => end(undefined), isOver: () => over };
}

/** Without this a member that is cut off from the others keeps a watch open and silent for ever. Source: etcd api/v3rpc/rpctypes/metadatafields.go. */
const requireLeader: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start: (metadata, listener, next) => {
      metadata.set('hasleader', 'true');
      next(metadata, listener);
    },
  });

function toChange({ type, kv }: IWatchResponse['events'][number]): WatchedKey {
  return {
    key: kv.key.toString(),
    value: type === 'Delete' ? null : kv.value.toString(),
    modRevision: kv.mod_revision,
  };
}

function cancelled({ compact_revision, cancel_reason }: IWatchResponse): EtcdError {
  if (compact_revision !== '0')
    return new EtcdError(
      'compacted',
      `the history asked for is gone; etcd keeps it from revision ${compact_revision} on`,
    );
  return new EtcdError('unknown', `etcd cancelled the watch: ${cancel_reason || 'it gave no reason'}`);
}
