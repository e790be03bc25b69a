// Makes a git repository out of the tracked files of this one, to play GitHub's copy in: branches, checkouts, pull requests.

import { copyFile, lstat, mkdir, mkdtemp, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GitError, git } from './git.ts';

export interface ScratchOptions {
  /** Working tree of a clone of this repository. */
  sourceFolder: string;
  /** Files and folders to take, as git sees them; what is not tracked is left behind. */
  paths: string[];
  /** Where everything is made; it must not exist or be empty. */
  folder: string;
  /** `owner/name` */
  repository: string;
  /** Changes to make before the first commit, such as a generated public key; gets the working tree. */
  prepare?: (workingTree: string) => Promise<void>;
}

export interface ScratchRepository {
  /** The bare repository, for startGitHub. */
  folder: string;
  /** Commit id of main. */
  main: () => Promise<string>;
  /** Commits what `edit` does to a fresh working tree of main, as a new branch; returns the commit id. */
  pushBranch: (branch: string, message: string, edit: (workingTree: string) => Promise<void>) => Promise<string>;
  /** A working tree with the whole history at a commit, with `origin` as on GitHub; returns its path. */
  checkout: (sha: string) => Promise<string>;
}

/** @throws {GitError} */
export async function createScratchRepository(options: ScratchOptions): Promise<ScratchRepository> {
  const { folder, repository, sourceFolder, paths, prepare } = options;
  const bare = join(folder, 'origin.git');
  await mkdir(bare, { recursive: true });
  await git(bare, ['init', '--quiet', '--bare', '--initial-branch=main']);
  const main = () => git(bare, ['rev-parse', 'refs/heads/main']);

  const inWorkingTree = async <T>(work: (workingTree: string) => Promise<T>): Promise<T> => {
    const workingTree = await mkdtemp(join(folder, 'tree-'));
    try {
      return await work(workingTree);
    } finally {
      await rm(workingTree, { recursive: true, force: true });
    }
  };

  await inWorkingTree(async workingTree => {
    await git(workingTree, ['init', '--quiet', '--initial-branch=main']);
    await copyTracked(sourceFolder, paths, workingTree);
    await prepare?.(workingTree);
    await commitAll(workingTree, 'Set out the fleet');
    await git(workingTree, ['push', '--quiet', bare, 'main']);
  });

  return {
    folder: bare,
    main,
    pushBranch: (branch, message, edit) =>
      inWorkingTree(async workingTree => {
        await git(folder, ['clone', '--quiet', '--branch', 'main', bare, workingTree]);
        await git(workingTree, ['switch', '--quiet', '--create', branch]);
        await edit(workingTree);
        const sha = await commitAll(workingTree, message);
        await git(workingTree, ['push', '--quiet', bare, branch]);
        return sha;
      }),
    checkout: async sha => {
      const workingTree = await mkdtemp(join(folder, 'checkout-'));
      await git(folder, ['clone', '--quiet', '--no-checkout', bare, workingTree]);
      // The merge of an open pull request is on no branch.
      await git(workingTree, ['fetch', '--quiet', 'origin', '+refs/pull/*:refs/remotes/pull/*']);
      await git(workingTree, ['checkout', '--quiet', '-B', 'main', sha]);
      await git(workingTree, ['remote', 'set-url', 'origin', `https://github.com/${repository}.git`]);
      return workingTree;
    },
  };
}

/** Copies as it is now every file that git tracks below the paths. */
async function copyTracked(source: string, paths: string[], target: string): Promise<void> {
  const listed = await git(source, ['ls-files', '-z', '--', ...paths.map(path => `:(top,literal)${path}`)]);
  const files = listed.split('\0').filter(file => file !== '');
  if (files.length === 0) {
    throw new GitError(
      'git-failed',
      `${source} tracks no file below ${paths.join(', ')}. Run it in a clone of the repository.`,
    );
  }
  for (const file of files) {
    const from = join(source, file);
    const to = join(target, file);
    // Tracked, but deleted in the working tree.
    const found = await lstat(from).catch(() => undefined);
    if (found === undefined) continue;
    await mkdir(dirname(to), { recursive: true });
    if (found.isSymbolicLink()) await symlink(await readlink(from), to);
    else await copyFile(from, to);
  }
}

async function commitAll(workingTree: string, message: string): Promise<string> {
  // Forced: what is tracked at the source belongs here even where a .gitignore would leave it out.
  await git(workingTree, ['add', '--all', '--force']);
  await git(workingTree, ['commit', '--quiet', '--message', message]);
  return git(workingTree, ['rev-parse', 'HEAD']);
}
