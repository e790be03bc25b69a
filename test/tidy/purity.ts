// Core decides from values alone: no clock, no chance, no outside.

import { importsOf, lineAt, type Rule, roomOf, sources, withoutComments } from './tree.ts';

const purePackages = ['zod', 'yaml', 'js-yaml'];
const effects =
  /\b(?:process|console|performance|globalThis|crypto)\.|\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\(/g;

export const purity: Rule = tree =>
  sources(tree)
    .filter(([path]) => roomOf(path) === 'core')
    .flatMap(([path, text]) => [...impureImports(path, text), ...impureCode(path, withoutComments(text))]);

function impureImports(path: string, text: string): string[] {
  return importsOf(path, text)
    .filter(({ target, isFile }) => !isFile && !purePackages.includes(target))
    .map(({ line, target }) => `${path}:${line}: core imports ${target}; do this in an adapter and pass the value in.`);
}

function impureCode(path: string, code: string): string[] {
  return [...code.matchAll(effects)].map(
    match =>
      `${path}:${lineAt(code, match.index)}: core uses ${match[0]}; pass the value in as an argument or an event.`,
  );
}
