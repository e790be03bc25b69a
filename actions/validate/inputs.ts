// Inputs of the validate action; action.yml says what they mean.

import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { getInput } from '@actions/core';
import { type RunFacts, readEvent, readFlag, readRunFacts, refuse } from '../action-inputs.ts';

export interface ValidateInputs {
  base: string | undefined;
  head: string | undefined;
  environments: string[];
  workingDirectory: string;
  helm: string;
  /** undefined: the live fleets are not looked at. */
  kubeconfig: string | undefined;
  comment: boolean;
  author: string;
  verdictFile: string;
  token: string;
  run: RunFacts;
  /** undefined when the event is no pull request. */
  pull: PullFacts | undefined;
}

export interface PullFacts {
  number: number;
  /** Its branch is in another repository, whose owner's token may not write here. */
  isFork: boolean;
}

interface PullEvent {
  number?: number;
  base?: { sha?: string };
  head?: { sha?: string; repo?: { full_name?: string } | null };
}

/** Throws InputError with everything that is wrong. */
export function readInputs(): ValidateInputs {
  const problems: string[] = [];
  const run = readRunFacts();
  const event = readEvent(problems) as { pull_request?: PullEvent };
  const pull = event.pull_request;
  const workingDirectory = resolve(getInput('working-directory') || '.');
  if (!existsSync(join(workingDirectory, 'environments'))) {
    problems.push(
      `input working-directory: ${workingDirectory} has no folder environments. Check the repository out first.`,
    );
  }
  const kubeconfig = readKubeconfig(problems);
  const comment = readFlag('comment', problems);
  refuse(problems);
  return {
    base: getInput('base') || pull?.base?.sha,
    head: getInput('head') || pull?.head?.sha,
    environments: getInput('environments')
      .split(/[\s,]+/)
      .filter(name => name !== ''),
    workingDirectory,
    helm: getInput('helm') || 'helm',
    kubeconfig,
    comment,
    author: getInput('comment-author') || 'github-actions[bot]',
    verdictFile: resolve(getInput('verdict') || join(process.env.RUNNER_TEMP ?? '.', 'verdict.json')),
    token: getInput('token'),
    run,
    pull: pull?.number === undefined ? undefined : { number: pull.number, isFork: isFork(pull, run.repository) },
  };
}

/** A fork that was deleted meanwhile has no repository any more. */
function isFork({ head }: PullEvent, repository: string): boolean {
  return head?.repo?.full_name?.toLowerCase() !== repository.toLowerCase();
}

function readKubeconfig(problems: string[]): string | undefined {
  const files = getInput('kubeconfig')
    .split(delimiter)
    .filter(file => file !== '')
    .map(file => resolve(file));
  for (const file of files.filter(each => !existsSync(each))) {
    problems.push(`input kubeconfig: ${file} does not exist. Leave it empty to forecast from the files.`);
  }
  return files.length === 0 ? undefined : files.join(delimiter);
}
