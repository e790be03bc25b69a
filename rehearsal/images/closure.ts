// Decides which installed packages some named ones need at run time, from package-lock.json (version 3).

export interface LockedPackage {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

export interface Lockfile {
  /** By folder: `node_modules/etcd3`, `node_modules/etcd3/node_modules/x`. */
  packages: Record<string, LockedPackage>;
}

/**
 * The folders of the named packages and of all they depend on, sorted.
 * @throws {RangeError} when a needed package is not in the lock file
 */
export function packageClosure(lockfile: Lockfile, names: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (from: string, name: string, isOptional: boolean) => {
    const folder = resolve(lockfile, from, name);
    if (folder === undefined) {
      if (isOptional) return;
      throw new RangeError(`package-lock.json has no ${name}, which ${from || 'the image'} needs. Run npm install.`);
    }
    if (found.has(folder)) return;
    found.add(folder);
    const entry = lockfile.packages[folder] ?? {};
    for (const dependency of Object.keys(entry.dependencies ?? {})) {
      visit(folder, dependency, dependency in (entry.optionalDependencies ?? {}));
    }
    for (const dependency of Object.keys(entry.optionalDependencies ?? {})) visit(folder, dependency, true);
    for (const dependency of Object.keys(entry.peerDependencies ?? {})) {
      visit(folder, dependency, entry.peerDependenciesMeta?.[dependency]?.optional === true);
    }
  };
  for (const name of names) visit('', name, false);
  return [...found].sort();
}

/** Looks where Node would: in the package's own node_modules, then in each one above it. */
function resolve({ packages }: Lockfile, from: string, name: string): string | undefined {
  let folder = from;
  for (;;) {
    const candidate = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (candidate in packages) return candidate;
    if (folder === '') return undefined;
    const above = folder.lastIndexOf('/node_modules/');
    folder = above < 0 ? '' : folder.slice(0, above);
  }
}
