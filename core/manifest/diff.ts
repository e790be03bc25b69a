// Tells what changes between two rendered revisions of releases: object by object, field by field, secrets replaced, noise apart.

import type { FieldChange, ObjectDiff, ReleaseDiff } from '#core/validation/verdict.ts';
import { type Change, compareNodes } from './compare.ts';
import { textLeaf } from './node.ts';
import { isChecksum, isLabelOfChart } from './noise.ts';
import {
  type ManifestObject,
  type ReadManifest,
  readManifest,
  readRelease,
  type UnreadableDocument,
} from './objects.ts';
import { redactText } from './redact.ts';
import { compareTexts } from './text.ts';

/** A release of one cluster, as Helm renders it. */
export interface RenderedRelease {
  cluster: string;
  release: string;
  /** Folder of the chart. */
  chart: string;
  /** All objects, as one YAML text. */
  manifest: string;
}

const nothing: ReadManifest = { objects: [], unreadable: [] };

/** One for each release of either side: those of head in their order, then those that are gone. */
export function diffReleases(base: readonly RenderedRelease[], head: readonly RenderedRelease[]): ReleaseDiff[] {
  const keyOf = ({ cluster, release }: RenderedRelease) => JSON.stringify([cluster, release]);
  const [before, after] = [base, head].map(side => new Map(side.map(each => [keyOf(each), each])));
  const gone = base.filter(each => after?.has(keyOf(each)) === false);
  return [...head, ...gone].map(each => diffRelease(before?.get(keyOf(each)), after?.get(keyOf(each)), each));
}

function diffRelease(
  before: RenderedRelease | undefined,
  after: RenderedRelease | undefined,
  { cluster, release, chart }: RenderedRelease,
): ReleaseDiff {
  // Equal text needs no reading: most releases of most pull requests.
  const isSame = before?.manifest === after?.manifest;
  const objects = isSame
    ? []
    : compareManifests(before ? readRelease(before) : nothing, after ? readRelease(after) : nothing);
  const present = objects.length > 0 ? 'changed' : 'unchanged';
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : present;
  return { cluster, release, chart, change, objects };
}

/** Objects that differ between two manifests. */
export function diffManifests(before: string, after: string): ObjectDiff[] {
  return compareManifests(readManifest(before), readManifest(after));
}

function compareManifests(base: ReadManifest, head: ReadManifest): ObjectDiff[] {
  const [old, young] = [identify(base.objects), identify(head.objects)];
  const gone = [...old.keys()].filter(key => !young.has(key));
  const pairs = [...young.keys(), ...gone].map(key => compareObjects(old.get(key), young.get(key)));
  return [
    ...sortOut(pairs.filter(pair => pair.changes.length > 0)),
    ...compareDocuments(base.unreadable, head.unreadable),
  ];
}

interface Compared {
  object: ManifestObject;
  count: number;
  change: ObjectDiff['change'];
  changes: Change[];
}

/** The version of an API is no part of an object's identity. A second object of the same identity is the second of its name. */
function identify(objects: readonly ManifestObject[]): Map<string, { object: ManifestObject; count: number }> {
  const found = new Map<string, { object: ManifestObject; count: number }>();
  for (const object of objects) {
    const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
    let count = 1;
    const key = () => JSON.stringify([group, object.kind, object.namespace, object.name, count]);
    while (found.has(key())) count += 1;
    found.set(key(), { object, count });
  }
  return found;
}

type Identified = { object: ManifestObject; count: number } | undefined;

function compareObjects(before: Identified, after: Identified): Compared {
  const identified = after ?? before;
  if (identified === undefined) throw new TypeError('one side of two is there');
  if (before && after) {
    const changes = compareNodes(before.object.tree, after.object.tree, []);
    return {
      ...identified,
      change: 'changed',
      changes: changes.length > 0 ? changes : compareWriting(before.object, after.object),
    };
  }
  const [gone, come] = [before?.object.tree.entries, after?.object.tree.entries];
  const content = [...(come ?? gone ?? new Map<string, never>()).keys()].filter(
    key => key !== 'apiVersion' && key !== 'kind',
  );
  const changes = content.flatMap(field => compareNodes(gone?.get(field), come?.get(field), [{ field }]));
  return { ...identified, change: before ? 'removed' : 'added', changes };
}

/** The same values with other comments, quotes or order of keys: nothing for the cluster, yet a new revision for Helm. */
function compareWriting(before: ManifestObject, after: ManifestObject): Change[] {
  if (before.text === after.text) return [];
  const sides = { before: 'the same values, written differently', after: 'the same values, written differently' };
  return [{ path: 'comments, quotes, order of keys', steps: [], ...sides, isMeaningless: true }];
}

/** A checksum follows from another change as long as there is another one; by itself it is news. */
function sortOut(compared: readonly Compared[]): ObjectDiff[] {
  const isNoise = (change: Change, among: Compared): boolean => {
    if (change.isMeaningless || among.change !== 'changed') return change.isMeaningless;
    return isLabelOfChart(change.steps) || (isChecksum(change.steps) && hasOther);
  };
  const isNews = (change: Change) =>
    !change.isMeaningless && !isChecksum(change.steps) && !isLabelOfChart(change.steps);
  const hasOther = compared.some(({ change, changes }) => change !== 'changed' || changes.some(isNews));
  return compared.map(each => {
    const { object, count, change, changes } = each;
    const name = redactText(count === 1 ? object.name : `${object.name} (${count})`);
    const [noise, fields] = [true, false].map(wanted =>
      changes.filter(one => isNoise(one, each) === wanted).map(fieldOf),
    );
    return {
      apiVersion: redactText(object.apiVersion),
      kind: redactText(object.kind),
      name,
      change,
      fields: fields ?? [],
      noise: noise ?? [],
    };
  });
}

function fieldOf({ path, before, after }: Change): FieldChange {
  return { path, before, after };
}

/** What cannot be read is compared as text, so that nothing is hidden. */
function compareDocuments(before: readonly UnreadableDocument[], after: readonly UnreadableDocument[]): ObjectDiff[] {
  const names = new Set([...after, ...before].map(({ name }) => name));
  return [...names].flatMap((name): ObjectDiff[] => {
    const [gone, come] = [before, after].map(side => side.find(each => each.name === name));
    if (gone?.text === come?.text) return [];
    const changes = compareTexts(textLeaf(gone?.text ?? ''), textLeaf(come?.text ?? ''));
    const fields = changes.map(({ where, ...sides }) => ({ path: where, ...sides }));
    const change = gone === undefined ? 'added' : come === undefined ? 'removed' : 'changed';
    return [{ apiVersion: '', kind: 'Unreadable', name, change, fields, noise: [] }];
  });
}
