// An etcd of memory for operations: one register of keys, members that may be away, leases on a given clock.

import type { EtcdMemberStatus, EtcdPort, EtcdSession } from '#operations/ports.ts';

interface Stored {
  value: string;
  modRevision: number;
  lease: string | undefined;
}

export class FakeEtcd implements EtcdPort {
  readonly keys = new Map<string, Stored>();
  readonly leases = new Map<string, { ttlSeconds: number; endMs: number }>();
  /** Members that do not answer. */
  readonly away = new Set<string>();
  readonly alarms: { memberId: string; alarm: string }[] = [];
  leader: string;
  term = 7;
  /** Sessions opened and not closed again. */
  open = 0;
  readonly #members: readonly string[];
  readonly #now: () => number;
  #revision = 1;
  #leaseCount = 0;

  constructor(members: readonly string[], now: () => number) {
    this.#members = members;
    this.#now = now;
    this.leader = members[0] ?? '';
  }

  async use<T>(member: string, work: (session: EtcdSession) => Promise<T>): Promise<T> {
    if (this.away.has(member)) throw new Error(`${member} does not answer`);
    this.open += 1;
    try {
      return await work(this.#session(member));
    } finally {
      this.open -= 1;
    }
  }

  get(key: string): string | undefined {
    this.#expire();
    return this.keys.get(key)?.value;
  }

  put(key: string, value: string, lease?: string): void {
    this.#revision += 1;
    this.keys.set(key, { value, modRevision: this.#revision, lease });
  }

  idOf(member: string): string {
    return String(this.#members.indexOf(member) + 100);
  }

  #session(member: string): EtcdSession {
    return {
      get: async key => {
        this.#expire();
        const found = this.keys.get(key);
        return found === undefined ? undefined : { value: found.value, modRevision: String(found.modRevision) };
      },
      range: async prefix => ({
        keys: [...this.keys].filter(([key]) => key.startsWith(prefix)).map(([key, { value }]) => ({ key, value })),
      }),
      put: async (key, value, lease) => this.put(key, value, lease),
      compareAndPut: async (key, expected, text, lease) => {
        this.#expire();
        const found = this.keys.get(key);
        const same =
          expected === 'absent'
            ? found === undefined
            : found?.value === expected.text && String(found.modRevision) === expected.revision;
        if (!same) return { kind: 'changed' };
        this.put(key, text, lease);
        return { kind: 'put', revision: String(this.#revision) };
      },
      delete: async key => void this.keys.delete(key),
      grantLease: async ttlSeconds => {
        this.#leaseCount += 1;
        const id = String(this.#leaseCount);
        this.leases.set(id, { ttlSeconds, endMs: this.#now() + ttlSeconds * 1000 });
        return { id, ttlSeconds };
      },
      keepAlive: async id => {
        this.#expire();
        const lease = this.leases.get(id);
        if (lease === undefined) return 0;
        lease.endMs = this.#now() + lease.ttlSeconds * 1000;
        return lease.ttlSeconds;
      },
      revoke: async id => {
        this.leases.delete(id);
        this.#expire();
      },
      status: async () => this.#status(member),
      alarms: async () => this.alarms,
      moveLeader: async id => {
        this.leader = this.#members.find(each => this.idOf(each) === id) ?? this.leader;
        this.term += 1;
      },
    };
  }

  #status(member: string): EtcdMemberStatus {
    return {
      memberId: this.idOf(member),
      leaderId: this.idOf(this.leader),
      term: String(this.term),
      appliedIndex: String(this.#revision),
      version: '3.6.4',
      databaseBytes: 20_480,
      // As etcd does: each member tells of the alarms of all.
      errors: this.alarms.map(({ memberId, alarm }) => `memberID:${memberId} alarm:${alarm} `),
      isLearner: false,
    };
  }

  #expire(): void {
    for (const [id, { endMs }] of this.leases) if (endMs <= this.#now()) this.leases.delete(id);
    for (const [key, { lease }] of this.keys) if (lease !== undefined && !this.leases.has(lease)) this.keys.delete(key);
  }
}
