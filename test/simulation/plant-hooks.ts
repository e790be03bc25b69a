// Puts a planted bug into a source file as node loads it; the file itself stays as it is.

import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Plant } from './plants.ts';

const top = new URL('../../', import.meta.url);

/** Throws when the text to replace is not there exactly once: the plant has gone stale. */
export function plant({ name, file, find, replace }: Plant): void {
  const url = new URL(file, top).href;
  const text = readFileSync(fileURLToPath(url), 'utf8');
  const found = text.split(find).length - 1;
  if (found !== 1) throw new Error(`plant ${name}: ${file} has "${find}" ${found} times; expected exactly one`);
  registerHooks({
    load: (loaded, context, nextLoad) => {
      const result = nextLoad(loaded, context);
      return loaded === url ? { ...result, source: text.replace(find, () => replace) } : result;
    },
  });
}
