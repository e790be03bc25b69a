// Finds the open pull request that a commit is the head of.

import { getOctokit } from '@actions/github';
import type { GitHubAccess } from './deployments.ts';
import { gitHubError } from './github-error.ts';

export interface PullHead {
  /** Commit at the head of the branch. */
  commit: string;
  /** Owner of the repository that the branch is in. */
  owner: string;
  branch: string;
}

const requestLimitMs = 10_000;

/** Numbers of the open pull requests whose head is exactly this. Source: https://docs.github.com/rest/pulls/pulls#list-pull-requests */
export async function findPulls(
  access: GitHubAccess,
  { commit, owner: headOwner, branch }: PullHead,
): Promise<number[]> {
  const octokit = getOctokit(access.token, { baseUrl: access.apiUrl });
  const [owner = '', repo = ''] = access.repository.split('/');
  try {
    const { data } = await octokit.rest.pulls.list({
      owner,
      repo,
      state: 'open',
      head: `${headOwner}:${branch}`,
      per_page: 100,
      request: { signal: AbortSignal.timeout(requestLimitMs) },
    });
    return data.filter(pull => pull.head.sha === commit).map(pull => pull.number);
  } catch (cause) {
    throw gitHubError(`list the pull requests of ${headOwner}:${branch}`, cause);
  }
}

/** Commit at the head of a pull request now. */
export async function readPullHead(access: GitHubAccess, number: number): Promise<string> {
  const octokit = getOctokit(access.token, { baseUrl: access.apiUrl });
  const [owner = '', repo = ''] = access.repository.split('/');
  try {
    const request = { signal: AbortSignal.timeout(requestLimitMs) };
    const { data } = await octokit.rest.pulls.get({ owner, repo, pull_number: number, request });
    return data.head.sha;
  } catch (cause) {
    throw gitHubError(`show pull request #${number}`, cause);
  }
}
