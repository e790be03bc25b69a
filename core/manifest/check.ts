// Judges a rendered object by the fields that one version of Kubernetes defines: unknown fields, wrong types, what is missing.
// It does not promise that a cluster takes the object: names, ranges and rules across fields are the API server's.

import { nearest } from '#core/environment/problem.ts';
import { namesOf } from './lists.ts';
import type { Leaf, Mapping, Node, Sequence } from './node.ts';
import type { ManifestObject } from './objects.ts';
import { renderPath, type Step } from './path.ts';
import { showNode } from './show.ts';

/** What Kubernetes' own OpenAPI documents are cut down to; `npm run schemas` writes it. */
export interface Schemas {
  /** Version of Kubernetes, such as `1.36.3`. */
  kubernetes: string;
  /** Definition of each kind that can be judged, such as `apps/v1 StatefulSet`. */
  kinds: Record<string, string>;
  /** Kinds that Kubernetes has besides. */
  others: readonly string[];
  definitions: Record<string, Schema>;
}

interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  format?: string;
  enum?: readonly unknown[];
  required?: readonly string[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
}

export interface FieldProblem {
  path: string;
  message: string;
}

/** Undefined: of this kind nothing is known, as of custom resources. */
export function checkObject({ apiVersion, kind, tree }: ManifestObject, schemas: Schemas): FieldProblem[] | undefined {
  const name = `${apiVersion} ${kind}`;
  const definition = schemas.kinds[name];
  if (definition !== undefined) return checkNode(tree, { $ref: definition }, [], schemas);
  const all = [...Object.keys(schemas.kinds), ...schemas.others];
  const groupOf = (each: string) => /^(?:(.*)\/)?[^/ ]+ /.exec(each)?.[1] ?? '';
  // Of a group of its own, Kubernetes itself would know the kind.
  if (schemas.others.includes(name) || !all.some(each => groupOf(each) === groupOf(name))) return undefined;
  const near = all.find(each => each.endsWith(` ${kind}`)) ?? nearest(name, all);
  const remedy = near === undefined ? 'Correct apiVersion or kind.' : `Did you mean ${near}?`;
  return [
    { path: 'kind', message: `found ${name}; expected a kind that Kubernetes ${schemas.kubernetes} knows. ${remedy}` },
  ];
}

function checkNode(node: Node, given: Schema, steps: readonly Step[], schemas: Schemas): FieldProblem[] {
  const schema = resolve(given, schemas);
  const isList = schema.type === 'array';
  const isObject = schema.type === 'object';
  if (node.kind === 'mapping' && isObject) return checkMapping(node, schema, steps, schemas);
  if (node.kind === 'sequence' && isList) return checkSequence(node, schema, steps, schemas);
  if (node.kind === 'leaf' && !isList && !isObject) return checkLeaf(node, schema, steps);
  if (schema.type === undefined) return [];
  return [problemOf(steps, `found ${describe(node)}; expected ${expected(schema)}. Correct it.`)];
}

function resolve(schema: Schema, { definitions }: Schemas): Schema {
  return schema.$ref === undefined ? schema : (definitions[schema.$ref] ?? {});
}

function checkMapping({ entries }: Mapping, schema: Schema, steps: readonly Step[], schemas: Schemas): FieldProblem[] {
  // A field that is null counts as one that is absent, as in Kubernetes.
  const present = [...entries].filter(([, value]) => value.kind !== 'leaf' || value.value !== null);
  const names = new Set(present.map(([name]) => name));
  const missing = (schema.required ?? [])
    .filter(name => !names.has(name))
    .map(name => problemOf([...steps, { field: name }], 'found nothing; this field is required. Add it.'));
  const wrong = present.flatMap(([field, value]) => {
    const inner =
      (Object.hasOwn(schema.properties ?? {}, field) && schema.properties?.[field]) || schema.additionalProperties;
    if (inner) return checkNode(value, inner, [...steps, { field }], schemas);
    return schema.properties === undefined ? [] : [unknownField(field, Object.keys(schema.properties), steps, schemas)];
  });
  return [...missing, ...wrong];
}

function unknownField(
  field: string,
  known: readonly string[],
  steps: readonly Step[],
  { kubernetes }: Schemas,
): FieldProblem {
  const near = nearest(field, known);
  const remedy = near === undefined ? 'Remove it, or move it to where it belongs.' : `Did you mean ${near}?`;
  return problemOf([...steps, { field }], `found a field that Kubernetes ${kubernetes} does not know here. ${remedy}`);
}

function checkSequence({ items }: Sequence, schema: Schema, steps: readonly Step[], schemas: Schemas): FieldProblem[] {
  const field = steps.findLast(step => 'field' in step)?.field ?? '';
  const [names] = namesOf(field, [items]) ?? [];
  return items.flatMap((item, index) => {
    const name = names?.[index];
    const step: Step = name === undefined || item.kind === 'leaf' ? { index } : { entry: name };
    return schema.items === undefined ? [] : checkNode(item, schema.items, [...steps, step], schemas);
  });
}

function checkLeaf(leaf: Leaf, schema: Schema, steps: readonly Step[]): FieldProblem[] {
  const types = [schema.type ?? []].flat();
  const { value } = leaf;
  const isInteger = types.includes('integer') && Number.isInteger(value) && isInRange(Number(value), schema.format);
  const isTyped = types.length === 0 || types.includes(typeof value) || isInteger;
  if (isTyped && (schema.enum === undefined || schema.enum.includes(value))) return [];
  return [problemOf(steps, `found ${describe(leaf)}; expected ${expected(schema)}. ${remedyFor(leaf, types)}`)];
}

function isInRange(value: number, format: string | undefined): boolean {
  return format !== 'int32' || (value >= -(2 ** 31) && value < 2 ** 31);
}

function remedyFor({ value }: Leaf, types: readonly string[]): string {
  if (types.includes('string') && typeof value !== 'string') return 'Put it in quotes.';
  if (!types.includes('string') && typeof value === 'string') return 'Remove the quotes, or correct it.';
  return 'Correct it.';
}

function describe(node: Node): string {
  if (node.kind === 'mapping') return 'a mapping';
  if (node.kind === 'sequence') return 'a list';
  if (node.value === null) return 'nothing';
  const shown = showNode(node).replaceAll('\n', ' ');
  return `the ${typeof node.value} ${shown.length > 60 ? `${shown.slice(0, 57)}…` : shown}`;
}

function expected({ type, format, enum: words }: Schema): string {
  if (words !== undefined) return `one of ${words.join(', ')}`;
  const names: Record<string, string> = {
    object: 'a mapping',
    array: 'a list',
    integer: 'an integer',
    number: 'a number',
    string: 'a string',
    boolean: 'true or false',
  };
  const name = [type ?? []]
    .flat()
    .map(each => names[each] ?? each)
    .join(' or ');
  return format === 'int32' ? `${name} of 32 bits` : name;
}

function problemOf(steps: readonly Step[], message: string): FieldProblem {
  return { path: renderPath(steps), message };
}
