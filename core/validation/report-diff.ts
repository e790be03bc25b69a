// Shows what changes in rendered objects, as lines of a diff. A value that is too long is told by its length, never cut.

import { diffLines } from './line-diff.ts';
import type { Block } from './report-block.ts';
import type { FieldChange, ObjectDiff } from './verdict.ts';

export interface ValueLimits {
  longestValue: number;
  whole: string;
}

/** A diff for each object. */
export function describeObjects(objects: readonly ObjectDiff[], limits: ValueLimits): Block[] {
  return objects
    .filter(each => each.fields.length > 0 || each.noise.length === 0)
    .map(each => ({
      kind: 'diff',
      lines: [title(each), ...each.fields.flatMap(field => fieldLines(field, each, limits))],
    }));
}

/** Folded: what follows from other changes. */
export function noiseOf(objects: readonly ObjectDiff[], limits: ValueLimits): Block[] {
  const noisy = objects.filter(each => each.noise.length > 0);
  if (noisy.length === 0) return [];
  const lines = noisy.flatMap(each => [title(each), ...each.noise.flatMap(field => fieldLines(field, each, limits))]);
  const total = noisy.reduce((sum, each) => sum + each.noise.length, 0);
  const summary = `${total} more that follow from these or mean nothing to the cluster, such as checksums`;
  return [{ kind: 'details', summary: [summary], blocks: [{ kind: 'diff', lines }] }];
}

/** Such as `2 objects changed, 1 added; 4 fields`. */
export function countChanges(objects: readonly ObjectDiff[]): string {
  const kinds = (['changed', 'added', 'removed'] as const).flatMap(change => {
    const number = objects.filter(each => each.change === change).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? 'object' : 'objects'} ${change}`];
  });
  const fields = objects.filter(each => each.change === 'changed').reduce((sum, each) => sum + each.fields.length, 0);
  return [kinds.join(', '), ...(fields === 0 ? [] : [`${fields} ${fields === 1 ? 'field' : 'fields'}`])].join('; ');
}

function title({ apiVersion, kind, name, change }: ObjectDiff): string {
  return `@@ ${oneLine(kind)} ${oneLine(name)} (${oneLine(apiVersion)}) ${change} @@`;
}

function fieldLines({ path, before, after }: FieldChange, { change }: ObjectDiff, limits: ValueLimits): string[] {
  const longest = Math.max(before?.length ?? 0, after?.length ?? 0);
  const where = oneLine(path);
  if (longest > limits.longestValue) {
    return [` ${where}`, ...tooLong('-', before, limits), ...tooLong('+', after, limits)];
  }
  const isBlock = before?.includes('\n') || after?.includes('\n');
  if (change !== 'changed' && !isBlock) return [...shortLine('-', where, before), ...shortLine('+', where, after)];
  if (before !== undefined && after !== undefined && isBlock)
    return [` ${where}`, ...diffLines(before, after).map(indent)];
  return [` ${where}`, ...valueLines('-', before), ...valueLines('+', after)];
}

function shortLine(sign: string, path: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${sign} ${path}: ${value}`];
}

function valueLines(sign: string, value: string | undefined): string[] {
  return value === undefined ? [] : value.split('\n').map(line => indent(`${sign}${line}`));
}

function tooLong(sign: string, value: string | undefined, { whole }: ValueLimits): string[] {
  if (value === undefined) return [];
  const size = `${value.length.toLocaleString('en')} characters in ${value.split('\n').length.toLocaleString('en')} lines`;
  return [indent(`${sign}(${size}, too long to be shown here: see ${whole})`)];
}

function indent(line: string): string {
  return `${line.slice(0, 1)}   ${line.slice(1)}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, '⏎');
}
