// Finds commits: what a revision stands for, and where two lines of history parted.

import { GitError } from './error.ts';
import { gitText, runGit } from './run.ts';

/** Branches that a change is usually made from, the nearest to GitHub's idea first. */
const usualBases = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master'];

/** Whether the folder is in a git repository at all. */
export async function isRepository(folder: string): Promise<boolean> {
  return (await runGit(folder, ['rev-parse', '--git-dir'])).exitCode === 0;
}

/** The commit that a name stands for; undefined when there is none in this clone. */
export async function findCommit(folder: string, revision: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const { exitCode, output } = await runGit(folder, args);
  return exitCode === 0 ? output.toString().trim() : undefined;
}

/** @throws {GitError} `not-found` with what to do */
export async function requireCommit(folder: string, revision: string): Promise<string> {
  const commit = await findCommit(folder, revision);
  if (commit !== undefined) return commit;
  const remedy = (await isShallow(folder))
    ? 'The clone is shallow: check out with fetch-depth: 0, or run git fetch --unshallow.'
    : 'Fetch it, or name another.';
  throw new GitError('not-found', `There is no commit ${JSON.stringify(revision)} in this clone. ${remedy}`);
}

/** The branch that HEAD was probably made from; undefined when none of the usual ones is there. */
export async function usualBase(folder: string): Promise<string | undefined> {
  for (const name of usualBases) if ((await findCommit(folder, name)) !== undefined) return name;
  return undefined;
}

/**
 * The commit at which two lines of history parted: what both have in common.
 * @throws {GitError} `shallow` when this clone is cut off before it, `not-found` when they have none in common
 */
export async function mergeBase(folder: string, base: string, head: string): Promise<string> {
  const { exitCode, output, errors } = await runGit(folder, ['merge-base', base, head]);
  const found = output.toString().trim();
  if (exitCode === 0 && found !== '') return found;
  const between = `${base.slice(0, 12)} and ${head.slice(0, 12)}`;
  if (await isShallow(folder)) {
    const depth = await gitText(folder, ['rev-list', '--count', head]).catch(() => '?');
    throw new GitError(
      'shallow',
      `Where ${between} parted is not in this clone, which is cut off after ${depth.trim()} commits. Check out with fetch-depth: 0, or run git fetch --unshallow.`,
    );
  }
  if (exitCode === 1) {
    throw new GitError('not-found', `${between} have no commit in common, so there is nothing to compare with.`);
  }
  throw new GitError('failed', `git merge-base failed in ${folder}: ${errors}`);
}

/** How many commits the base branch is ahead of the merge base with changes in these folders. */
export async function commitsSince(
  folder: string,
  from: string,
  to: string,
  paths: readonly string[],
): Promise<number> {
  const { exitCode, output } = await runGit(folder, ['rev-list', '--count', `${from}..${to}`, '--', ...paths]);
  return exitCode === 0 ? Number(output.toString().trim()) : 0;
}

async function isShallow(folder: string): Promise<boolean> {
  return (await gitText(folder, ['rev-parse', '--is-shallow-repository'])).trim() === 'true';
}
