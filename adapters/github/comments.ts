// Keeps one comment, in as many parts as it takes, on a pull request: found again by a mark in it, updated in place, never doubled.

import { createHash } from 'node:crypto';
import { getOctokit } from '@actions/github';
import type { GitHubAccess } from './deployments.ts';
import { gitHubError } from './github-error.ts';

export interface StickyComment {
  pull: number;
  /** Tells this comment from others of ours. */
  key: string;
  /** Login of whom the token belongs to: a comment of anybody else is never touched, whatever it holds. */
  author: string;
  /** In order; none removes the comment. */
  parts: readonly string[];
  /** Nothing that anybody has to be told: only a comment that is there already is kept up to date. */
  quiet?: boolean;
}

export interface CommentOutcome {
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
  /** Page of the first part. */
  url: string | undefined;
  /** Who GitHub says wrote it; another than `author` would not find it again. */
  author: string | undefined;
}

export interface PullComments {
  /** Makes the comment what it should be. Parts stay in order: they are given to the comments that are there, oldest first. */
  keep(comment: StickyComment): Promise<CommentOutcome>;
}

/** Longest body that GitHub takes; it counts characters, and JavaScript counts at least as many. */
export const longestBody = 65_536;
/** Room in a body for the mark. */
export const markLength = 64;
const requestLimitMs = 10_000;
/** A pull request with more comments than this is not searched further. */
const mostPages = 30;

/** Source: https://docs.github.com/rest/issues/comments */
export function openComments({ apiUrl, token, repository }: GitHubAccess): PullComments {
  const octokit = getOctokit(token, { baseUrl: apiUrl });
  const [owner = '', repo = ''] = repository.split('/');
  const place = () => ({ owner, repo, request: { signal: AbortSignal.timeout(requestLimitMs) } });
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw gitHubError(what, cause);
    }
  };

  const listOwn = async ({
    pull,
    author,
    key,
  }: StickyComment): Promise<{ id: number; body: string; url: string }[]> => {
    const own: { id: number; body: string; url: string }[] = [];
    for (let page = 1; page <= mostPages; page++) {
      const { data } = await attempt(`list the comments of #${pull}`, () =>
        octokit.rest.issues.listComments({ ...place(), issue_number: pull, per_page: 100, page }),
      );
      const ours = data.filter(each => each.user?.login === author && isMarked(each.body ?? '', key));
      own.push(...ours.map(each => ({ id: each.id, body: each.body ?? '', url: each.html_url })));
      if (data.length < 100) break;
    }
    return own.sort((a, b) => a.id - b.id);
  };

  return {
    keep: async comment => {
      const { pull, key, parts } = comment;
      const outcome: CommentOutcome = {
        created: 0,
        updated: 0,
        unchanged: 0,
        deleted: 0,
        url: undefined,
        author: undefined,
      };
      const present = await listOwn(comment);
      if (comment.quiet === true && present.length === 0) return outcome;
      for (const [index, part] of parts.entries()) {
        const body = `${mark(key)}\n${part}`;
        const there = present[index];
        if (there === undefined) {
          const { data } = await attempt(`comment on #${pull}`, () =>
            octokit.rest.issues.createComment({ ...place(), issue_number: pull, body }),
          );
          outcome.created += 1;
          outcome.url ??= data.html_url;
          outcome.author = data.user?.login;
          continue;
        }
        outcome.url ??= there.url;
        // An edit is shown as one; GitHub may store line ends in its own way.
        if (there.body.replaceAll('\r\n', '\n') === body) outcome.unchanged += 1;
        else {
          await attempt(`update a comment of #${pull}`, () =>
            octokit.rest.issues.updateComment({ ...place(), comment_id: there.id, body }),
          );
          outcome.updated += 1;
        }
      }
      for (const { id } of present.slice(parts.length)) {
        await attempt(`delete a comment of #${pull}`, () =>
          octokit.rest.issues.deleteComment({ ...place(), comment_id: id }),
        );
        outcome.deleted += 1;
      }
      return outcome;
    },
  };
}

/** Not shown by GitHub; of one length, whatever the key. */
function mark(key: string): string {
  return `<!-- active-eos ${createHash('sha256').update(key).digest('hex').slice(0, 32)} -->`;
}

function isMarked(body: string, key: string): boolean {
  return body.startsWith(mark(key));
}
