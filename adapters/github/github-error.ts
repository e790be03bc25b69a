// The one error of this room: what GitHub could not do for us.

/**
 * - `unreachable` no answer, or not in time
 * - `limited` too many requests: GitHub says when to come again
 * - `rejected` GitHub refused
 */
export type GitHubErrorCode = 'unreachable' | 'limited' | 'rejected';

export class GitHubError extends Error {
  readonly code: GitHubErrorCode;

  constructor(code: GitHubErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GitHubError';
    this.code = code;
  }
}

interface Failure {
  status?: unknown;
  message?: unknown;
  response?: { headers?: Record<string, unknown> };
}

/** A failure of octokit as ours: with a status it was GitHub's answer, without one there was none. */
export function gitHubError(what: string, cause: unknown): GitHubError {
  const failure = cause as Failure;
  const { status, message } = failure;
  const said = typeof message === 'string' ? message : String(cause);
  const limit = describeLimit(failure, said);
  if (limit !== undefined) return new GitHubError('limited', `GitHub did not ${what}: ${limit}`, { cause });
  const code = typeof status === 'number' && status !== 500 ? 'rejected' : 'unreachable';
  return new GitHubError(code, `GitHub did not ${what}: ${said}`, { cause });
}

/** Source: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function describeLimit({ status, response }: Failure, said: string): string | undefined {
  const headers = response?.headers ?? {};
  const isSpent = headers['x-ratelimit-remaining'] === '0';
  const isLimit =
    status === 429 || (status === 403 && (isSpent || 'retry-after' in headers || /rate limit|abuse/i.test(said)));
  if (!isLimit) return undefined;
  const resetMs = Number(headers['x-ratelimit-reset']) * 1000;
  const after = 'retry-after' in headers ? `in ${String(headers['retry-after'])} s` : undefined;
  const at = isSpent && resetMs > 0 ? `at ${new Date(resetMs).toISOString().slice(0, 19)}Z` : 'in a few minutes';
  return `it takes no more requests of this token for now (${said}). Run the job again ${after ?? at}.`;
}
