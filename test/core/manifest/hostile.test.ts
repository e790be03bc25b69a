import test, { type ExecutionContext } from 'ava';
import { diffManifests } from '#core/manifest/diff.ts';
import { readManifest } from '#core/manifest/objects.ts';

const good = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: good }\ndata: { a: b }\n';
const bomb = [
  'a: &a [1,1,1,1,1,1,1,1,1]',
  ...'bcdefgh'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[index]}`).join(',')}]`),
].join('\n');

/** A document that is no object: why is said, its change is told as text, and the object beside it is read. */
const refused = test.macro((t: ExecutionContext, document: string, message: RegExp) => {
  const { objects, unreadable } = readManifest(`---\n# Source: chart/templates/x.yaml\n${document}\n---\n${good}`);
  t.deepEqual(
    objects.map(({ name }) => name),
    ['good'],
  );
  t.is(unreadable.length, 1);
  t.is(unreadable[0]?.name, 'document 1 (chart/templates/x.yaml)');
  t.regex(unreadable[0]?.message ?? '', message);
  const diffs = diffManifests(good, `${document}\n---\n${good}`);
  t.true(diffs.some(({ kind, change, fields }) => kind === 'Unreadable' && change === 'added' && fields.length > 0));
  t.deepEqual(diffManifests(document, document), []);
});

test('a list', refused, '- a\n- b', /found a list; expected an object with apiVersion and kind/);
test('a text', refused, 'hello', /found a string; expected an object/);
test('an object without a kind', refused, 'apiVersion: v1\nname: x', /it has no kind; expected one, such as ConfigMap/);
test('an object without an apiVersion', refused, 'kind: ConfigMap', /ConfigMap has no apiVersion/);
test(
  'a List with an entry that is none',
  refused,
  'apiVersion: v1\nkind: List\nitems: [7]',
  /in a List: found a number; expected an object/,
);
test(
  'a key given twice',
  refused,
  'apiVersion: v1\nkind: ConfigMap\ndata: {}\ndata: {}',
  /duplicated mapping key \(line \d+, column \d+\)/,
);
test(
  'brackets that never close',
  refused,
  'apiVersion: v1\nkind: {',
  /line \d+, column \d+\); expected one YAML document/,
);
test(
  'aliases that make much of little',
  refused,
  `apiVersion: v1\nkind: ConfigMap\n${bomb}`,
  /more than 100000 values; expected an object of usual size/,
);
test('an alias of itself', refused, 'apiVersion: v1\nkind: ConfigMap\ndata: &a [*a]', /expected|nested|identified/);
test(
  'brackets nested deeply',
  refused,
  `apiVersion: v1\nkind: ConfigMap\ndata: ${'['.repeat(5000)}${']'.repeat(5000)}`,
  /expected one YAML document|nested/,
);
test(
  'a huge document',
  refused,
  `apiVersion: v1\nkind: ConfigMap\ndata: { a: ${'x'.repeat(9_000_000)} }`,
  /at most 8388608 are read/,
);

test('documents of comments alone are nothing', t => {
  t.deepEqual(readManifest('---\n# Source: a/templates/b.yaml\n\n---\n   \n'), { objects: [], unreadable: [] });
});

test('a line of dashes inside a text ends no document', t => {
  const { objects } = readManifest(
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata:\n  a: |\n    ---\n    b\n',
  );
  t.is(objects.length, 1);
});

test('plain words mean to us what they mean to Kubernetes', t => {
  const { objects } = readManifest(
    'apiVersion: v1\nkind: X\nmetadata: { name: x }\na: [yes, off, 010, 0x10, 1_000, 10:30, 2026-12-01, 1.5, ~]\n',
  );
  t.deepEqual(objects[0]?.value.a, [true, false, 8, 16, 1000, '10:30', '2026-12-01', 1.5, null]);
});

test('names from hostile charts are shown without what cannot be seen', t => {
  const [diff] = diffManifests('', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata: { "a\\nb": c }\n');
  t.deepEqual(
    diff?.fields.map(({ path }) => path),
    ['metadata', 'data'],
  );
  const [changed] = diffManifests(good, good.replace('a: b', '"a\\n::error::b": c'));
  t.true(
    changed?.fields.every(({ path }) => !path.includes('\n')),
    JSON.stringify(changed),
  );
});

test('texts of many lines are compared in bounded time', t => {
  const text = (seed: number) =>
    Array.from({ length: 20_000 }, (_, index) => `    line ${(index * seed) % 7919}`).join('\n');
  const map = (seed: number) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata:\n  a: |\n${text(seed)}\n`;
  const started = performance.now();
  t.is(diffManifests(map(3), map(5)).length, 1);
  t.true(performance.now() - started < 20_000);
});
