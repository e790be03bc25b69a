// Inputs of the changed-environments action; action.yml says what they mean.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { getInput } from '@actions/core';
import { refuse } from '../action-inputs.ts';

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
  const event = readEvent(problems);
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

function readEvent(problems: string[]): { before?: unknown; after?: unknown } {
  const path = process.env.GITHUB_EVENT_PATH;
  if (path === undefined || path === '') return {};
  try {
    const event: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof event === 'object' && event !== null ? event : {};
  } catch (cause) {
    problems.push(`GITHUB_EVENT_PATH: ${path} cannot be read as JSON: ${String(cause)}`);
    return {};
  }
}

function commitOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
