import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readOpenApi } from '#tools/schemas/open-api.ts';
import { pruneSchemas, renderSchemas } from '#tools/schemas/prune.ts';

const file = join(import.meta.dirname, '../../../adapters/kubernetes-schema/schemas.json');

test('the definitions are those of the Kubernetes that the rehearsal runs', async t => {
  const { version, documents } = await readOpenApi('leave');
  const text = await readFile(file, 'utf8');
  t.is((JSON.parse(text) as { kubernetes: string }).kubernetes, version, 'run `npm run schemas`');
  // Without the module, as on a machine that has fetched its tools built, the version is all that can be held against.
  if (documents === undefined) t.log(`the Go module of Kubernetes ${version} is not here`);
  else t.is(renderSchemas(pruneSchemas(version, documents)), text, 'run `npm run schemas`');
});

test('a definition that could not be understood is no definition', t => {
  const kind = { 'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Pod' }] };
  const documentOf = (more: object) => [
    { components: { schemas: { 'api.Pod': { ...kind, type: 'object', ...more } } } },
  ];
  t.deepEqual(pruneSchemas('1', documentOf({})).definitions, { 'api.Pod': { type: 'object' } });
  t.throws(() => pruneSchemas('1', documentOf({ pattern: 'a' })), {
    message: /pattern, which core\/manifest\/check\.ts does not understand/,
  });
  t.throws(() => pruneSchemas('1', documentOf({ items: { $ref: '#/components/schemas/api.Gone' } })), {
    message: /api\.Gone and do not define it/,
  });
});
