// Inputs of the changed-environments action; action.yml says what they mean.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { getInput } from '@actions/core';
import { readEvent, refuse } from '../action-inputs.ts';

export interface ChangeInputs {
  environment: string;
  only: string[];
  workingDirectory: string;
  /** Commits of the push; empty when the event is no push. */
  before: string;
  after: string;
}

/** Throws InputError with everything that is wrong. */
export function readInputs(): ChangeInputs {
  const problems: string[] = [];
  const workingDirectory = resolve(getInput('working-directory') || '.');
  if (!existsSync(resolve(workingDirectory, 'environments'))) {
    problems.push(
      `input working-directory: ${workingDirectory} has no folder environments. Check the repository out first.`,
    );
  }
  const event = readEvent(problems) as { before?: unknown; after?: unknown };
  refuse(problems);
  return {
    environment: getInput('environment'),
    only: getInput('only')
      .split(/[\s,]+/)
      .filter(name => name !== ''),
    workingDirectory,
    before: commitOf(event.before),
    after: commitOf(event.after),
  };
}

function commitOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
