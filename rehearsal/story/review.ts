// What a reviewer gets to read: validate.yml runs on the open pull request and comments on it; what it told is held against the rollout.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RolloutReport } from '#core/rollout/report.ts';
import { describeStep } from '#core/rollout/summary.ts';
import type { Forecast } from '#core/validation/verdict.ts';
import { parseVerdictFile } from '#core/validation/verdict-file.ts';
import { readPullRequest } from '#rehearsal/github/operator.ts';
import { renderPullRequestEvent } from '#rehearsal/workflow/push-event.ts';
import { outputsOf } from '#rehearsal/workflow/run-record.ts';
import type { WorkflowResult } from '#rehearsal/workflow/run-workflow.ts';
import { checkForecast } from './plan-check.ts';
import { lastErrors, type Opened, runFile } from './pull-request.ts';
import { repositoryName, type Stage, StoryError } from './stage.ts';

/** What the pull request was told. */
export interface Review {
  comment: string;
  forecast: Forecast;
}

/** Runs validate.yml on the pull request and reads what it has left; keeps the comment as comment.md. */
export async function review(stage: Stage, step: string, { number }: Opened): Promise<Review> {
  const { github, scratch, rehearsal, diary, options } = stage;
  const pull = await readPullRequest(github, repositoryName, number);
  if (pull.merge_commit_sha === null) throw new StoryError(`#${number} cannot be merged`);
  const artifacts = join(rehearsal.sandbox.folder, 'artifacts');
  const result = await runFile(stage, step, {
    checkout: await scratch.checkout(pull.merge_commit_sha),
    workflow: 'validate.yml',
    event: { name: 'pull_request', payload: renderPullRequestEvent(repositoryName, pull) },
    environment: { ARTIFACTS_FOLDER: artifacts },
  });
  if (result.outcome !== 'success')
    throw new StoryError(`validate.yml ended with ${result.outcome}: ${lastErrors(result)}`);
  const comment = github
    .comments(number)
    .map(each => each.body ?? '')
    .join('\n\n---\n\n');
  if (comment === '') throw new StoryError(`validate.yml left no comment on #${number}`);
  await writeFile(join(options.output, 'comment.md'), comment);
  diary.leaveFile(step, 'comment.md');
  const forecast = await readForecast(join(artifacts, 'verdict/verdict.json'), stage.fleet.environment.name);
  diary.note('pull request', `validate comments on #${number}: ${forecast.steps.length} steps are told`);
  return { comment, forecast };
}

async function readForecast(file: string, environment: string): Promise<Forecast> {
  const { verdict, problem } = parseVerdictFile(await readFile(file, 'utf8'));
  const told = verdict?.environments.find(each => each.name === environment)?.forecast;
  if (told === undefined)
    throw new StoryError(`validate.yml told no plan for ${environment}: ${problem ?? 'none is in it'}`);
  return told;
}

/** Holds the rollout against what was told; gives what is to be said of it. @throws {StoryError} with both lists */
export function checkAsTold(
  { comment, forecast }: Review,
  rollout: Pick<WorkflowResult, 'outputs'>,
  holder: string,
): string {
  const unsaid = missingInOrder(
    comment,
    forecast.steps.map(each => describeStep(each.step)),
  );
  if (unsaid !== undefined) throw new StoryError(`the comment does not say "${unsaid}" where the plan has it`);
  const went = outputsOf(rollout, 'report').flatMap(text => (JSON.parse(text) as RolloutReport).steps);
  const check = checkForecast(forecast, went, holder);
  const allowed = check.kind === 'as-told' && check.allowed.length > 0 ? ` (${check.allowed.join('; ')})` : '';
  if (check.kind === 'as-told') return `${check.steps} steps went as the pull request told${allowed}`;
  throw new StoryError(check.why);
}

/** The first text that does not come after the ones before it. */
function missingInOrder(whole: string, texts: readonly string[]): string | undefined {
  let from = 0;
  for (const text of texts) {
    const found = whole.indexOf(text, from);
    if (found < 0) return text;
    from = found + text.length;
  }
  return undefined;
}
