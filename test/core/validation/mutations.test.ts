// Faulty pull requests against environments/example: each is a small edit, is caught by its rule at its line, and nothing else is told.

import test, { type ExecutionContext } from 'ava';
import { ruleIds } from '#core/validation/catalog.ts';
import { judgeRevision } from '#core/validation/judge.ts';
import { edited, example, lineOf, today } from './example.ts';
import type { Mutation } from './mutation.ts';
import { etcdMutations } from './mutations/etcd.ts';
import { fellowMutations } from './mutations/fellows.ts';
import { filesMutations } from './mutations/files.ts';
import { identityMutations } from './mutations/identity.ts';
import { imagesMutations } from './mutations/images.ts';
import { networkMutations } from './mutations/network.ts';
import { placementMutations } from './mutations/placement.ts';
import { resourceMutations } from './mutations/resources.ts';
import { safetyMutations } from './mutations/safety.ts';
import { secretsMutations } from './mutations/secrets.ts';
import { waiversMutations } from './mutations/waivers.ts';

const table: readonly Mutation[] = [
  ...filesMutations,
  ...secretsMutations,
  ...fellowMutations,
  ...identityMutations,
  ...safetyMutations,
  ...imagesMutations,
  ...placementMutations,
  ...resourceMutations,
  ...networkMutations,
  ...etcdMutations,
  ...waiversMutations,
];

const caught = test.macro((t: ExecutionContext, [, edits, expected, scene = {}]: Mutation) => {
  const { of = example, isNew = false, fellows = [] } = scene;
  const head = edited(of, ...edits);
  const judged = judgeRevision([head, ...fellows], [...(isNew ? [] : [of]), ...fellows], today);
  const found = judged.flatMap(({ problems }) => problems);
  const all = [expected].flat();
  const folder = head.file.slice(0, -'environment.yaml'.length);
  t.deepEqual(
    found.map(({ rule, file }) => [rule, file.replace(folder, '')]),
    all.map(({ rule, file = 'environment.yaml' }) => [rule, file]),
    found.map(({ line, message }) => `${line}: ${message}`).join('\n'),
  );
  for (const [index, { at }] of all.entries())
    t.true(lineOf(head, found[index] ?? { file: '', line: 0 }).includes(at), found[index]?.message);
  for (const { message } of found) t.regex(message, /[.?]$/);
});

for (const mutation of table) test(`${mutation[0]}: caught`, caught, mutation);

test('there are more than a hundred faulty pull requests, and every rule is broken by one', t => {
  t.true(table.length >= 100, String(table.length));
  // Broken where files are listed and charts are rendered: repository-file.test.ts, rendered.test.ts and test/operations/validate.test.ts.
  const elsewhere = [
    'plain-file',
    'chart-parts',
    'chart-steady',
    'text-file',
    'environment-folder',
    'chart-renders',
    'kubernetes-schema',
  ];
  const broken = new Set(table.flatMap(([, , expected]) => [expected].flat().map(({ rule }) => rule)));
  t.deepEqual(
    ruleIds().filter(id => !broken.has(id) && !elsewhere.includes(id) && !id.startsWith('rendered-')),
    [],
  );
});
