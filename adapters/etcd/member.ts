// Talks to one etcd member: every call has a deadline, nothing is retried, and an error says whether a write may have happened.

import { noop } from 'cockatiel';
import { Etcd3, type ICompare, type IKeyValue, type IOptions, type IRequestOp } from 'etcd3';
import { EtcdError, toEtcdError } from './error.ts';
import { keepLeaseAlive } from './lease-stream.ts';
import { deleteFirst, keysUnder, prefixEnd } from './ranges.ts';
import { type WatchedKey, type WatchHandlers, watchPrefix } from './watch-stream.ts';

/** How to reach one member. */
export interface MemberOptions {
  /** Such as `https://10.10.0.11:2379`. */
  endpoint: string;
  /** PEM; all three or none. */
  tls?: { ca: Buffer; cert: Buffer; key: Buffer };
  /** Bound of every call. */
  deadlineMs: number;
}

/** A key as etcd has it. */
export interface StoredKey {
  key: string;
  value: string;
  /** Decimal strings: etcd's numbers have 64 bits. */
  modRevision: string;
  createRevision: string;
}

/** What a member says of itself and of the cluster. */
export interface MemberStatus {
  memberId: string;
  /** Member it follows; `0` when it knows none. */
  leaderId: string;
  term: string;
  raftIndex: string;
  appliedIndex: string;
  revision: string;
  version: string;
  databaseBytes: number;
  errors: string[];
  isLearner: boolean;
}

/** What a compare-and-put expects to find. `absent`: no such key. `untouched`: another key, of which it must be the last writing still. */
export type Expected = { revision: string; text: string; untouched?: { key: string; revision: string } } | 'absent';

/** A second key that is written with the first, or not at all. */
export interface Beside {
  key: string;
  value: string;
}

/** One member of the cluster. One client each, so that nothing is sent elsewhere behind our back. */
export interface Member {
  readonly endpoint: string;
  get(key: string): Promise<StoredKey | undefined>;
  /** Keys under a prefix in their order, at one revision. @param except a prefix below it, whose keys are left out */
  range(prefix: string, except?: string): Promise<{ keys: StoredKey[]; revision: string }>;
  put(key: string, value: string, leaseId?: string): Promise<void>;
  /** One transaction: compares revision and text, puts, and `beside` as well. `revision` is that of all that was put. */
  compareAndPut(
    key: string,
    expected: Expected,
    text: string,
    leaseId?: string,
    beside?: Beside,
  ): Promise<CompareAndPut>;
  delete(key: string): Promise<void>;
  /** Deletes the first keys from `from` on that lie below `end`, `most` of them at most. */
  deleteFirst(from: string, end: string, most: number): Promise<void>;
  grantLease(ttlSeconds: number): Promise<{ id: string; ttlSeconds: number }>;
  /** Seconds the lease has again; 0 when etcd no longer knows it. */
  keepAlive(leaseId: string): Promise<number>;
  revoke(leaseId: string): Promise<void>;
  status(): Promise<MemberStatus>;
  alarms(): Promise<{ memberId: string; alarm: string }[]>;
  members(): Promise<{ memberId: string; name: string; isLearner: boolean }[]>;
  moveLeader(targetMemberId: string): Promise<void>;
  /** Watches keys under a prefix from a revision on, until `stop` or an end that `handlers` hear of. */
  watch(prefix: string, fromRevision: string, handlers: WatchHandlers): Promise<{ stop(): void }>;
  /** Ends its watches as well. */
  close(): void;
}

/** `changed`: the key was not as expected, and nothing was written. */
export type CompareAndPut = { kind: 'put'; revision: string } | { kind: 'changed' };

export type { WatchedKey, WatchHandlers };

