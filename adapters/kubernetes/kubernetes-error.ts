// The one error of this room: what the Kubernetes API could not do for us.

/**
 * - `configuration` the kubeconfig or its context cannot be used
 * - `unreachable` no connection to the API server or the pod
 * - `timeout` no answer in time
 * - `unauthorized` the credentials do not allow it
 * - `not-found` the object does not exist
 * - `conflict` a precondition failed: the object is another one by now
 * - `rejected` the API server refused the request
 * - `unexpected` the answer is none we understand
 */
export type KubernetesErrorCode =
  | 'configuration'
  | 'unreachable'
  | 'timeout'
  | 'unauthorized'
  | 'not-found'
  | 'conflict'
  | 'rejected'
  | 'unexpected';

export class KubernetesError extends Error {
  readonly code: KubernetesErrorCode;

  constructor(code: KubernetesErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KubernetesError';
    this.code = code;
  }
}

/** The code for an HTTP status that is not a success. */
export function codeOfStatus(status: number): KubernetesErrorCode {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404) return 'not-found';
  if (status === 409 || status === 412) return 'conflict';
  if (status === 408 || status === 504) return 'timeout';
  return status >= 500 ? 'unreachable' : 'rejected';
}

/** The failure to connect or to answer, as ours. */
export function connectionError(what: string, cause: unknown): KubernetesError {
  if (cause instanceof KubernetesError) return cause;
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'TimeoutError' || name === 'AbortError') {
    return new KubernetesError('timeout', `${what}: no answer in time.`, { cause });
  }
  return new KubernetesError('unreachable', `${what}: ${innermostMessage(cause)}.`, { cause });
}

function innermostMessage(error: unknown): string {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error && current.cause instanceof Error; depth++) {
    current = current.cause;
  }
  if (current instanceof Error) return current.message || current.name;
  const message = (current as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(current);
}
