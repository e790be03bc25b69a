// The one error of this room: what git could not tell.

/**
 * - `missing` there is no git
 * - `not-found` no such revision
 * - `shallow` the history that is needed is not in this clone
 * - `too-large` more or larger files than are read
 * - `timeout` it took longer than it may
 */
export type GitErrorCode = 'missing' | 'not-found' | 'shallow' | 'too-large' | 'timeout' | 'failed';

export class GitError extends Error {
  readonly code: GitErrorCode;

  constructor(code: GitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GitError';
    this.code = code;
  }
}
