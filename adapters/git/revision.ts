// Reads the files of some folders as they are in a commit or in the working tree, without checking anything out: a link is told, never
// followed, and what is larger than anybody writes is not read.

import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryFile } from '#core/validation/repository-file.ts';
import { GitError } from './error.ts';
import { gitText, runGit } from './run.ts';

export interface ReadLimits {
  /** Files in all folders together. */
  files: number;
  /** Of one file; larger ones are listed with their size and without content. */
  fileBytes: number;
  /** Of all files that are read. */
  bytes: number;
}

export const defaultLimits: ReadLimits = { files: 5000, fileBytes: 5 * 1024 * 1024, bytes: 64 * 1024 * 1024 };

interface Entry {
  path: string;
  kind: RepositoryFile['kind'];
  bytes: number;
  /** Object id. */
  id: string;
}

/**
 * Files as a commit has them, sorted by path.
 * @param folders paths from the top of the repository
 * @throws {GitError}
 */
export async function readCommit(
  folder: string,
  commit: string,
  folders: readonly string[],
  limits = defaultLimits,
): Promise<RepositoryFile[]> {
  const args = ['ls-tree', '-r', '-l', '-z', '--full-tree', commit, '--', ...folders];
  const listed = await gitText(folder, args);
  const entries = listed
    .split('\0')
    .filter(line => line !== '')
    .map(parseEntry);
  check(`Commit ${commit.slice(0, 12)}`, entries, limits);
  const wanted = entries.filter(each => each.kind !== 'submodule' && each.bytes <= limits.fileBytes);
  const contents = await readObjects(folder, new Set(wanted.map(each => each.id)));
  return entries.map(entry => toFile(entry, contents.get(entry.id))).sort(byPath);
}

/** `<mode> <type> <id> <size>\t<path>` */
function parseEntry(line: string): Entry {
  const [facts = '', ...path] = line.split('\t');
  const [mode, type, id = '', size] = facts.split(/ +/);
  const kind = type === 'commit' ? 'submodule' : mode === '120000' ? 'link' : 'file';
  return { path: path.join('\t'), kind, bytes: size === '-' ? 0 : Number(size), id };
}

function check(what: string, entries: readonly Pick<Entry, 'bytes'>[], limits: ReadLimits): void {
  const bytes = entries.reduce((sum, each) => sum + (each.bytes <= limits.fileBytes ? each.bytes : 0), 0);
  const mebibytes = (of: number) => `${(of / 1024 / 1024).toFixed(1)} MiB`;
  const said = `${what} has ${entries.length} files with ${mebibytes(bytes)} in the folders that describe a fleet`;
  if (entries.length <= limits.files && bytes <= limits.bytes) return;
  const expected = `expected at most ${limits.files} files and ${mebibytes(limits.bytes)}`;
  throw new GitError('too-large', `${said}; ${expected}. Keep only environments and charts in them.`);
}

/** By id: `<id> <type> <size>\n<content>\n` each. */
async function readObjects(folder: string, ids: ReadonlySet<string>): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (ids.size === 0) return found;
  const { exitCode, output, errors } = await runGit(folder, ['cat-file', '--batch'], `${[...ids].join('\n')}\n`);
  if (exitCode !== 0) throw new GitError('failed', `git cat-file failed in ${folder}: ${errors}`);
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf('\n', at);
    const [id = '', type, size] = output.toString('latin1', at, end).split(' ');
    if (type !== 'blob') {
      throw new GitError(
        'failed',
        `The object ${id} is ${type ?? 'unreadable'}; expected a file. Is the clone complete?`,
      );
    }
    found.set(id, output.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return found;
}

function toFile({ path, kind, bytes }: Entry, content: Buffer | undefined): RepositoryFile {
  if (kind === 'link') return { path, kind, bytes, content: undefined, target: content?.toString() ?? '' };
  return { path, kind, bytes, content: kind === 'file' ? content : undefined };
}

/**
 * Files as they are in the working tree, what git ignores left out, sorted by path. Works outside a repository too.
 * @throws {GitError}
 */
export async function readWorkingTree(
  root: string,
  folders: readonly string[],
  limits = defaultLimits,
): Promise<RepositoryFile[]> {
  const found = (await Promise.all(folders.map(folder => walk(root, folder, limits.files)))).flat();
  const ignored = await ignoredPaths(root, folders);
  const files = found.filter(each => !ignored.has(each.path));
  check('The working tree', files, limits);
  const read = files.map(async (file): Promise<RepositoryFile> => {
    if (file.kind === 'link') return { ...file, content: undefined, target: await readlink(join(root, file.path)) };
    if (file.kind !== 'file' || file.bytes > limits.fileBytes) return { ...file, content: undefined };
    return { ...file, content: await readRegular(join(root, file.path), limits.fileBytes) };
  });
  return (await Promise.all(read)).sort(byPath);
}

type Found = Pick<RepositoryFile, 'path' | 'kind' | 'bytes'>;

async function walk(root: string, path: string, most: number): Promise<Found[]> {
  const facts = await lstat(join(root, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new GitError('failed', `${join(root, path)} cannot be looked at: ${error.message}`, { cause: error });
  });
  if (facts === undefined) return [];
  if (facts.isSymbolicLink()) return [{ path, kind: 'link', bytes: facts.size }];
  if (facts.isFile()) return [{ path, kind: 'file', bytes: facts.size }];
  if (!facts.isDirectory()) return [{ path, kind: 'special', bytes: 0 }];
  const names = await readdir(join(root, path));
  // A repository within the repository: git would record it as a submodule.
  if (names.includes('.git')) return [{ path, kind: 'submodule', bytes: 0 }];
  const found: Found[] = [];
  for (const name of names) {
    found.push(...(await walk(root, `${path}/${name}`, most)));
    if (found.length > most) break;
  }
  return found;
}

/** What git leaves out there; nothing outside a repository. */
async function ignoredPaths(root: string, folders: readonly string[]): Promise<Set<string>> {
  const args = ['ls-files', '--others', '--ignored', '--exclude-standard', '-z', '--', ...folders];
  const { exitCode, output } = await runGit(root, args);
  return new Set(exitCode === 0 ? output.toString().split('\0') : []);
}

/** A file that became a pipe or a link since we looked is not waited for. */
async function readRegular(path: string, most: number): Promise<Buffer | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = (await import('node:fs')).constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    throw new GitError('failed', `${path} cannot be read: ${cause.message}`, { cause });
  });
  try {
    const { size } = await file.stat();
    return size > most ? undefined : await file.readFile();
  } finally {
    await file.close();
  }
}

/** Not by the machine's language. */
function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
