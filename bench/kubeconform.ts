// Runs kubeconform, the usual tool to check manifests, with the definitions that we check by: the same facts, another judge.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Schemas } from '#core/manifest/check.ts';

type Json = Record<string, unknown>;

/** What kubeconform says of one file. */
export interface Verdict {
  filename: string;
  status: 'statusValid' | 'statusInvalid' | 'statusError' | 'statusSkipped' | 'statusEmpty';
  msg: string;
}

/** Arguments for strict checks by the schemas in a folder, without network. */
export function kubeconformArguments(folder: string): string[] {
  return ['-strict', '-ignore-missing-schemas', '-schema-location', `${folder}/{{.ResourceKind}}{{.KindSuffix}}.json`];
}

/** Writes JSON Schemas in the form that kubeconform's own catalogue has: one file a kind, strict, null for absent. */
export async function writeJsonSchemas({ kinds, definitions }: Schemas, folder: string): Promise<void> {
  const all = Object.fromEntries(Object.entries(definitions).map(([name, each]) => [name, jsonSchema(each as Json)]));
  for (const [kind, definition] of Object.entries(kinds)) {
    const [version = '', name = ''] = kind.split(' ');
    // Of the group only the first word, as in `networkpolicy-networking-v1`.
    const suffix = version
      .split('/')
      .map(part => part.split('.')[0])
      .join('-');
    const schema = { $ref: `#/definitions/${definition}`, definitions: reachable(definition, all) };
    await writeFile(join(folder, `${name}-${suffix}.json`.toLowerCase()), JSON.stringify(schema));
  }
}

/** Every verdict on the files of a folder. */
export function runKubeconform(binary: string, schemas: string, files: string): Promise<Verdict[]> {
  return new Promise((resolve, reject) => {
    const args = [...kubeconformArguments(schemas), '-output', 'json', '-verbose', files];
    // It ends with 1 when anything is invalid; what it printed is what counts.
    execFile(binary, args, { maxBuffer: 64 * 1024 * 1024, timeout: 120_000 }, (error, stdout, stderr) => {
      if (!stdout.startsWith('{')) reject(new Error(`kubeconform: ${stderr || error?.message}`));
      else resolve((JSON.parse(stdout) as { resources: Verdict[] }).resources);
    });
  });
}

function jsonSchema(given: Json): Json {
  const {
    $ref,
    type,
    enum: words,
    required = [],
    properties,
    items,
    additionalProperties,
  } = given as {
    $ref?: string;
    type?: string | string[];
    enum?: unknown[];
    required?: string[];
    properties?: Record<string, Json>;
    items?: Json;
    additionalProperties?: Json;
  };
  if ($ref !== undefined) return { $ref: `#/definitions/${$ref}` };
  const fields = Object.entries(properties ?? {}).map(([name, each]) => {
    const schema = jsonSchema(each);
    return [name, required.includes(name) ? schema : { anyOf: [schema, { type: 'null' }] }];
  });
  return {
    ...(type === undefined ? {} : { type }),
    ...(words === undefined ? {} : { enum: words }),
    ...(required.length === 0 ? {} : { required }),
    ...(items === undefined ? {} : { items: jsonSchema(items) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: { anyOf: [jsonSchema(additionalProperties), { type: 'null' }] } }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(fields), additionalProperties: false }),
  };
}

function reachable(name: string, all: Record<string, Json>, found: Record<string, Json> = {}): Record<string, Json> {
  const schema = all[name];
  if (schema === undefined || name in found) return found;
  found[name] = schema;
  for (const [, next = ''] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g))
    reachable(next, all, found);
  return found;
}
