// Tells equal diffs of several releases of a cluster once, with `{release}` where each has its own name.

import type { FieldChange, ObjectDiff, ReleaseDiff } from '#core/validation/verdict.ts';

export interface DiffGroup {
  cluster: string;
  /** In the order of the diffs. */
  releases: string[];
  chart: string;
  change: ReleaseDiff['change'];
  /** Of one release as they are; of several with `{release}` for the release's name. */
  objects: ObjectDiff[];
}

/** Releases are together when what a reviewer reads is the same; their noise may differ, and is told of all of them. */
export function groupDiffs(diffs: readonly ReleaseDiff[]): DiffGroup[] {
  const groups = new Map<string, ReleaseDiff[]>();
  for (const diff of diffs) {
    const { cluster, chart, change } = diff;
    const news = nameless(diff).filter(isNews).map(withoutNoise);
    const key = JSON.stringify([cluster, chart, change, news]);
    groups.set(key, [...(groups.get(key) ?? []), diff]);
  }
  return [...groups.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const { cluster, chart, change } = first;
    const objects = group.length === 1 ? first.objects : mergeNoise(group.map(nameless));
    return [{ cluster, releases: group.map(({ release }) => release), chart, change, objects }];
  });
}

function isNews({ change, fields }: ObjectDiff): boolean {
  return change !== 'changed' || fields.length > 0;
}

function withoutNoise(object: ObjectDiff): ObjectDiff {
  return { ...object, noise: [] };
}

/** Every object of any of them, with the noise of all. */
function mergeNoise(all: readonly (readonly ObjectDiff[])[]): ObjectDiff[] {
  const merged = new Map<string, ObjectDiff>();
  for (const object of all.flat()) {
    const key = JSON.stringify(isNews(object) ? withoutNoise(object) : [object.apiVersion, object.kind, object.name]);
    const known = merged.get(key);
    const more = object.noise.filter(each => !known?.noise.some(one => JSON.stringify(one) === JSON.stringify(each)));
    merged.set(key, known ? { ...known, noise: [...known.noise, ...more] } : object);
  }
  return [...merged.values()];
}

function nameless({ release, objects }: ReleaseDiff): ObjectDiff[] {
  const escaped = release.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  // A name may be followed by more, as in `aws-a-0`, but not preceded.
  const own = new RegExp(`(?<![\\w.-])${escaped}(?![A-Za-z0-9_])`, 'g');
  const without = (text: string): string => text.replace(own, '{release}');
  const change = ({ path, before, after }: FieldChange): FieldChange => ({
    path: without(path),
    before: before === undefined ? undefined : without(before),
    after: after === undefined ? undefined : without(after),
  });
  return objects.map(each => ({
    ...each,
    name: without(each.name),
    fields: each.fields.map(change),
    noise: each.noise.map(change),
  }));
}
