import test from 'ava';
import type { RepositoryFile } from '#core/validation/repository-file.ts';
import { findStraySecrets, redactVerdict } from '#core/validation/stray-secrets.ts';
import type { RuleProblem } from '#core/validation/verdict.ts';

const wif = '5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3';
const fileAt = (path: string): RepositoryFile => ({ path, kind: 'file', bytes: 0, content: new Uint8Array() });
const chart = (text: string) => [{ path: 'charts/x/templates/a.yaml', content: new TextEncoder().encode(text) }];

test("a key in a file's name is told", t => {
  const found = findStraySecrets(
    [fileAt('environments/a/values/aws.yaml'), fileAt(`environments/a/values/${wif}.yaml`)],
    [],
  );
  t.deepEqual(
    found.map(({ rule, file }) => [rule, file]),
    [['secret-in-file', `environments/a/values/${wif}.yaml`]],
  );
});

test('a key that is parted by characters without width is told all the same', t => {
  const parted = `${wif.slice(0, 20)}\u200b${wif.slice(20)}`;
  const inName = findStraySecrets([fileAt(`environments/a/${parted}.txt`)], []);
  const inChart = findStraySecrets([], chart(`note: ${parted}\n`));
  t.deepEqual(
    [...inName, ...inChart].map(({ rule }) => rule),
    ['secret-in-file', 'secret-in-file'],
  );
});

test('a key in a chart is told at its place', t => {
  const found = findStraySecrets([], chart(`metadata:\n  annotations:\n    note: ${wif}\n`));
  t.deepEqual(
    found.map(({ rule, file, line, column }) => [rule, file, line, column]),
    [['secret-in-file', 'charts/x/templates/a.yaml', 3, 11]],
  );
  t.false(JSON.stringify(found).includes(wif));
});

test('a template that names a Secret holds none', t => {
  t.deepEqual(findStraySecrets([], chart('secretName: {{ .Values.keySecret }}\npassword: {{ .Values.x }}\n')), []);
});

test('no part of a verdict shows a key', t => {
  const problem: RuleProblem = {
    rule: 'values-file',
    level: 'error',
    file: `environments/a/values/${wif}.yaml`,
    line: 1,
    column: 1,
    message: `The file is named after the cluster "${wif}".`,
  };
  const verdict = redactVerdict({
    base: undefined,
    head: 'working tree',
    checks: [],
    problems: [problem],
    environments: [
      {
        name: 'a',
        change: 'changed',
        problems: [problem],
        waived: [{ ...problem, reason: wif, until: '2027-01-01', isNew: false }],
        quorum: undefined,
        forecast: undefined,
        diffs: undefined,
        notes: [`of ${wif}`],
      },
    ],
  });
  t.false(JSON.stringify(verdict).includes(wif));
  t.is(verdict.environments[0]?.problems[0]?.file, 'environments/a/values/‹redacted›.yaml');
});
