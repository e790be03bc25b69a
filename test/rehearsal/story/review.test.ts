import test from 'ava';
import { forecastFromFiles } from '#core/rollout/forecast.ts';
import { renderComment } from '#core/validation/comment.ts';
import type { Verdict } from '#core/validation/verdict.ts';
import { checkAsTold, type Review } from '#rehearsal/story/review.ts';
import { environment, fakeReleases } from '../../fakes/environment.ts';

const forecast = forecastFromFiles(
  environment,
  fakeReleases().map(release => ({ release, state: release.node === undefined ? 'current' : 'outdated' })),
);

/** As the action renders it. */
function commentOn(told: typeof forecast): string {
  const verdict: Verdict = {
    base: 'a'.repeat(40),
    head: 'b'.repeat(40),
    checks: [],
    problems: [],
    environments: [
      {
        name: 'testnet',
        change: 'changed',
        problems: [],
        waived: [],
        quorum: undefined,
        forecast: told,
        diffs: [],
        notes: [],
      },
    ],
  };
  const place = { repository: 'https://github.com/operator/fleet', runUrl: 'https://github.com/operator/fleet/runs/1' };
  return renderComment(verdict, place, { most: 65_536 }).join('\n');
}

/** What canary and promote set as their outputs when everything went by the steps. */
function rolloutOf(steps: typeof forecast.steps) {
  const parts = (['canary', 'promote'] as const).map(part => ({
    steps: steps
      .filter(({ step }) => step.part === part)
      .map(({ step }) => ({ step, outcome: 'done', seconds: 1, note: '' })),
  }));
  const place = { job: 'rollout', matrix: [], step: '' };
  return { outputs: parts.map(part => ({ ...place, name: 'report', value: JSON.stringify(part) })) };
}

const told: Review = { comment: commentOn(forecast), forecast };

test('a rollout that did what the comment says went as told', t => {
  t.is(checkAsTold(told, rolloutOf(forecast.steps), 'aws-a'), '12 steps went as the pull request told');
});

test('a rollout that did something else is no success, and both lists are told', t => {
  const other = forecast.steps.toSpliced(3, 2);
  const error = t.throws(() => checkAsTold(told, rolloutOf(other), 'aws-a'), { code: 'not-as-told' });
  t.regex(error?.message ?? '', /did not go as the pull request told: .*Told: upgrade aws-b, .*Went: upgrade aws-b, /);
});

test('a rollout that left no report is no success', t => {
  t.throws(() => checkAsTold(told, { outputs: [] }, 'aws-a'), { message: /"upgrade aws-b" was told and not done/ });
});

test('a comment that does not show the plan is no success, however the rollout went', t => {
  const comment = commentOn({ ...forecast, steps: forecast.steps.toReversed() });
  t.throws(() => checkAsTold({ comment, forecast }, rolloutOf(forecast.steps), 'aws-a'), {
    message: /the comment does not say "check aws-b" where the plan has it/,
  });
});
