// Decides what a change of files means for each environment: whether it is new, gone, renamed, changed, or left alone.

import type { Environment } from '../environment/environment.ts';
import type { RepositoryFile } from './repository-file.ts';
import type { EnvironmentVerdict } from './verdict.ts';

/** Where it is decided what runs: a change of these concerns every environment. */
const charts = 'charts/';
export const renderingCode = 'core/environment/';

/** Where it is decided what a pull request is told, and by which workflow. */
const ofChecks = /^(?:(?:core|actions|operations|adapters|cli|monitor|\.github)\/|package[^/]*\.json$|\.npmrc$)/;

/** The files among these that have a say in how a change is judged. */
export function checksAmong(paths: readonly string[]): string[] {
  return paths.filter(path => ofChecks.test(path));
}

export interface FileChanges {
  /** Paths that differ. */
  paths: string[];
  /** A chart differs: every environment may. */
  charts: boolean;
  /** The code that turns environment.yaml into releases differs. */
  code: boolean;
}

export function compareFiles(base: readonly RepositoryFile[], head: readonly RepositoryFile[]): FileChanges {
  const before = new Map(base.map(file => [file.path, file]));
  const after = new Map(head.map(file => [file.path, file]));
  const all = [...new Set([...before.keys(), ...after.keys()])].sort();
  const paths = all.filter(path => !isSame(before.get(path), after.get(path)));
  return {
    paths,
    charts: paths.some(path => path.startsWith(charts)),
    code: paths.some(path => path.startsWith(renderingCode)),
  };
}

function isSame(a: RepositoryFile | undefined, b: RepositoryFile | undefined): boolean {
  if (a === undefined || b === undefined || a.kind !== b.kind || a.bytes !== b.bytes || a.target !== b.target)
    return false;
  const [before, after] = [a.content, b.content];
  // Too large to be read on both sides, and of one length: not known to be the same.
  if (before === undefined || after === undefined) return before === after && a.kind !== 'file';
  return before.every((byte, index) => byte === after[index]);
}

/** @param changes undefined without a base: nothing is known to have changed */
export function changeOf(
  name: string,
  isIn: { base: boolean; head: boolean },
  changes: FileChanges | undefined,
): EnvironmentVerdict['change'] {
  if (changes === undefined) return 'untouched';
  if (!isIn.base) return 'added';
  if (!isIn.head) return 'removed';
  const isOwn = changes.paths.some(path => path.startsWith(`environments/${name}/`));
  return isOwn || changes.charts || changes.code ? 'changed' : 'untouched';
}

/** The removed environment that a new one continues: of the same producer, in one of the same places. */
export function renamedFrom(added: Environment, removed: readonly Environment[]): string | undefined {
  const places = placesOf(added);
  return removed.find(
    ({ chain, ...other }) =>
      chain.producer === added.chain.producer &&
      chain.id === added.chain.id &&
      placesOf({ chain, ...other }).some(place => places.includes(place)),
  )?.name;
}

function placesOf({ clusters, namespace }: Environment): string[] {
  return clusters.map(({ context }) => JSON.stringify([context, namespace]));
}
