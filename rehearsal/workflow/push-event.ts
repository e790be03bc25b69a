// The payloads of the events that start our workflows, in GitHub's shape.

export interface Push {
  /** `owner/name` */
  repository: string;
  /** Branch name. */
  branch: string;
  /** Commit ids. */
  before: string;
  after: string;
}

/** Source: docs.github.com/webhooks/webhook-events-and-payloads#push. Only the fields that workflows read. */
export function renderPushEvent({ repository, branch, before, after }: Push): Record<string, unknown> {
  return { ref: `refs/heads/${branch}`, before, after, repository: renderRepository(repository) };
}

/** Source: the same page, #workflow_dispatch. Inputs are strings, as GitHub sends them. */
export function renderDispatchEvent(
  { repository, branch, workflow }: { repository: string; branch: string; workflow: string },
  inputs: Record<string, string>,
): Record<string, unknown> {
  return {
    ref: `refs/heads/${branch}`,
    workflow: `.github/workflows/${workflow}`,
    inputs,
    repository: renderRepository(repository),
  };
}

/** Source: the same page, #pull_request. @param pull as GitHub's API gives it */
export function renderPullRequestEvent(
  repository: string,
  pull: { number: number },
  action: 'opened' | 'synchronize' = 'opened',
): Record<string, unknown> {
  return { action, number: pull.number, pull_request: pull, repository: renderRepository(repository) };
}

export interface ValidatedRun {
  id: number;
  /** Owner of the repository that the branch is in. */
  headOwner: string;
  headBranch: string;
  headSha: string;
  conclusion: string;
}

/** Source: the same page, #workflow_run: a workflow on a pull request has ended. */
export function renderWorkflowRunEvent(repository: string, run: ValidatedRun): Record<string, unknown> {
  const { id, headOwner, headBranch, headSha, conclusion } = run;
  const fork = renderRepository(`${headOwner}/${repository.split('/')[1] ?? ''}`);
  return {
    action: 'completed',
    workflow_run: {
      id,
      name: 'validate',
      event: 'pull_request',
      status: 'completed',
      conclusion,
      head_branch: headBranch,
      head_sha: headSha,
      head_repository: { id: 2, ...fork },
      html_url: `https://github.com/${repository}/actions/runs/${id}`,
      actor: { login: headOwner },
      // Empty for a fork: the reason why the number has to be asked for.
      pull_requests: [],
    },
    repository: renderRepository(repository),
  };
}

function renderRepository(repository: string): Record<string, unknown> {
  const [owner = '', name = ''] = repository.split('/');
  return { full_name: repository, name, owner: { login: owner }, default_branch: 'main' };
}
