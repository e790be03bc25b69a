// Reads the definitions of the pinned Kubernetes that lie beside it: no cluster, no network.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Schemas } from '#core/manifest/check.ts';

let loaded: Promise<Schemas> | undefined;

/** Read when it is first asked for: a command that checks no object does not pay for it. */
export function readSchemas(): Promise<Schemas> {
  loaded ??= readFile(join(import.meta.dirname, 'schemas.json'), 'utf8').then(text => JSON.parse(text) as Schemas);
  return loaded;
}
