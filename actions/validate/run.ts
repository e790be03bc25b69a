// Validates, and tells it: annotations at the lines, a job summary, outputs, a file for later steps, a comment.

import { writeFile } from 'node:fs/promises';
import { error, setFailed, setOutput, warning } from '@actions/core';
import { renderJobSummary, shownAnnotations } from '#core/validation/comment.ts';
import { headline, isFullyChecked, problemsOf } from '#core/validation/report.ts';
import type { RuleProblem, Verdict } from '#core/validation/verdict.ts';
import { renderVerdictFile } from '#core/validation/verdict-file.ts';
import { type ValidateOptions, validate } from '#operations/validate.ts';
import { printForeign, say, writeSummary } from '../action-log.ts';
import { keepComment } from '../verdict-comment.ts';
import { readInputs, type ValidateInputs } from './inputs.ts';

/** Exit code 1 when there are problems. */
export async function runValidate(): Promise<void> {
  const inputs = readInputs();
  const verdict = await validate(optionsOf(inputs));
  const problems = problemsOf(verdict);
  const errors = problems.filter(each => each.level === 'error');
  await writeFile(inputs.verdictFile, renderVerdictFile(verdict));
  annotate(problems);
  setOutput('outcome', errors.length === 0 ? 'clean' : 'problems');
  setOutput('errors', errors.length);
  setOutput('warnings', problems.length - errors.length);
  setOutput('environments', touchedBy(verdict));
  setOutput('verdict', inputs.verdictFile);
  await writeSummary(renderJobSummary(verdict, placeOf(inputs), 'verdict'));
  setOutput('comment', (await comment(inputs, verdict)) ?? '');
  say(headline(verdict));
  if (errors.length > 0 || !isFullyChecked(verdict)) setFailed(headline(verdict));
}

function optionsOf({ workingDirectory, base, head, environments, helm, kubeconfig }: ValidateInputs): ValidateOptions {
  return {
    directory: workingDirectory,
    base,
    head,
    only: environments,
    helm,
    today: new Date().toISOString().slice(0, 10),
    report: say,
    ...(kubeconfig === undefined
      ? {}
      : {
          openFleet: async environment => {
            const { openFleet } = await import('#operations/fleet.ts');
            return await openFleet({ environment, kubeconfig, workingDirectory, helm });
          },
        }),
  };
}

/** GitHub shows the first few of each level, and drops the others without a word. */
function annotate(problems: readonly RuleProblem[]): void {
  for (const level of ['error', 'warning'] as const) {
    const own = problems.filter(each => each.level === level);
    for (const { file, line, column, message, rule } of own.slice(0, shownAnnotations)) {
      const properties = { file, startLine: line, startColumn: column, title: rule };
      if (level === 'error') error(message, properties);
      else warning(message, properties);
    }
    const more = own.slice(shownAnnotations);
    printForeign(
      `${more.length} more of level ${level}, which GitHub would not show as annotations; the summary has all:`,
      more.map(({ file, line, column, message, rule }) => `${file}:${line}:${column}: ${message} [${rule}]`),
    );
  }
}

function touchedBy({ environments }: Verdict): string {
  return JSON.stringify(environments.filter(each => each.change !== 'untouched').map(each => each.name));
}

function placeOf({ run }: ValidateInputs) {
  return { repository: run.repositoryUrl, runUrl: run.url };
}

async function comment(inputs: ValidateInputs, verdict: Verdict): Promise<string | undefined> {
  const { pull, run, token, author, environments } = inputs;
  if (!inputs.comment || pull === undefined) return undefined;
  if (token === '') {
    say('there is no token, so no comment is made');
    return undefined;
  }
  if (pull.isFork) {
    say('the branch is in a fork, whose token may not comment: the workflow validate-comment does it');
    return undefined;
  }
  return await keepComment({ run, token, author, pull: pull.number, environments, verdict, place: placeOf(inputs) });
}
