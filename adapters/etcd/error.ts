// The one error of the etcd room.

/**
 * - `unknown`: no answer in time, or a broken connection: a write may or may not have happened.
 * - `refused`: etcd answered that it will not, such as a full database or a lease it does not know. A write that fills the database may have been made all the same: read back where it matters.
 * - `compacted`: a watch asked for history that is gone.
 */
export type EtcdErrorCode = 'unknown' | 'refused' | 'compacted';

/** What could not be done with etcd, and why. */
export class EtcdError extends Error {
  readonly code: EtcdErrorCode;

  constructor(code: EtcdErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'EtcdError';
    this.code = code;
  }
}

/** grpc answers that prove that etcd saw the call and did nothing. Source: etcd api/v3rpc/rpctypes/error.go. */
const refusals =
  /^etcdserver: (mvcc: database space exceeded|requested lease not found|permission denied|invalid auth token|user name is empty|key is not provided|not capable|too many requests)/;

/** Until somebody does this, etcd takes no write at all. */
const fullRemedy =
  '; its database is full: compact it, defragment each member, then disarm the alarm, as charts/etcd/README.md says';

/** Puts a failure of the etcd3 library into our words. Anything not known to be harmless is `unknown`. */
export function toEtcdError(action: string, endpoint: string, cause: unknown): EtcdError {
  if (cause instanceof EtcdError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  const remedy = said.includes('database space exceeded') ? fullRemedy : '';
  const code = refusals.test(said.replace(/^.*?(?=etcdserver: )/, '')) ? 'refused' : 'unknown';
  return new EtcdError(
    code,
    `etcd${endpoint === '' ? '' : ` member ${endpoint}`} did not ${action}: ${said}${remedy}`,
    cause,
  );
}
