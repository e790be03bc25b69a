// Splits what Helm rendered into objects. A document that is no object is a problem with its text kept, never a reason to stop.

import { type Mapping, TooLarge, treeOf } from './node.ts';
import { redactText } from './redact.ts';
import { readYaml } from './yaml.ts';

export interface ManifestObject {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  /** Template that made it, such as `block-producer/templates/config.yaml`; empty when the manifest does not say. */
  source: string;
  value: Record<string, unknown>;
  tree: Mapping;
  /** As rendered, without empty lines and where it comes from; of an entry of a List, nothing. */
  text: string;
}

/** A document that cannot be read as an object. */
export interface UnreadableDocument {
  /** Such as `document 3 (block-producer/templates/config.yaml)`. */
  name: string;
  /** Template that made it; empty when the manifest does not say. */
  source: string;
  message: string;
  text: string;
}

export interface ReadManifest {
  objects: ManifestObject[];
  unreadable: UnreadableDocument[];
}

/** The objects of a release, read once however often they are asked for. */
export function readRelease(release: { readonly manifest: string }): ReadManifest {
  const read = known.get(release) ?? readManifest(release.manifest);
  known.set(release, read);
  return read;
}

const maxText = 8 * 1024 * 1024;
const known = new WeakMap<object, ReadManifest>();

/** Every object in the order of the text, entries of Lists one by one. */
export function readManifest(manifest: string): ReadManifest {
  const read: ReadManifest = { objects: [], unreadable: [] };
  for (const [index, document] of manifest.split(/^---(?=[ \t\r\n]|$).*\n?/m).entries()) {
    const source = /^# Source: (\S+)/m.exec(document)?.[1] ?? '';
    const text = contentOf(document);
    if (!/^\s*[^#\s]/m.test(text)) continue;
    const name = `document ${index}${source === '' ? '' : ` (${redactText(source)})`}`;
    const found = readDocument(document, source, text);
    if (typeof found === 'string') read.unreadable.push({ name, source, message: redactText(found), text: document });
    else read.objects.push(...found);
  }
  return read;
}

function readDocument(document: string, source: string, text: string): ManifestObject[] | string {
  if (document.length > maxText)
    return `it has ${document.length} characters; at most ${maxText} are read. Make it smaller.`;
  const { value, problem } = readYaml(document);
  if (problem !== undefined) return `${problem}; expected one YAML document. Correct the template.`;
  try {
    return objectsOf(value, source, text);
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    return `${error.message}; expected an object of usual size, without aliases that multiply it. Correct the template.`;
  }
}

function objectsOf(value: unknown, source: string, text: string): ManifestObject[] | string {
  if (!isMapping(value)) {
    const found = Array.isArray(value) ? 'a list' : value === null ? 'nothing' : `a ${typeof value}`;
    return `found ${found}; expected an object with apiVersion and kind. Correct the template.`;
  }
  const { apiVersion, kind } = value;
  if (typeof kind !== 'string' || kind === '') return 'it has no kind; expected one, such as ConfigMap. Add it.';
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return `${kind} has no apiVersion; expected one, such as v1. Add it.`;
  if (!kind.endsWith('List') || !Array.isArray(value.items)) return [objectOf(value, apiVersion, kind, source, text)];
  const objects: ManifestObject[] = [];
  for (const item of value.items as unknown[]) {
    // An entry of a typed list may leave out what the list's own kind says.
    const whole = isMapping(item) ? { apiVersion, kind: kind.slice(0, -'List'.length), ...item } : item;
    const found = objectsOf(whole, source, '');
    if (typeof found === 'string') return `in a ${kind}: ${found}`;
    objects.push(...found);
  }
  return objects;
}

function objectOf(
  value: Record<string, unknown>,
  apiVersion: string,
  kind: string,
  source: string,
  text: string,
): ManifestObject {
  const metadata = isMapping(value.metadata) ? value.metadata : {};
  const word = (given: unknown): string =>
    typeof given === 'string' || typeof given === 'number' ? String(given) : '';
  const name = word(metadata.name) || (word(metadata.generateName) && `${word(metadata.generateName)}*`);
  return { apiVersion, kind, namespace: word(metadata.namespace), name, source, value, tree: treeOf(value), text };
}

/** What Helm would take for another revision. */
function contentOf(document: string): string {
  return document
    .split('\n')
    .filter(line => line.trim() !== '' && !line.startsWith('# Source:'))
    .join('\n');
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
