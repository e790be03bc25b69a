// Inputs of the validate-comment action; action.yml says what they mean. What the event says is GitHub's own word, the file is not.

import { resolve } from 'node:path';
import { getInput } from '@actions/core';
import { type RunFacts, readEvent, readRunFacts, refuse } from '../action-inputs.ts';

export interface CommentInputs {
  verdictFile: string;
  environments: string[];
  author: string;
  token: string;
  run: RunFacts;
  /** Of the run of validate. */
  head: { commit: string; owner: string; branch: string };
  /** Page of that run. */
  validateUrl: string;
}

interface WorkflowRunEvent {
  workflow_run?: {
    head_sha?: string;
    head_branch?: string | null;
    html_url?: string;
    head_repository?: { owner?: { login?: string } } | null;
  };
}

/** Throws InputError with everything that is wrong. */
export function readInputs(): CommentInputs {
  const problems: string[] = [];
  const { workflow_run: validated } = readEvent(problems) as WorkflowRunEvent;
  const commit = validated?.head_sha ?? '';
  const branch = validated?.head_branch ?? '';
  const owner = validated?.head_repository?.owner?.login ?? '';
  if (!/^[0-9a-f]{40,64}$/.test(commit) || branch === '' || owner === '') {
    problems.push(
      'The event is no workflow_run with a head commit, branch and repository; expected one of a pull request.',
    );
  }
  if (getInput('verdict') === '') problems.push('input verdict is empty; expected the path of a file.');
  refuse(problems);
  return {
    verdictFile: resolve(getInput('verdict')),
    environments: getInput('environments')
      .split(/[\s,]+/)
      .filter(name => name !== ''),
    author: getInput('comment-author') || 'github-actions[bot]',
    token: getInput('token'),
    run: readRunFacts(),
    head: { commit, owner, branch },
    validateUrl: validated?.html_url ?? '',
  };
}
