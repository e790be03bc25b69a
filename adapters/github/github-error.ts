// The one error of this room: what GitHub could not do for us.

/**
 * - `unreachable` no answer, or not in time
 * - `rejected` GitHub refused
 */
export type GitHubErrorCode = 'unreachable' | 'rejected';

export class GitHubError extends Error {
  readonly code: GitHubErrorCode;

  constructor(code: GitHubErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GitHubError';
    this.code = code;
  }
}

/** A failure of octokit as ours: with a status it was GitHub's answer, without one there was none. */
export function gitHubError(what: string, cause: unknown): GitHubError {
  const { status, message } = cause as { status?: unknown; message?: unknown };
  const said = typeof message === 'string' ? message : String(cause);
  const code = typeof status === 'number' && status !== 500 ? 'rejected' : 'unreachable';
  return new GitHubError(code, `GitHub did not ${what}: ${said}`, { cause });
}
