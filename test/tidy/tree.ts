// The repository as the tidy rules see it: paths and texts, and what each TypeScript file imports.

import { posix } from 'node:path';

/** Text of each file, by its path from the top. */
export type Tree = ReadonlyMap<string, string>;

/** Every breach of one rule: file, line, what to do. */
export type Rule = (tree: Tree) => string[];

export interface Import {
  line: number;
  /** File inside the repository, or a package's name, or a `node:` module. */
  target: string;
  isFile: boolean;
}

/** The top-level folder of a path. */
export function roomOf(path: string): string {
  return path.split('/')[0] ?? '';
}

/** TypeScript files with their texts. */
export function sources(tree: Tree): [path: string, text: string][] {
  return [...tree].filter(([path]) => path.endsWith('.ts'));
}

/** Imports of all kinds: of values, of types, re-exports, dynamic ones. */
export function importsOf(path: string, text: string): Import[] {
  const pattern = /^\s*(?:import|export)\b[^'"`;]*?from\s*'([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...text.matchAll(pattern)].map(match => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    const line = lineAt(text, match.index + match[0].lastIndexOf(specifier));
    if (specifier.startsWith('#')) return { line, target: specifier.slice(1), isFile: true };
    if (specifier.startsWith('.')) return { line, target: posix.join(posix.dirname(path), specifier), isFile: true };
    const parts = specifier.split('/');
    const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
    return { line, target: specifier.startsWith('node:') ? specifier : name, isFile: false };
  });
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** The code without its comments, line by line as before. A `//` inside a text after `:` is a URL. */
export function withoutComments(text: string): string {
  const blank = (comment: string) => comment.replace(/[^\n]/g, ' ');
  return text.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/(?<![:'"`])\/\/.*$/gm, blank);
}
