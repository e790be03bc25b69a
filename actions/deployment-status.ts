// Tells GitHub's Deployments how a rollout goes. Failing to tell is a warning: it never changes how the rollout goes.

import { warning } from '@actions/core';
import { type DeploymentState, openDeployments } from '#adapters/github/deployments.ts';
import { GitHubError } from '#adapters/github/github-error.ts';
import type { RolloutReport } from '#core/rollout/report.ts';
import type { RunFacts } from './action-inputs.ts';

export interface DeploymentStatus {
  /** For the step after this one; undefined when there is none. */
  readonly id: number | undefined;
  set(state: DeploymentState, description: string): Promise<void>;
}

/**
 * Goes on with the deployment of an earlier step, or creates one.
 * @param token empty when nothing is to be reported
 */
export async function openDeploymentStatus(
  run: RunFacts,
  token: string,
  environment: string,
  earlier: number | undefined,
): Promise<DeploymentStatus> {
  if (token === '' || run.repository === '') return { id: undefined, set: async () => {} };
  const deployments = openDeployments({ apiUrl: run.apiUrl, token, repository: run.repository });
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      warning(`${error.message}. The rollout goes on without reporting.`);
      return undefined;
    }
  };
  const description = `rollout by ${run.actor}`;
  const id = earlier ?? (await attempt(() => deployments.create({ commit: run.commit, environment, description })));
  return {
    id,
    set: async (state, text) => {
      if (id !== undefined)
        await attempt(() => deployments.setState(id, { state, description: text, logUrl: run.url }));
    },
  };
}

/** The state that a part's end gives the deployment; undefined when a later part has the last word. */
export function stateAfter({ part, outcome }: RolloutReport): DeploymentState | undefined {
  switch (outcome) {
    case 'failed':
    case 'refused':
      return 'failure';
    case 'waiting':
      return 'pending';
    case 'done':
    case 'nothing-to-do':
      return part === 'promote' ? 'success' : undefined;
    case 'planned':
      return undefined;
  }
}
