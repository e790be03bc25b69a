// An object of a manifest as a tree: what each value is, and what of it may be shown.

import { isOpenValue, isSecretName, placeholder, redactText } from './redact.ts';

export type Node = Leaf | Sequence | Mapping;

export interface Leaf {
  kind: 'leaf';
  value: string | number | boolean | null;
  /** What is shown instead of a secret; without it, all that {@link redactText} leaves of the value. */
  placeholder?: string;
}

export interface Sequence {
  kind: 'sequence';
  items: Node[];
}

export interface Mapping {
  kind: 'mapping';
  entries: Map<string, Node>;
}

/** A document that is too big to be compared: aliases make much of little. */
export class TooLarge extends Error {}

const maxNodes = 100_000;
const maxDepth = 100;
/** Whole values that are never shown: they hold the object once more, secrets included. */
const copies = ['kubectl.kubernetes.io/last-applied-configuration'];

/** @throws {TooLarge} */
export function treeOf(object: Record<string, unknown>): Mapping {
  let count = 0;
  const isSecret = object.kind === 'Secret';
  const grow = (value: unknown, path: readonly string[], name: string): Node => {
    count += 1;
    if (count > maxNodes) throw new TooLarge(`it has more than ${maxNodes} values`);
    if (path.length > maxDepth) throw new TooLarge(`it is nested deeper than ${maxDepth} levels`);
    if (Array.isArray(value)) {
      const items = value.map((item, index) =>
        grow(item, [...path, String(index)], optionBefore(value, index) ?? name),
      );
      return { kind: 'sequence', items };
    }
    if (typeof value === 'object' && value !== null) {
      const own = Object.entries(value);
      const entries = own.map(([key, inner]): [string, Node] => {
        // A variable's value is as secret as the variable's name says.
        const spoken = key === 'value' && 'name' in value && typeof value.name === 'string' ? value.name : key;
        return [key, grow(inner, [...path, key], spoken)];
      });
      return { kind: 'mapping', entries: new Map(entries) };
    }
    return leafOf(value, path, name, isSecret);
  };
  const root = grow(object, [], '');
  if (root.kind !== 'mapping') throw new TypeError('an object is a mapping');
  return root;
}

/** A text that stands for itself, such as a document that cannot be read. */
export function textLeaf(text: string): Leaf {
  return { kind: 'leaf', value: text };
}

/** Plain values with secrets replaced, to be written as YAML. */
export function shownValue(node: Node): unknown {
  if (node.kind === 'leaf')
    return node.placeholder ?? (typeof node.value === 'string' ? redactText(node.value) : node.value);
  if (node.kind === 'sequence') return node.items.map(shownValue);
  return Object.fromEntries([...node.entries].map(([key, inner]) => [redactText(key), shownValue(inner)]));
}

/** One text per value: equal for equal values, whatever the order of keys. */
export function fingerprint(node: Node): string {
  if (node.kind === 'leaf') return JSON.stringify(node.value);
  if (node.kind === 'sequence') return `[${node.items.map(fingerprint).join(',')}]`;
  const entries = [...node.entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${fingerprint(inner)}`).join(',')}}`;
}

function leafOf(value: unknown, path: readonly string[], name: string, isSecret: boolean): Leaf {
  const scalar = isScalar(value) ? value : null;
  const hidden = scalar === null ? undefined : placeholderFor(String(scalar), path, name, isSecret);
  return hidden === undefined ? { kind: 'leaf', value: scalar } : { kind: 'leaf', value: scalar, placeholder: hidden };
}

function isScalar(value: unknown): value is Leaf['value'] {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** Undefined where the text may be shown, secrets in it replaced. */
function placeholderFor(text: string, path: readonly string[], name: string, isSecret: boolean): string | undefined {
  const bytes = Math.floor((text.length * 3) / 4);
  if (path[0] === 'data' && isSecret) return placeholder(bytes, 'bytes');
  if (path[0] === 'binaryData') return placeholder(bytes, 'bytes', 'binary');
  const isWhole = (path[0] === 'stringData' && isSecret) || copies.includes(name);
  if (isWhole || (isSecretName(name) && !isOpenValue(text))) return placeholder(text.length, 'characters');
  // Of a secret's content even a digest is too much: a short one can be guessed from it.
  return path.at(-2) === 'annotations' && name.startsWith('checksum/') ? '‹checksum›' : undefined;
}

/** The option that a list of arguments names right before this one, as in `--password`, `…`. */
function optionBefore(list: readonly unknown[], index: number): string | undefined {
  const before: unknown = list[index - 1];
  return typeof before === 'string' && /^--?[\w-]+$/.test(before) ? before : undefined;
}
