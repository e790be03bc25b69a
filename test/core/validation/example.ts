// The environment that a user copies, as a pull request finds it and as it leaves it.

import { readEnvironmentFiles } from '#adapters/files/environments.ts';
import type { EnvironmentFiles } from '#core/environment/assemble.ts';
import { type JudgedEnvironment, judgeRevision } from '#core/validation/judge.ts';

const repository = new URL('../../../', import.meta.url).pathname;

export const example = await readEnvironmentFiles(repository, 'example');
export const rehearsal = await readEnvironmentFiles(repository, 'rehearsal');
export const today = '2026-12-01';

/** One edit of one file: `file` is relative to the environment's folder; `from` must be in it. */
export interface Edit {
  file?: string;
  from: string | RegExp;
  to: string;
}

export function edited(files: EnvironmentFiles, ...edits: Edit[]): EnvironmentFiles {
  let { text, values } = files;
  for (const { file = 'environment.yaml', from, to } of edits) {
    const change = (path: string, before: string) => {
      if (!path.endsWith(`/${file}`)) return before;
      const after = before.replace(from, () => to);
      if (after === before) throw new Error(`${path} has no ${String(from)}`);
      return after;
    };
    text = change(files.file, text);
    values = values.map(each => ({ ...each, text: change(each.file, each.text) }));
  }
  return { ...files, text, values };
}

/** The same environment under another name. */
export function named(files: EnvironmentFiles, name: string): EnvironmentFiles {
  const rename = (path: string) => path.replace(/^environments\/[^/]+/, `environments/${name}`);
  return {
    ...files,
    file: rename(files.file),
    values: files.values.map(each => ({ ...each, file: rename(each.file) })),
  };
}

export function judgeExample(
  head: EnvironmentFiles,
  base: EnvironmentFiles = example,
  fellows: readonly EnvironmentFiles[] = [],
): JudgedEnvironment {
  const judged = judgeRevision([head, ...fellows], [base, ...fellows], today);
  const [own] = judged;
  if (own === undefined) throw new Error('nothing was judged');
  return own;
}

/** The text of a line that a problem names. */
export function lineOf(files: EnvironmentFiles, { file, line }: { file: string; line: number }): string {
  const text = file === files.file ? files.text : files.values.find(each => each.file === file)?.text;
  return text?.split('\n')[line - 1] ?? '';
}