/** Opens a client for one member. Nothing is sent until the first call. */
export function connectMember(options: MemberOptions): Member {
  const { endpoint, deadlineMs } = options;
  const client = new Etcd3(clientOptions(options));
  const watches = new Map<symbol, () => void>();
  const within = () => ({ deadline: Date.now() + deadlineMs });
  const ask = async <T>(action: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (cause) {
      throw toEtcdError(action, endpoint, cause);
    }
  };
  return {
    endpoint,
    get: key =>
      ask(`read ${key}`, async () => {
        const { kvs } = await client.kv.range({ key: Buffer.from(key) }, within());
        return kvs[0] === undefined ? undefined : toStoredKey(kvs[0]);
      }),
    range: (prefix, except) =>
      ask(`list ${prefix}`, async () => {
        const { kvs, revision } = await keysUnder(client.kv, prefix, except, within());
        return { keys: kvs.map(toStoredKey), revision };
      }),
    put: (key, value, leaseId) =>
      ask(`write ${key}`, async () => void (await client.kv.put(putRequest(key, value, leaseId), within()))),
    compareAndPut: (key, expected, text, leaseId, beside) =>
      ask(`compare and write ${key}`, async () => {
        const success: IRequestOp[] = [{ request_put: putRequest(key, text, leaseId) }];
        if (beside !== undefined) success.push({ request_put: putRequest(beside.key, beside.value, undefined) });
        const { succeeded, header } = await client.kv.txn(
          { compare: comparisons(key, expected), success, failure: [] },
          within(),
        );
        return succeeded ? { kind: 'put', revision: header.revision } : { kind: 'changed' };
      }),
    delete: key =>
      ask(`delete ${key}`, async () => void (await client.kv.deleteRange({ key: Buffer.from(key) }, within()))),
    deleteFirst: (from, end, most) =>
      ask(`delete from ${from} on`, () => deleteFirst(client.kv, { from, end, most }, within())),
    grantLease: ttlSeconds =>
      ask('grant a lease', async () => {
        const { ID, TTL } = await client.leaseClient.leaseGrant({ TTL: ttlSeconds }, within());
        return { id: ID, ttlSeconds: Number(TTL) };
      }),
    keepAlive: leaseId => ask('renew a lease', () => keepLeaseAlive(client.leaseClient, leaseId, deadlineMs)),
    revoke: leaseId =>
      ask('revoke a lease', async () => void (await client.leaseClient.leaseRevoke({ ID: leaseId }, within()))),
    status: () => ask('tell its status', async () => toStatus(await client.maintenance.status(within()))),
    alarms: () =>
      ask('list alarms', async () => {
        const { alarms } = await client.maintenance.alarm({ action: 'Get', memberID: '0', alarm: 'None' }, within());
        return alarms.map(({ memberID, alarm }) => ({ memberId: memberID, alarm }));
      }),
    members: () =>
      ask('list members', async () => {
        const { members } = await client.cluster.memberList({}, within());
        return members.map(({ ID, name, isLearner }) => ({ memberId: ID, name, isLearner }));
      }),
    moveLeader: targetID =>
      ask('move its leadership', async () => void (await client.maintenance.moveLeader({ targetID }, within()))),
    watch: (prefix, fromRevision, handlers) =>
      ask(`watch ${prefix}`, async () => {
        const id = Symbol();
        const onEnd = (error: Error) => {
          watches.delete(id);
          handlers.onEnd(error);
        };
        const range = { key: prefix, end: prefixEnd(prefix), fromRevision, deadlineMs };
        const { stop, isOver } = await watchPrefix(client.watchClient, range, { ...handlers, onEnd });
        const stopped = () => {
          watches.delete(id);
          stop();
        };
        if (!isOver())
          watches.set(id, () => {
            stopped();
            onEnd(new EtcdError('unknown', 'the client was closed'));
          });
        return { stop: stopped };
      }),
    close: () => {
      for (const end of watches.values()) end();
      client.close();
    },
  };
}

/** grpc itself must not retry, and must notice a dead connection; etcd refuses pings closer than 5 s apart. */
function clientOptions({ endpoint, tls }: MemberOptions): IOptions {
  return {
    hosts: endpoint,
    ...(tls === undefined
      ? {}
      : { credentials: { rootCertificate: tls.ca, certChain: tls.cert, privateKey: tls.key } }),
    faultHandling: { host: () => noop, global: noop },
    grpcOptions: {
      'grpc.enable_retries': 0,
      'grpc.keepalive_time_ms': 6000,
      'grpc.keepalive_timeout_ms': 2000,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
    },
  };
}

/** Revision *and* text: a restored etcd uses revisions a second time. */
function comparisons(key: string, expected: Expected): ICompare[] {
  const at = Buffer.from(key);
  if (expected === 'absent') return [{ key: at, result: 'Equal', target: 'Create', create_revision: '0' }];
  return [
    { key: at, result: 'Equal', target: 'Mod', mod_revision: expected.revision },
    { key: at, result: 'Equal', target: 'Value', value: Buffer.from(expected.text) },
    ...(expected.untouched === undefined
      ? []
      : [
          {
            key: Buffer.from(expected.untouched.key),
            result: 'Equal' as const,
            target: 'Mod' as const,
            mod_revision: expected.untouched.revision,
          },
        ]),
  ];
}

function putRequest(key: string, value: string, leaseId: string | undefined) {
  return { key: Buffer.from(key), value: Buffer.from(value), ...(leaseId === undefined ? {} : { lease: leaseId }) };
}

function toStoredKey({ key, value, mod_revision, create_revision }: IKeyValue): StoredKey {
  return { key: key.toString(), value: value.toString(), modRevision: mod_revision, createRevision: create_revision };
}

function toStatus(
  status: Awaited<ReturnType<Etcd3['maintenance']['status']>> & {
    raftAppliedIndex?: string;
    errors?: string[];
    isLearner?: boolean;
  },
): MemberStatus {
  return {
    memberId: status.header.member_id,
    leaderId: status.leader,
    term: status.raftTerm,
    raftIndex: status.raftIndex,
    appliedIndex: status.raftAppliedIndex ?? status.raftIndex,
    revision: status.header.revision,
    version: status.version,
    databaseBytes: Number(status.dbSize),
    errors: status.errors ?? [],
    isLearner: status.isLearner ?? false,
  };
}
