// What etcd keeps: keys with their revisions, leases, the history that watches are told. Every call here happens at one moment, after all before it.

import { EtcdError } from '#adapters/etcd/error.ts';
import type { Beside, CompareAndPut, Expected, StoredKey, WatchedKey } from '#adapters/etcd/member.ts';

interface Kept {
  value: string;
  modRevision: number;
  createRevision: number;
  lease: string | undefined;
}

export interface Change {
  revision: number;
  changes: WatchedKey[];
}

/** What a snapshot holds. */
export interface Snapshot {
  revision: number;
  keys: ReadonlyMap<string, Kept>;
}

export class EtcdStore {
  revision = 1;
  /** Every write is refused: the database is full. */
  isFull = false;
  /** A watch from before this revision has come too late. */
  compactedRevision = 0;
  history: Change[] = [];
  onChange: (change: Change) => void = () => undefined;
  #keys = new Map<string, Kept>();
  readonly #leases = new Map<string, { ttlSeconds: number; endMs: number }>();
  #leaseCount = 7_587_000_000_000_000_000n;

  get(key: string): StoredKey | undefined {
    const kept = this.#keys.get(key);
    return kept === undefined ? undefined : toStoredKey(key, kept);
  }

  range(prefix: string, except?: string): { keys: StoredKey[]; revision: string } {
    const isAsked = (key: string) => key.startsWith(prefix) && (except === undefined || !key.startsWith(except));
    const keys = [...this.#keys].filter(([key]) => isAsked(key)).sort(([a], [b]) => (a < b ? -1 : 1));
    return { keys: keys.map(([key, kept]) => toStoredKey(key, kept)), revision: String(this.revision) };
  }

  put(key: string, value: string, lease?: string): void {
    this.#refuseWhenFull();
    this.#refuseUnknownLease(lease);
    this.#write([{ key, value, lease }]);
  }

  compareAndPut(key: string, expected: Expected, text: string, lease?: string, beside?: Beside): CompareAndPut {
    this.#refuseWhenFull();
    const found = this.#keys.get(key);
    if (!isAsExpected(found, expected) || !this.#isUnchanged(expected)) return { kind: 'changed' };
    this.#refuseUnknownLease(lease);
    this.#write([{ key, value: text, lease }, ...(beside === undefined ? [] : [{ ...beside, lease: undefined }])]);
    return { kind: 'put', revision: String(this.revision) };
  }

  delete(key: string): void {
    if (this.#keys.has(key)) this.#remove([key]);
  }

  deleteFirst(from: string, end: string, most: number): void {
    const keys = [...this.#keys.keys()].filter(key => key >= from && key < end).sort();
    this.#remove(keys.slice(0, most));
  }

  grantLease(ttlSeconds: number, nowMs: number): { id: string; ttlSeconds: number } {
    this.#refuseWhenFull();
    const id = String(++this.#leaseCount);
    const granted = Math.max(2, Math.ceil(ttlSeconds));
    this.#leases.set(id, { ttlSeconds: granted, endMs: nowMs + granted * 1000 });
    return { id, ttlSeconds: granted };
  }

  keepAlive(id: string, nowMs: number): number {
    const lease = this.#leases.get(id);
    if (lease === undefined) return 0;
    lease.endMs = nowMs + lease.ttlSeconds * 1000;
    return lease.ttlSeconds;
  }

  revoke(id: string): void {
    if (!this.#leases.delete(id)) throw refusal('requested lease not found');
    this.#remove([...this.#keys].filter(([, { lease }]) => lease === id).map(([key]) => key));
  }

  leases(): string[] {
    return [...this.#leases.keys()];
  }

  /** Ends the leases whose time has come. */
  expire(nowMs: number): void {
    for (const [id, { endMs }] of this.#leases) if (endMs <= nowMs) this.revoke(id);
  }

  /** A new leader gives every lease its whole time again. Source: etcd server/lease/lessor.go, Promote. */
  extendLeases(nowMs: number): void {
    for (const lease of this.#leases.values()) lease.endMs = nowMs + lease.ttlSeconds * 1000;
  }

  compact(): void {
    this.compactedRevision = this.revision;
    this.history = this.history.filter(({ revision }) => revision >= this.compactedRevision);
  }

  snapshot(): Snapshot {
    return { revision: this.revision, keys: new Map([...this.#keys].filter(([, { lease }]) => lease === undefined)) };
  }

  /** @param revision that the next write comes after; the documented way gives one far above any that was ever used */
  restore({ keys }: Snapshot, revision: number): void {
    this.#keys = new Map(keys);
    this.#leases.clear();
    this.revision = revision;
    this.compactedRevision = revision;
    this.history = [];
  }

  /** All at one revision. */
  #write(puts: { key: string; value: string; lease: string | undefined }[]): void {
    this.revision++;
    for (const { key, value, lease } of puts) {
      const createRevision = this.#keys.get(key)?.createRevision ?? this.revision;
      this.#keys.set(key, { value, modRevision: this.revision, createRevision, lease });
    }
    this.#tell(puts.map(({ key, value }) => ({ key, value, modRevision: String(this.revision) })));
  }

  #remove(keys: string[]): void {
    if (keys.length === 0) return;
    this.revision++;
    for (const key of keys) this.#keys.delete(key);
    this.#tell(keys.map(key => ({ key, value: null, modRevision: String(this.revision) })));
  }

  #tell(changes: WatchedKey[]): void {
    const change = { revision: this.revision, changes };
    this.history.push(change);
    this.onChange(change);
  }

  #isUnchanged(expected: Expected): boolean {
    if (expected === 'absent' || expected.untouched === undefined) return true;
    const { key, revision } = expected.untouched;
    return String(this.#keys.get(key)?.modRevision) === revision;
  }

  #refuseWhenFull(): void {
    if (this.isFull) throw refusal('mvcc: database space exceeded');
  }

  #refuseUnknownLease(lease: string | undefined): void {
    if (lease !== undefined && !this.#leases.has(lease)) throw refusal('requested lease not found');
  }
}

/** Revision and text, as the adapter asks etcd to compare them. */
function isAsExpected(found: Kept | undefined, expected: Expected): boolean {
  if (expected === 'absent') return found === undefined;
  return String(found?.modRevision) === expected.revision && found?.value === expected.text;
}

function refusal(reason: string): EtcdError {
  return new EtcdError('refused', `etcd did not do it: etcdserver: ${reason}`);
}

function toStoredKey(key: string, { value, modRevision, createRevision }: Kept): StoredKey {
  return { key, value, modRevision: String(modRevision), createRevision: String(createRevision) };
}
