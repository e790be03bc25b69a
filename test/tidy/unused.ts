// Files that nothing reaches: neither imported, nor named by another file, nor an entry point.

import { importsOf, type Rule, sources, type Tree } from './tree.ts';

export const unused: Rule = tree => {
  const imported = new Set<string>();
  for (const [path, text] of sources(tree)) {
    for (const { target, isFile } of importsOf(path, text)) if (isFile && target !== path) imported.add(target);
  }
  const spoken = mentions(tree);
  return sources(tree)
    .map(([path]) => path)
    .filter(path => !/(?:^|\/)main\.ts$|\.test\.ts$/.test(path))
    .filter(path => !imported.has(path) && !spoken.some(({ by, name }) => by !== path && isNamed(path, name)))
    .map(path => `${path}: nothing imports or starts it. Delete it, or use it.`);
};

/** Where files are started by their path: in quotes in code, anywhere in what is no code; prose does not count. */
function mentions(tree: Tree): { by: string; name: string }[] {
  return [...tree].flatMap(([by, text]) => {
    if (by.endsWith('.md')) return [];
    const pattern = by.endsWith('.ts') ? /(?<!from )(?<!import\()(['"`])([^'"`\n]*\.ts)\1/g : /()([\w./-]+\.ts)\b/g;
    return [...text.matchAll(pattern)].map(match => ({ by, name: (match[2] ?? '').replace(/^[./]+|^\/app\//, '') }));
  });
}

function isNamed(path: string, name: string): boolean {
  return path === name || path.endsWith(`/${name}`);
}
