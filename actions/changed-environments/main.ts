// Says which environments a push concerns.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setOutput, warning } from '@actions/core';
import { changedFiles } from '#adapters/git/changed-files.ts';
import { changedEnvironments } from '#core/rollout/changed.ts';
import { InputError } from '../action-inputs.ts';
import { runAction, say } from '../action-log.ts';
import { readInputs } from './inputs.ts';

await runAction('changed-environments', async () => {
  const { environment, only, workingDirectory, before, after } = readInputs();
  const entries = await readdir(join(workingDirectory, 'environments'), { withFileTypes: true });
  const existing = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
  if (environment !== '' && !existing.includes(environment)) {
    throw new InputError([`input environment is ${environment}; expected one of ${existing.join(', ')}.`]);
  }
  const { environments, notes } =
    environment !== ''
      ? { environments: [environment], notes: [] }
      : changedEnvironments(await changedFiles(workingDirectory, before, after), existing, only);
  for (const note of notes) warning(note);
  say(`environments to roll out: ${environments.join(', ') || 'none'}`);
  setOutput('environments', JSON.stringify(environments));
});
