// The one error of this room: why an operation could not go on, when that is no expected outcome.

/**
 * - `etcd-unreachable` no member answered
 * - `invalid-environment` its files have problems
 * - `lock-lost` the rollout's lock is no longer ours
 */
export type OperationErrorCode = 'etcd-unreachable' | 'invalid-environment' | 'lock-lost';

export class OperationError extends Error {
  readonly code: OperationErrorCode;

  constructor(code: OperationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OperationError';
    this.code = code;
  }
}

/** A failure in one sentence for a report. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
