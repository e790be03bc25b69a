// The producer's register in etcd as operations use it: reads the claim, creates keys once.

import { parseClaim } from '#core/failover/claim.ts';
import { type RegisterKeys, registerKeys } from '#core/failover/keys.ts';
import type { ClaimView } from '#core/rollout/observation.ts';
import { describeError, OperationError } from './operation-error.ts';
import type { Crew, EtcdSession } from './ports.ts';

/** The keys of the environment's producer. */
export function keysOf({ environment }: Pick<Crew, 'environment'>): RegisterKeys {
  const { chain, etcd } = environment;
  return registerKeys({ prefix: etcd.prefix, chainId: chain.id, producer: chain.producer });
}

/** Who answered last is asked first: a member that is away costs its time limit once. */
const lastAnswered = new WeakMap<Crew['etcd'], string>();

/** Works with the first member that answers. What `work` does must be harmless when it happens twice. */
export async function withAnyMember<T>(
  { environment, etcd }: Pick<Crew, 'environment' | 'etcd'>,
  work: (session: EtcdSession) => Promise<T>,
): Promise<T> {
  const problems: string[] = [];
  const last = lastAnswered.get(etcd);
  const names = environment.etcd.members.map(each => each.name);
  for (const name of names.toSorted((a, b) => Number(b === last) - Number(a === last))) {
    try {
      const result = await etcd.use(name, work);
      lastAnswered.set(etcd, name);
      return result;
    } catch (error) {
      problems.push(`${name}: ${describeError(error)}`);
    }
  }
  throw new OperationError('etcd-unreachable', `no etcd member could be asked. ${problems.join('; ')}`);
}

export async function readClaim(fleet: Crew): Promise<ClaimView> {
  return viewClaim(await withAnyMember(fleet, session => session.get(keysOf(fleet).claim)));
}

export function viewClaim(stored: { value: string } | undefined): ClaimView {
  if (stored === undefined) return { kind: 'missing' };
  const parsed = parseClaim(stored.value);
  switch (parsed.kind) {
    case 'broken':
      return { kind: 'unreadable', problem: parsed.problem };
    case 'newer':
      return { kind: 'unreadable', problem: `it has version ${parsed.version}, newer than this program knows` };
    case 'claim': {
      const { holder, epoch } = parsed.claim;
      return holder === '' ? { kind: 'vacant', epoch } : { kind: 'held', holder, epoch };
    }
  }
}

/** Puts a key that must not exist. A lost answer is resolved by reading back. */
export async function createKey(
  session: EtcdSession,
  key: string,
  text: string,
  leaseId?: string,
): Promise<{ kind: 'created' } | { kind: 'exists'; text: string } | { kind: 'gone' }> {
  const result = await session.compareAndPut(key, 'absent', text, leaseId);
  if (result.kind === 'put') return { kind: 'created' };
  const found = await session.get(key);
  if (found === undefined) return { kind: 'gone' };
  // An earlier attempt whose answer was lost.
  return found.value === text ? { kind: 'created' } : { kind: 'exists', text: found.value };
}
