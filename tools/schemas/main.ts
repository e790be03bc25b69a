// Writes adapters/kubernetes-schema/schemas.json anew, from the version of Kubernetes that tools/go/kubernetes pins.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readOpenApi } from './open-api.ts';
import { pruneSchemas, renderSchemas } from './prune.ts';

const { version, documents } = await readOpenApi('download');
const file = join(import.meta.dirname, '../../adapters/kubernetes-schema/schemas.json');
await writeFile(file, renderSchemas(pruneSchemas(version, documents ?? [])));
console.log(`adapters/kubernetes-schema/schemas.json: Kubernetes ${version}`);
