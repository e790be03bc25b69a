// Asks git which files differ between two commits.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const limitMs = 30_000;
const commitForm = /^[0-9a-f]{40,64}$/;

/** Paths relative to the repository, or undefined when git does not know one of the commits, as in a shallow clone. */
export async function changedFiles(folder: string, before: string, after: string): Promise<string[] | undefined> {
  if (!commitForm.test(before) || !commitForm.test(after)) return undefined;
  try {
    const { stdout } = await run('git', ['-C', folder, 'diff', '--name-only', '-z', '--no-renames', before, after], {
      timeout: limitMs,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.split('\0').filter(path => path !== '');
  } catch {
    return undefined;
  }
}
