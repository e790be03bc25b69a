// What the layers of our images contain: a shell, Node, etcd, folders of this repository, installed packages.
import { execFile } from 'node:child_process';
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type Lockfile, packageClosure } from './closure.ts';
import type { TarEntry } from './tar.ts';

/** A layer is what it holds; two images with the same layers first share them on a node's disk. */
export type Layer = TarEntry[];

/** The commands offered by name; the binary has many more (`busybox wget`). */
const applets =
  'sh ls cat cp mv rm mkdir rmdir chmod chown ln touch echo printf test [ sleep env id ps kill grep sed awk find head tail wc cut sort tr xargs date stat df du mount umount ip nc wget true false sync tar vi hostname seq od dd basename dirname timeout';

/** A static busybox as /bin/sh and the usual commands, with the users root and 1000 and a /tmp. */
export function shellLayer(busybox: string): Layer {
  const text = (path: string, content: string): TarEntry => ({
    kind: 'file',
    path,
    mode: 0o644,
    content: Buffer.from(content),
  });
  return [
    { kind: 'folder', path: 'bin', mode: 0o755 },
    { kind: 'copy', path: 'bin/busybox', mode: 0o755, from: busybox },
    ...applets.split(' ').map((name): TarEntry => ({ kind: 'link', path: `bin/${name}`, target: 'busybox' })),
    { kind: 'folder', path: 'etc', mode: 0o755 },
    text('etc/passwd', 'root:x:0:0:root:/:/bin/sh\nnode:x:1000:1000:node:/:/bin/sh\n'),
    text('etc/group', 'root:x:0:\nnode:x:1000:\n'),
    { kind: 'folder', path: 'tmp', mode: 0o1777 },
  ];
}

/** This process's own Node as /usr/local/bin/node, with the shared libraries that it names. */
export async function nodeLayer(): Promise<Layer> {
  const libraries = await librariesOf(process.execPath);
  const files: [string, string][] = [
    ['usr/local/bin/node', process.execPath],
    ...libraries.map((library): [string, string] => [library.slice(1), library]),
  ];
  const entries = await Promise.all(
    files.map(
      async ([path, from]): Promise<TarEntry> => ({
        kind: 'copy',
        path,
        mode: 0o755,
        from: await realpath(from),
      }),
    ),
  );
  return withFolders(entries);
}

/** etcd and its command lines, as /usr/local/bin/etcd and so on. */
export function binariesLayer(files: readonly string[]): Layer {
  return withFolders(
    files.map((from): TarEntry => ({ kind: 'copy', path: `usr/local/bin/${basename(from)}`, mode: 0o755, from })),
  );
}

/** Files and folders of the repository under /app. */
export async function applicationLayer(repository: string, paths: readonly string[]): Promise<Layer> {
  const entries: TarEntry[] = [];
  for (const path of paths) entries.push(...(await entriesUnder(repository, path)));
  return withFolders(entries.map(entry => ({ ...entry, path: `app/${entry.path}` })));
}

/** The named npm packages and all they need, from the repository's node_modules, under /app/node_modules. */
export async function packagesLayer(repository: string, names: readonly string[]): Promise<Layer> {
  const lockfile = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8')) as Lockfile;
  const entries: TarEntry[] = [];
  for (const folder of packageClosure(lockfile, names)) {
    // An optional package for another platform is in the lock file but not on disk.
    if (await exists(join(repository, folder)))
      entries.push(...(await entriesUnder(repository, folder, ['node_modules'])));
  }
  return withFolders(entries.map(entry => ({ ...entry, path: `app/${entry.path}` })));
}

async function librariesOf(binary: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ldd', [binary], { timeout: 10_000 });
  return [...new Set(stdout.match(/\/\S+\.so\S*/g) ?? [])].sort();
}

/** All below `path`, sorted, without the folders named in `without`. */
async function entriesUnder(root: string, path: string, without: readonly string[] = []): Promise<TarEntry[]> {
  const absolute = join(root, path);
  const facts = await lstat(absolute);
  if (facts.isSymbolicLink()) return [{ kind: 'link', path, target: await readlink(absolute) }];
  if (facts.isFile()) return [{ kind: 'copy', path, mode: facts.mode & 0o111 ? 0o755 : 0o644, from: absolute }];
  const entries: TarEntry[] = [];
  for (const name of (await readdir(absolute)).sort()) {
    if (!without.includes(name))
      entries.push(...(await entriesUnder(root, relative(root, join(absolute, name)), without)));
  }
  return entries;
}

/** The entries with all folders above them, each once and before its content. */
function withFolders(entries: readonly TarEntry[]): TarEntry[] {
  const folders = new Set<string>();
  for (const { path } of entries) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  const sorted = [...folders].sort().map((path): TarEntry => ({ kind: 'folder', path, mode: 0o755 }));
  return [...sorted, ...entries];
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
