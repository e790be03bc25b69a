// The lock that keeps two rollouts of one producer apart: a key in etcd on a lease. It fences nothing: the claim does.

import type { ClaimView } from '#core/rollout/observation.ts';
import { OperationError } from './operation-error.ts';
import type { Fleet } from './ports.ts';
import { createKey, keysOf, viewClaim, withAnyMember } from './register.ts';

export interface LockHolder {
  /** Who runs it, for people. */
  by: string;
  /** Unique to the run. */
  id: string;
  /** ISO time. */
  since: string;
}

export interface RolloutLock {
  /** Renews the lease when it is time. Call it in every wait. Throws OperationError `lock-lost`. */
  keep(): Promise<void>;
  /** Renews at once and reads the claim: to be called right before anything is changed. */
  confirm(): Promise<ClaimView>;
  release(): Promise<void>;
}

export type LockResult = { kind: 'locked'; lock: RolloutLock } | { kind: 'refused'; reason: string };

const ttlSeconds = 30;
const renewEveryMs = 8_000;
const retryMs = 2_000;

/** Takes the lock. One that a killed run left behind is gone after its lease, which is waited for. */
export async function lockRollout(fleet: Fleet, holder: Omit<LockHolder, 'since'>): Promise<LockResult> {
  const { clock } = fleet;
  const text = JSON.stringify({ ...holder, since: new Date(clock.now()).toISOString() } satisfies LockHolder);
  const key = keysOf(fleet).rollout;
  const waitUntil = clock.now() + (ttlSeconds + 5) * 1000;
  for (;;) {
    const attempt = await withAnyMember(fleet, async session => {
      const lease = await session.grantLease(ttlSeconds);
      const result = await createKey(session, key, text, lease.id);
      if (result.kind !== 'created') await session.revoke(lease.id);
      return { result, lease };
    });
    if (attempt.result.kind === 'created') return { kind: 'locked', lock: heldLock(fleet, attempt.lease.id) };
    const reason = attempt.result.kind === 'exists' ? describeHolder(attempt.result.text) : 'it comes and goes';
    if (clock.now() >= waitUntil) return { kind: 'refused', reason: `another rollout is going on: ${reason}.` };
    await clock.sleep(retryMs);
  }
}

function heldLock(fleet: Fleet, leaseId: string): RolloutLock {
  const { clock } = fleet;
  const { claim } = keysOf(fleet);
  let renewedMs = clock.now();
  const confirm = () =>
    withAnyMember(fleet, async session => {
      const left = await session.keepAlive(leaseId);
      if (left <= 0) {
        throw new OperationError('lock-lost', 'the lock of this rollout has expired; another run may have begun.');
      }
      renewedMs = clock.now();
      return viewClaim(await session.get(claim));
    });
  return {
    confirm,
    keep: async () => {
      if (clock.now() - renewedMs >= renewEveryMs) await confirm();
    },
    release: async () => {
      await withAnyMember(fleet, session => session.revoke(leaseId)).catch(() => {
        // The lease ends by itself; a failure here must not hide how the rollout went.
      });
    },
  };
}

function describeHolder(text: string): string {
  try {
    const { by, since } = JSON.parse(text) as Partial<LockHolder>;
    return `started by ${by ?? 'somebody'} at ${since ?? 'an unknown time'}`;
  } catch {
    return `the key holds ${text.slice(0, 100)}`;
  }
}
