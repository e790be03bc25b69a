// Asks git which files differ between two commits.

import { GitError } from './error.ts';
import { runGit } from './run.ts';

const commitForm = /^[0-9a-f]{40,64}$/;

/** Paths relative to the repository, or undefined when git does not know one of the commits, as in a shallow clone. */
export async function changedFiles(folder: string, before: string, after: string): Promise<string[] | undefined> {
  if (!commitForm.test(before) || !commitForm.test(after)) return undefined;
  try {
    const { exitCode, output } = await runGit(folder, ['diff', '--name-only', '-z', '--no-renames', before, after]);
    return exitCode === 0
      ? output
          .toString()
          .split('\0')
          .filter(path => path !== '')
      : undefined;
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return undefined;
  }
}
