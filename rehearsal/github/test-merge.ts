// Keeps the references that GitHub keeps of an open pull request: its head, and the merge that workflows on it check out.

import { commitTree, git, mergeTrees } from './git.ts';
import type { PullFacts } from './store.ts';

/** Brings `refs/pull/<number>/head` and `refs/pull/<number>/merge` up to date. A conflict leaves the last merge, as on GitHub, but names none. */
export async function keepTestMerge(folder: string, number: number, pull: PullFacts): Promise<void> {
  const of = `${pull.baseSha} ${pull.headSha}`;
  if (pull.testMerge?.of === of) return;
  await git(folder, ['update-ref', `refs/pull/${number}/head`, pull.headSha]);
  const merge = await mergeTrees(folder, pull.baseSha, pull.headSha);
  if (merge.kind === 'conflict') {
    pull.testMerge = { of, sha: null };
    return;
  }
  const message = `Merge ${pull.headSha} into ${pull.baseSha}`;
  const sha = await commitTree(folder, merge.tree, [pull.baseSha, pull.headSha], message);
  await git(folder, ['update-ref', `refs/pull/${number}/merge`, sha]);
  pull.testMerge = { of, sha };
}
