// What a person does on GitHub in the rehearsal: opens a pull request and merges it, through the REST API.

import type { GitHub } from './github.ts';
import { operatorToken } from './github.ts';
import type { MergeResult, PullRequest } from './schemas.ts';

export interface PullTexts {
  title: string;
  body: string;
  /** Branch with the change; it is to be merged into main. */
  branch: string;
}

export class RefusedError extends Error {
  readonly code = 'refused';

  constructor(message: string) {
    super(message);
    this.name = 'RefusedError';
  }
}

/** Opens a pull request into main; returns its number. @throws {RefusedError} */
export async function openPullRequest(
  github: Pick<GitHub, 'url'>,
  repository: string,
  { title, body, branch }: PullTexts,
): Promise<number> {
  const pull = await call(github, 'POST', `/repos/${repository}/pulls`, { title, body, head: branch, base: 'main' });
  return (pull as PullRequest).number;
}

/** Merges a pull request; returns the commit that main is at then. @throws {RefusedError} */
export async function mergePullRequest(
  github: Pick<GitHub, 'url'>,
  repository: string,
  number: number,
): Promise<string> {
  return ((await call(github, 'PUT', `/repos/${repository}/pulls/${number}/merge`, {})) as MergeResult).sha;
}

/** The pull request as the API tells it, for the event that a workflow runs on. @throws {RefusedError} */
export async function readPullRequest(
  github: Pick<GitHub, 'url'>,
  repository: string,
  number: number,
): Promise<PullRequest> {
  return (await call(github, 'GET', `/repos/${repository}/pulls/${number}`)) as PullRequest;
}

async function call({ url }: Pick<GitHub, 'url'>, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `token ${operatorToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const answer = (await response.json()) as { message?: string };
  if (!response.ok) throw new RefusedError(`${method} ${path} was answered ${response.status}: ${answer.message}`);
  return answer;
}
