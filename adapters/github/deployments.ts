// Reports a rollout to GitHub's Deployments API, where people look for what runs in which environment.

import { getOctokit } from '@actions/github';
import { gitHubError } from './github-error.ts';

export interface GitHubAccess {
  /** Such as `https://api.github.com`. */
  apiUrl: string;
  token: string;
  /** `owner/name`. */
  repository: string;
}

export type DeploymentState = 'queued' | 'in_progress' | 'pending' | 'success' | 'failure' | 'error' | 'inactive';

export interface Deployments {
  /** Creates a deployment of a commit to an environment and gives its id. */
  create(deployment: { commit: string; environment: string; description: string }): Promise<number>;
  /** Adds a status. The description is cut to the 140 characters that GitHub takes. */
  setState(id: number, status: { state: DeploymentState; description: string; logUrl: string }): Promise<void>;
}

const requestLimitMs = 10_000;

/** Source: https://docs.github.com/rest/deployments/deployments */
export function openDeployments({ apiUrl, token, repository }: GitHubAccess): Deployments {
  const octokit = getOctokit(token, { baseUrl: apiUrl });
  const [owner = '', repo = ''] = repository.split('/');
  const limited = () => ({ request: { signal: AbortSignal.timeout(requestLimitMs) } });
  return {
    create: async ({ commit, environment, description }) => {
      try {
        const { data } = await octokit.rest.repos.createDeployment({
          owner,
          repo,
          ref: commit,
          environment,
          description: cut(description),
          auto_merge: false,
          // The rollout has gates of its own; waiting for commit statuses is the branch protection's job.
          required_contexts: [],
          ...limited(),
        });
        if (!('id' in data)) throw new Error('the answer has no id');
        return data.id;
      } catch (cause) {
        throw gitHubError(`create a deployment to ${environment}`, cause);
      }
    },
    setState: async (id, { state, description, logUrl }) => {
      try {
        await octokit.rest.repos.createDeploymentStatus({
          owner,
          repo,
          deployment_id: id,
          state,
          description: cut(description),
          log_url: logUrl,
          ...limited(),
        });
      } catch (cause) {
        throw gitHubError(`set deployment ${id} to ${state}`, cause);
      }
    },
  };
}

function cut(text: string): string {
  return text.length <= 140 ? text : `${text.slice(0, 139)}…`;
}
