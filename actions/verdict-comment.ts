// Keeps the comment that a verdict is read in. Failing to is a warning: the verdict stands in the job summary, and the check has its own end.

import { warning } from '@actions/core';
import { longestBody, markLength, openComments } from '#adapters/github/comments.ts';
import { GitHubError } from '#adapters/github/github-error.ts';
import { readPullHead } from '#adapters/github/pulls.ts';
import { type RenderPlace, renderComment } from '#core/validation/comment.ts';
import { problemsOf } from '#core/validation/report.ts';
import type { Verdict } from '#core/validation/verdict.ts';
import type { RunFacts } from './action-inputs.ts';
import { say } from './action-log.ts';

export interface CommentRequest {
  run: RunFacts;
  token: string;
  author: string;
  pull: number;
  /** What this comment is about: another choice of environments has another comment. */
  environments: readonly string[];
  verdict: Verdict;
  place: RenderPlace;
}

/** Page of the comment; undefined when there is none. */
export async function keepComment(request: CommentRequest): Promise<string | undefined> {
  const { run, token, author, pull, environments, verdict, place } = request;
  const access = { apiUrl: run.apiUrl, token, repository: run.repository };
  try {
    const head = await readPullHead(access, pull);
    if (head !== verdict.head) {
      say(
        `#${pull} is at ${head.slice(0, 12)} by now; what was judged is ${verdict.head.slice(0, 12)}, so no comment is made`,
      );
      return undefined;
    }
    const parts = renderComment(verdict, place, { most: longestBody - markLength });
    const key = `validate ${environments.length === 0 ? 'all' : environments.toSorted().join(' ')}`;
    const outcome = await openComments(access).keep({ pull, key, author, parts, quiet: !hasNews(verdict) });
    if (outcome.author !== undefined && outcome.author !== author) {
      warning(
        `The comment on #${pull} was written by ${outcome.author}, not by ${author}: the next run would not find it again. Set the input comment-author to ${outcome.author}.`,
      );
    }
    const { created, updated, unchanged, deleted } = outcome;
    say(
      `comment on #${pull}: ${created} parts created, ${updated} updated, ${unchanged} as they were, ${deleted} deleted`,
    );
    return outcome.url;
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    const remedy =
      error.code === 'rejected'
        ? ' The job needs the permission pull-requests: write, which a fork or Dependabot never has.'
        : '';
    warning(`${error.message}.${remedy} The job summary has the verdict.`);
    return undefined;
  }
}

/** Whether the change says anything to somebody who runs a fleet, or who relies on these checks. */
function hasNews(verdict: Verdict): boolean {
  if (verdict.checks.length > 0) return true;
  return problemsOf(verdict).length > 0 || verdict.environments.some(each => each.change !== 'untouched');
}
