// Talks to git in the stand-in's bare repository: merges and commits are made there, without a working tree.

import { execFile } from 'node:child_process';

export interface GitOptions {
  /** Repository or working tree. */
  folder: string;
}

export interface CommitFacts {
  sha: string;
  tree: string;
  parents: string[];
  message: string;
  author: { name: string; email: string; date: string };
  committer: { name: string; email: string; date: string };
}

export interface ChangedFile {
  path: string;
  status: 'added' | 'removed' | 'modified';
  additions: number;
  deletions: number;
  patch: string;
}

export type MergeOutcome = { kind: 'merged'; tree: string } | { kind: 'conflict'; reason: string };

export type GitErrorCode = 'git-failed' | 'conflict';

export class GitError extends Error {
  readonly code: GitErrorCode;

  constructor(code: GitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GitError';
    this.code = code;
  }
}

const timeoutMs = 30_000;

/** The person that commits when nobody is named; settings of the machine (signing, hooks, line ends) are left out. */
const environment = {
  PATH: process.env.PATH,
  LANG: 'C.UTF-8',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Operator',
  GIT_AUTHOR_EMAIL: 'operator@example.org',
  GIT_COMMITTER_NAME: 'Operator',
  GIT_COMMITTER_EMAIL: 'operator@example.org',
};

/** Runs git and returns what it printed, without the last line end. @throws {GitError} */
export async function git(folder: string, args: string[]): Promise<string> {
  const { exitCode, output, errors } = await run(folder, args);
  if (exitCode !== 0)
    throw new GitError('git-failed', `git ${args.join(' ')} failed in ${folder}: ${errors.trim() || exitCode}`);
  return output.replace(/\n$/, '');
}

/** The commit a name stands for; undefined when there is none. */
export async function findCommit(folder: string, name: string): Promise<string | undefined> {
  const { exitCode, output } = await run(folder, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${name}^{commit}`,
  ]);
  return exitCode === 0 ? output.trim() : undefined;
}

export async function isAncestor(folder: string, ancestor: string, descendant: string): Promise<boolean> {
  return (await run(folder, ['merge-base', '--is-ancestor', ancestor, descendant])).exitCode === 0;
}

/** Branches and tags by full name, `refs/heads/main`. */
export async function listReferences(folder: string, prefix: string): Promise<{ name: string; sha: string }[]> {
  const text = await git(folder, ['for-each-ref', '--format=%(refname) %(objectname)']);
  return text
    .split('\n')
    .filter(line => line.startsWith(prefix))
    .map(line => ({ name: line.split(' ')[0] ?? '', sha: line.split(' ')[1] ?? '' }));
}

/** Merges two commits into a tree, as `git merge` would, without touching any branch. */
export async function mergeTrees(folder: string, base: string, head: string): Promise<MergeOutcome> {
  const { exitCode, output, errors } = await run(folder, ['merge-tree', '--write-tree', '--name-only', base, head]);
  const [tree = '', ...rest] = output.split('\n');
  if (exitCode === 0) return { kind: 'merged', tree };
  if (exitCode === 1) return { kind: 'conflict', reason: rest.join('\n').trim() };
  throw new GitError('git-failed', `git could not merge ${head} into ${base}: ${errors.trim()}`);
}

export async function commitTree(folder: string, tree: string, parents: string[], message: string): Promise<string> {
  return git(folder, ['commit-tree', tree, ...parents.flatMap(parent => ['-p', parent]), '-m', message]);
}

/** Moves a reference from one commit to another; fails when it is somewhere else by now. */
export async function moveReference(folder: string, name: string, to: string, from: string): Promise<void> {
  await git(folder, ['update-ref', name, to, from]);
}

export async function readCommit(folder: string, sha: string): Promise<CommitFacts> {
  const format = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x00');
  const fields = (await git(folder, ['log', '-1', `--format=${format}`, sha])).split('\0');
  const [id = '', tree = '', parents = '', ...people] = fields;
  const [name = '', email = '', date = '', committer = '', committerEmail = '', committed = '', message = ''] = people;
  return {
    sha: id,
    tree,
    parents: parents.split(' ').filter(parent => parent !== ''),
    message: message.trimEnd(),
    author: { name, email, date },
    committer: { name: committer, email: committerEmail, date: committed },
  };
}

/** Commits that `head` has and `base` lacks, oldest first. */
export async function listCommits(folder: string, base: string, head: string): Promise<string[]> {
  const text = await git(folder, ['rev-list', '--reverse', `${base}..${head}`]);
  return text === '' ? [] : text.split('\n');
}

/** Files that `head` changed since it left `base`. */
export async function listChanges(folder: string, base: string, head: string): Promise<ChangedFile[]> {
  const patches = await git(folder, ['diff', '--no-renames', '--no-color', `${base}...${head}`]);
  return patches
    .split(/^(?=diff --git )/m)
    .filter(part => part !== '')
    .map(readPatch);
}

function readPatch(text: string): ChangedFile {
  const start = text.indexOf('\n@@');
  const patch = start < 0 ? '' : text.slice(start + 1).trimEnd();
  const header = start < 0 ? text : text.slice(0, start);
  const count = (sign: string) => patch.split('\n').filter(line => line.startsWith(sign)).length;
  return {
    path: /^diff --git a\/(.*) b\/\1$/m.exec(header)?.[1] ?? '',
    status: header.includes('\nnew file mode')
      ? 'added'
      : header.includes('\ndeleted file mode')
        ? 'removed'
        : 'modified',
    additions: count('+'),
    deletions: count('-'),
    patch,
  };
}

interface GitEnd {
  exitCode: number;
  output: string;
  errors: string;
}

function run(folder: string, args: string[]): Promise<GitEnd> {
  return new Promise((resolve, reject) => {
    const limits = { cwd: folder, env: environment, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
    execFile('git', args, limits, (error, output, errors) => {
      if (error === null) resolve({ exitCode: 0, output, errors });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, output, errors });
      else reject(new GitError('git-failed', `git ${args.join(' ')} could not be run in ${folder}`, { cause: error }));
    });
  });
}
