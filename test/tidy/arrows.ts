// Which room may import from which. Imports of types count too: a type is knowledge of the other room.

import { importsOf, type Rule, roomOf, sources } from './tree.ts';

/** Rooms each room may import from, besides itself. Rooms not named here are not imported by anybody. */
const allowed: Record<string, readonly string[]> = {
  core: [],
  adapters: ['core'],
  operations: ['core', 'adapters'],
  actions: ['operations', 'core', 'adapters'],
  cli: ['operations', 'core', 'adapters'],
  monitor: ['core', 'adapters'],
  tools: [],
  rehearsal: ['core', 'adapters', 'operations', 'actions', 'cli', 'monitor', 'tools'],
  bench: ['core', 'adapters', 'operations', 'actions', 'cli', 'monitor', 'tools', 'rehearsal'],
  test: ['core', 'adapters', 'operations', 'actions', 'cli', 'monitor', 'tools', 'rehearsal', 'bench'],
};
/** Rooms whose folders do not know each other: one outside thing, or one action, each. */
const apart = ['adapters', 'actions'];
/** Only an action speaks to the runner. */
const runnerPackages = ['@actions/core'];

export const arrows: Rule = tree =>
  sources(tree).flatMap(([path, text]) =>
    importsOf(path, text).flatMap(({ line, target, isFile }) => {
      const problem = isFile ? betweenFiles(path, target) : ofPackage(path, target);
      return problem === undefined ? [] : [`${path}:${line}: ${problem}`];
    }),
  );

function betweenFiles(path: string, target: string): string | undefined {
  const [from, to] = [roomOf(path), roomOf(target)];
  if (from !== to) {
    if (allowed[from]?.includes(to)) return undefined;
    return `${from} imports ${target}; ${from} may import ${['itself', ...(allowed[from] ?? [])].join(', ')}. Move what is needed below both, or hand it in.`;
  }
  const [fromFolder, toFolder] = [folderOf(path), folderOf(target)];
  if (!apart.includes(from) || toFolder === undefined || fromFolder === toFolder) return undefined;
  return `${from}/${fromFolder} imports ${target}; the folders of ${from} stand apart. Let the caller bring the two together.`;
}

/** The folder within a room; undefined for a file right in the room. */
function folderOf(path: string): string | undefined {
  return path.split('/').length > 2 ? path.split('/')[1] : undefined;
}

function ofPackage(path: string, target: string): string | undefined {
  if (!runnerPackages.includes(target) || ['actions', 'rehearsal', 'test'].includes(roomOf(path))) return undefined;
  return `${roomOf(path)} imports ${target}; only actions speak to the runner. Return a value and let the action report it.`;
}
