// Our own walk over Kubernetes' definitions is held to kubeconform's verdicts: the same objects, damaged in every place.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import { dump } from 'js-yaml';
import { readSchemas } from '#adapters/kubernetes-schema/schemas.ts';
import { runKubeconform, writeJsonSchemas } from '#bench/kubeconform.ts';
import { checkObject } from '#core/manifest/check.ts';
import { readManifest } from '#core/manifest/objects.ts';
import { ensureTools } from '#tools/install.ts';
import { releaseOf, renderText } from '../../charts/render.ts';

type Value = Record<string | number, unknown>;
const test = anyTest as TestFn<{ folder: string; objects: Value[] }>;

test.before(async t => {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconform-'));
  const values = {
    disruptionBudget: { enabled: true },
    serviceMonitor: { enabled: true },
    p2pService: { enabled: true },
  };
  const texts = [
    await renderText(await releaseOf('example', 'aws-a', values)),
    await renderText(await releaseOf('example', 'etcd-us-west-2')),
  ];
  t.context = { folder, objects: texts.flatMap(text => readManifest(text).objects.map(({ value }) => value)) };
});
test.after.always(t => rm(t.context.folder, { recursive: true, force: true }));

/** What may stand in the place of a value. */
const strangers: unknown[] = ['text', 7, 1.5, null, ['text'], {}];

/** Copies of an object in which one place is wrong, or might be: another value, a field with another name, no field. */
function* damaged(object: Value): Generator<Value> {
  for (const path of placesOf(object, [])) {
    const edit = (change: (parent: Value, key: string | number) => void): Value => {
      const copy = structuredClone(object);
      change(
        path.slice(0, -1).reduce<Value>((inner, step) => inner[step] as Value, copy),
        path.at(-1) ?? '',
      );
      return copy;
    };
    for (const stranger of strangers) yield edit((parent, key) => (parent[key] = structuredClone(stranger)));
    if (typeof path.at(-1) !== 'string') continue;
    yield edit((parent, key) => delete parent[key]);
    yield edit((parent, key) => {
      parent[`${key}s`] = parent[key];
      delete parent[key];
    });
  }
}

function placesOf(value: unknown, path: (string | number)[]): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = [...path, Array.isArray(value) ? Number(key) : key];
    return [place, ...placesOf(inner, place)];
  });
}

test('every object of our charts, damaged in every place, is judged as kubeconform judges it', async t => {
  const schemas = await readSchemas();
  const [jsonSchemas, files] = [join(t.context.folder, 'schemas'), join(t.context.folder, 'files')];
  await mkdir(jsonSchemas);
  await mkdir(files);
  await writeJsonSchemas(schemas, jsonSchemas);
  const ours = new Map<string, string>();
  for (const object of t.context.objects) {
    // Without its kind an object is no object, for us before any field is looked at.
    const copies = [object, ...damaged(object)].filter(
      each => each.kind === object.kind && each.apiVersion === object.apiVersion,
    );
    for (const copy of copies) {
      const text = dump(copy, { lineWidth: -1, noRefs: true });
      const [read] = readManifest(text).objects;
      if (!read) throw new Error(`not read: ${text}`);
      const problems = checkObject(read, schemas);
      const name = `${ours.size}.yaml`;
      ours.set(
        name,
        problems === undefined ? 'statusSkipped' : problems.length === 0 ? 'statusValid' : 'statusInvalid',
      );
      await writeFile(join(files, name), text);
    }
  }
  const binary = (await ensureTools(['kubeconform'], { report: () => {} })).path('kubeconform');
  const verdicts = await runKubeconform(binary, jsonSchemas, files);
  t.is(verdicts.length, ours.size);
  const count = (status: string) => [...ours.values()].filter(each => each === status).length;
  t.log(
    `${ours.size} objects: ${count('statusValid')} valid, ${count('statusInvalid')} not, ${count('statusSkipped')} of unknown kinds`,
  );
  t.true(count('statusValid') > 500 && count('statusInvalid') > 1000 && count('statusSkipped') > 0);
  const differ = verdicts.filter(({ filename, status }) => {
    const own = ours.get(filename.split('/').at(-1) ?? '');
    // An object whose very name cannot be read is an error for it, whatever the kind.
    return status === 'statusError' ? own === 'statusValid' : own !== status;
  });
  t.deepEqual(differ.slice(0, 5), []);
});
