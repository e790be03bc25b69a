// Reads the inputs that the actions on a fleet have in common, once, and reports everything that is wrong with them together.

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, resolve } from 'node:path';
import { getInput } from '@actions/core';

export interface FleetInputs {
  environment: string;
  /** Absolute path of the kubeconfig, or several, separated as in PATH. */
  kubeconfig: string;
  /** The repository's folder. */
  workingDirectory: string;
  /** Path or name of the helm binary. */
  helm: string;
}

/** What the workflow run says of itself. */
export interface RunFacts {
  actor: string;
  runId: string;
  attempt: string;
  commit: string;
  repository: string;
  /** Page of the repository. */
  repositoryUrl: string;
  apiUrl: string;
  /** Page of the run. */
  url: string;
}

export class InputError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'InputError';
  }
}

const environmentForm = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Collects into `problems`; the caller throws them all at once by `refuse`. */
export function readFleetInputs(problems: string[]): FleetInputs {
  const environment = getInput('environment');
  if (!environmentForm.test(environment)) {
    problems.push(
      `input environment is ${JSON.stringify(environment)}; expected the name of a folder in environments/, such as testnet.`,
    );
  }
  const workingDirectory = resolve(getInput('working-directory') || '.');
  if (!existsSync(workingDirectory)) {
    problems.push(`input working-directory: ${workingDirectory} does not exist. Check the repository out first.`);
  }
  const kubeconfigs = (getInput('kubeconfig') || process.env.KUBECONFIG || resolve(homedir(), '.kube', 'config'))
    .split(delimiter)
    .filter(file => file !== '')
    .map(file => resolve(file));
  for (const file of kubeconfigs.filter(each => !existsSync(each))) {
    problems.push(
      `input kubeconfig: ${file} does not exist. Log in to the clusters in a step before, or set KUBECONFIG.`,
    );
  }
  return { environment, workingDirectory, kubeconfig: kubeconfigs.join(delimiter), helm: getInput('helm') || 'helm' };
}

/** `true` or `false`, as YAML writes them. */
export function readFlag(name: string, problems: string[]): boolean {
  const text = getInput(name).toLowerCase();
  if (text !== 'true' && text !== 'false' && text !== '') {
    problems.push(`input ${name} is ${JSON.stringify(text)}; expected true or false.`);
  }
  return text === 'true';
}

/** A whole number within bounds. */
export function readNumber(name: string, bounds: { least: number; most: number }, problems: string[]): number {
  const text = getInput(name);
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < bounds.least || value > bounds.most) {
    problems.push(
      `input ${name} is ${JSON.stringify(text)}; expected a whole number from ${bounds.least} to ${bounds.most}.`,
    );
  }
  return value;
}

export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new InputError(problems);
}

/** From the variables that every runner sets. */
export function readRunFacts(): RunFacts {
  const {
    GITHUB_ACTOR = 'somebody',
    GITHUB_RUN_ID = '0',
    GITHUB_RUN_ATTEMPT = '1',
    GITHUB_SHA = '',
    GITHUB_REPOSITORY = '',
    GITHUB_API_URL = 'https://api.github.com',
    GITHUB_SERVER_URL = 'https://github.com',
  } = process.env;
  return {
    actor: GITHUB_ACTOR,
    runId: GITHUB_RUN_ID,
    attempt: GITHUB_RUN_ATTEMPT,
    commit: GITHUB_SHA,
    repository: GITHUB_REPOSITORY,
    repositoryUrl: `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`,
    apiUrl: GITHUB_API_URL,
    url: `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`,
  };
}

/** The payload of the event that started the workflow; empty when there is none. */
export function readEvent(problems: string[]): object {
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
