// What the entries of a list are known by, and whether their order means something.

import type { Node } from './node.ts';

/** How Kubernetes merges these lists; ports go by their name where they have one, because people do. */
const keysByField: Record<string, readonly string[]> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  resourceClaims: ['name'],
  claims: ['name'],
  secrets: ['name'],
  ports: ['name', 'containerPort', 'port'],
};
/** Of other lists, such as those of custom resources, entries are known by what people know them by. */
const usualKeys = ['name', 'alert', 'record'];
/** Kubernetes does not care in which order these come. Containers start, and variables refer to each other, in theirs. */
const unordered = new Set(
  `volumes volumeMounts volumeDevices imagePullSecrets hostAliases ports secrets resourceClaims claims topologySpreadConstraints
  accessModes policyTypes finalizers drop loadBalancerSourceRanges verbs apiGroups externalIPs`.split(/\s+/),
);

export function isUnordered(field: string): boolean {
  return unordered.has(field);
}

/** A name for each entry of both lists, unique in each; undefined when they have none. */
export function namesOf(field: string, lists: readonly (readonly Node[])[]): string[][] | undefined {
  for (const key of keysByField[field] ?? usualKeys) {
    const names = lists.map(list => list.map(item => nameBy(key, item)));
    if (names.every(isEachUnique)) return names;
  }
  // The entries of a set are their own names.
  const own = unordered.has(field) ? lists.map(list => list.map(nameOfLeaf)) : [];
  return own.length > 0 && own.every(isEachUnique) ? own : undefined;
}

/** `--option` of `--option=value`: people look for an argument by it. */
export function optionOf(item: Node | undefined): string | undefined {
  return item?.kind === 'leaf' && typeof item.value === 'string' ? /^--?[\w.-]+(?==)/.exec(item.value)?.[0] : undefined;
}

function nameBy(key: string, item: Node): string | undefined {
  const named = item.kind === 'mapping' ? item.entries.get(key) : undefined;
  return named && nameOfLeaf(named);
}

/** A secret is no name: names are shown. */
function nameOfLeaf(item: Node): string | undefined {
  if (item.kind !== 'leaf' || item.placeholder !== undefined) return undefined;
  return typeof item.value === 'string' || typeof item.value === 'number' ? String(item.value) : undefined;
}

function isEachUnique(names: readonly (string | undefined)[]): names is string[] {
  return !names.includes(undefined) && new Set(names).size === names.length;
}
