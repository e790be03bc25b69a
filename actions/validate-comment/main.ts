// Comments on a fork's pull request. The file comes from a run of the fork's own code: its shape is checked, everything shown is rendered
// here, and which pull request it belongs to is asked of GitHub.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { notice, setOutput } from '@actions/core';
import { findPulls } from '#adapters/github/pulls.ts';
import type { Verdict } from '#core/validation/verdict.ts';
import { longestVerdict, parseVerdictFile } from '#core/validation/verdict-file.ts';
import { InputError } from '../action-inputs.ts';
import { runAction, say } from '../action-log.ts';
import { keepComment } from '../verdict-comment.ts';
import { type CommentInputs, readInputs } from './inputs.ts';

const caution =
  'this was computed by the code of the pull request itself, in a run that its author controls. It is no proof: look at what changes in actions/, core/ and operations/.';

await runAction('validate-comment', async () => {
  const inputs = readInputs();
  const { run, token, author, head, environments } = inputs;
  say(`looking for the pull request of ${head.owner}:${head.branch} at ${head.commit.slice(0, 12)}`);
  setOutput('pull-request', '');
  setOutput('comment', '');
  const verdict = await readVerdict(inputs);
  if (verdict === undefined) {
    notice(`The run of validate has left no verdict, so there is nothing to comment: ${inputs.validateUrl}`);
    return;
  }
  const pulls = await findPulls({ apiUrl: run.apiUrl, token, repository: run.repository }, head);
  const [pull] = pulls;
  if (pull === undefined) {
    notice('No open pull request has this commit at its head any more: it was closed, or pushed to since.');
    return;
  }
  if (pulls.length > 1) {
    // Each has its own base, and the run does not say which one it was.
    notice(
      `${pulls.map(number => `#${number}`).join(' and ')} have the same commit at their head; no comment is made.`,
    );
    return;
  }
  setOutput('pull-request', pull);
  const place = { repository: run.repositoryUrl, runUrl: inputs.validateUrl, caution };
  setOutput('comment', (await keepComment({ run, token, author, pull, environments, verdict, place })) ?? '');
});

/** undefined when there is no file. */
async function readVerdict({ verdictFile, head }: CommentInputs): Promise<Verdict | undefined> {
  const text = await readBounded(verdictFile);
  if (text === undefined) return undefined;
  const { verdict, problem } = parseVerdictFile(text);
  if (verdict === undefined) throw new InputError([`The verdict in ${verdictFile} is refused: ${problem}.`]);
  if (verdict.head !== head.commit) {
    const expected = `expected ${head.commit.slice(0, 12)}, which the run was started for`;
    throw new InputError([`The verdict in ${verdictFile} is about another commit; ${expected}.`]);
  }
  return verdict;
}

/** Neither a link nor a pipe, and no more than a verdict may be. */
async function readBounded(path: string): Promise<string | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new InputError([`${path} cannot be read (${cause.code}); expected a file.`]);
  });
  if (file === undefined) return undefined;
  try {
    const facts = await file.stat();
    if (!facts.isFile() || facts.size > 4 * longestVerdict) {
      throw new InputError([`${path} is no file of at most ${4 * longestVerdict} bytes; expected a verdict.`]);
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
