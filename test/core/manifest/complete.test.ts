// Whatever single value of our charts' objects changes, a reviewer is told of it, and once.

import anyTest, { type TestFn } from 'ava';
import { dump } from 'js-yaml';
import { diffManifests } from '#core/manifest/diff.ts';
import { readManifest } from '#core/manifest/objects.ts';
import type { FieldChange } from '#core/validation/verdict.ts';
import { releaseOf, renderText } from '../../charts/render.ts';

type Path = (string | number)[];
interface Place {
  object: Record<string, unknown>;
  path: Path;
  value: unknown;
}

const test = anyTest as TestFn<{ objects: Record<string, unknown>[] }>;

test.before(async t => {
  const everything = {
    serviceMonitor: { enabled: true },
    disruptionBudget: { enabled: true },
    podAnnotations: { a: 'b' },
  };
  const node = await releaseOf('example', 'aws-a', {
    ...everything,
    alerts: { enabled: true },
    p2pService: { enabled: true },
    snapshot: { url: 'https://example.org/snapshot.bin', sha256: '0'.repeat(64) },
    tolerations: [{ key: 'producer', operator: 'Exists' }],
  });
  const member = await releaseOf('example', 'etcd-us-west-2', everything);
  const manifests = [await renderText(node), await renderText(member)];
  t.context.objects = manifests.flatMap(text => readManifest(text).objects.map(({ value }) => value));
});

/** Every value at the end of a path. */
function leavesOf(object: Record<string, unknown>): Place[] {
  const grow = (value: unknown, path: Path): Place[] => {
    if (typeof value !== 'object' || value === null) return [{ object, path, value }];
    return Object.entries(value).flatMap(([key, inner]) =>
      grow(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    );
  };
  return grow(object, []);
}

function changed(
  { object, path }: Place,
  edit: (parent: Record<string | number, unknown>, key: string | number) => void,
) {
  const copy = structuredClone(object);
  const key = path.at(-1) ?? '';
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], copy);
  edit(parent as Record<string | number, unknown>, key);
  return copy;
}

function tell(before: unknown, after: unknown): FieldChange[] {
  const diffs = diffManifests(dump(before, { lineWidth: -1 }), dump(after, { lineWidth: -1 }));
  return diffs.flatMap(({ fields, noise }) => [...fields, ...noise]);
}

function mutated(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return `${typeof value === 'string' ? value : ''}x`;
}

/** What Kubernetes knows an object by: with another, it is another object. */
function isIdentity([first, second, ...rest]: Path): boolean {
  return (
    first === 'kind' || (first === 'metadata' && rest.length === 0 && (second === 'name' || second === 'namespace'))
  );
}

test('each value that changes is told once, with what it was and what it is', t => {
  const places = t.context.objects
    .flatMap(leavesOf)
    .filter(({ path, value }) => !isIdentity(path) && !String(value).includes('\n'));
  t.true(places.length > 400, `${places.length} values`);
  for (const place of places) {
    const after = mutated(place.value);
    const told = tell(
      place.object,
      changed(place, (parent, key) => (parent[key] = after)),
    );
    const what = `${place.path.join('/')}: ${JSON.stringify(told)}`;
    const [one, other] = told;
    if (other === undefined) {
      t.is(told.length, 1, what);
      t.not(one?.before, one?.after, what);
      if (one?.before?.startsWith('‹') === false)
        t.true(one.before.includes(String(place.value)) && one.after?.includes(String(after)), what);
    } else {
      // An entry with another name is another entry.
      t.deepEqual(
        told
          .map(each => [each.before === undefined, each.after === undefined])
          .sort(([a], [b]) => Number(a) - Number(b)),
        [
          [false, true],
          [true, false],
        ],
        what,
      );
    }
  }
});

test('each line of a text that changes is told once, by its number', t => {
  const places = t.context.objects.flatMap(leavesOf).filter(({ value }) => String(value).includes('\n'));
  t.true(places.length >= 4, `${places.length} texts`);
  for (const place of places) {
    const lines = String(place.value).split('\n');
    for (const [index, line] of lines.entries()) {
      if (index === lines.length - 1 && line === '') continue;
      const text = lines.with(index, `${line}x`).join('\n');
      const told = tell(
        place.object,
        changed(place, (parent, key) => (parent[key] = text)),
      );
      t.is(told.length, 1, JSON.stringify(told));
      t.true(told[0]?.path.endsWith(` line ${index + 1}`), told[0]?.path);
      t.true(told[0]?.after?.endsWith('x'), told[0]?.after);
    }
  }
});

test('each value that goes or comes is told once', t => {
  for (const place of t.context.objects
    .flatMap(leavesOf)
    .filter(({ path }) => !isIdentity(path) && path[0] !== 'apiVersion')) {
    const without = changed(place, (parent, key) =>
      Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key],
    );
    for (const [before, after] of [
      [place.object, without],
      [without, place.object],
    ]) {
      const told = tell(before, after);
      const what = `${place.path.join('/')}: ${JSON.stringify(told)}`;
      // An entry without its name is known by its position, and its list is told as lists without names are.
      const isName = ['name', 'mountPath', 'alert'].includes(String(place.path.at(-1)));
      const isGone = before === place.object;
      t.true(isName ? told.length >= 1 : told.length === 1, what);
      t.true(isName || (isGone ? told[0]?.after : told[0]?.before) === undefined, what);
    }
  }
});

test('an object that becomes another one is told as gone and as come', t => {
  for (const place of t.context.objects.flatMap(leavesOf).filter(({ path }) => isIdentity(path))) {
    const other = changed(place, (parent, key) => (parent[key] = `${String(parent[key])}x`));
    const diffs = diffManifests(dump(place.object), dump(other));
    t.deepEqual(
      diffs.map(({ change }) => change),
      ['added', 'removed'],
      place.path.join('/'),
    );
  }
});

test('objects that are the same are not told, in whatever order their keys stand', t => {
  for (const object of t.context.objects) {
    t.deepEqual(tell(object, structuredClone(object)), []);
    const turned = dump(object, { sortKeys: (a: string, b: string) => (a < b ? 1 : -1) });
    const diffs = diffManifests(dump(object), turned);
    t.deepEqual(
      diffs.flatMap(({ fields }) => fields),
      [],
    );
    t.is(diffs.flatMap(({ noise }) => noise).length, dump(object) === turned ? 0 : 1);
  }
});
