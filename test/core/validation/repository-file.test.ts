import test from 'ava';
import { type RepositoryFile, readCharts, readFolders } from '#core/validation/repository-file.ts';
import { changeOf, compareFiles, renamedFrom } from '#core/validation/touched.ts';
import { environment } from '../../fakes/environment.ts';

function file(
  path: string,
  content: string | Uint8Array = 'a: 1\n',
  changes: Partial<RepositoryFile> = {},
): RepositoryFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { path, kind: 'file', bytes: bytes.length, content: bytes, ...changes };
}

const main = 'environments/testnet/environment.yaml';
const values = 'environments/testnet/values/aws.yaml';

test('texts are put together by folder, other texts beside them, and files of nobody are left out', t => {
  const folders = readFolders([
    file('environments/README.md'),
    file(main),
    file(values, '\ufeffb: 2\r\n'),
    file('environments/testnet/login.sh', '#!/bin/sh\n'),
    file('charts/etcd/Chart.yaml'),
  ]);
  t.deepEqual(folders, [
    {
      name: 'testnet',
      files: {
        file: main,
        text: 'a: 1\n',
        values: [{ cluster: 'aws', file: values, text: 'b: 2\r\n' }],
        others: [{ file: 'environments/testnet/login.sh', text: '#!/bin/sh\n' }],
      },
      problems: [],
    },
  ]);
});

const told = test.macro<[string, RepositoryFile[], string[]]>({
  exec: (t, _title, files, expected) => {
    const problems = readFolders(files).flatMap(each => each.problems);
    t.deepEqual(
      problems.map(({ file: path, line, column, rule, message }) => `${path}:${line}:${column} ${rule}: ${message}`),
      expected,
    );
  },
  title: (_provided, title) => title ?? '',
});

test(
  told,
  'a folder that is a link is told at the link',
  [file('environments/testnet', '', { kind: 'link', content: undefined, target: '../../etc' })],
  [
    'environments/testnet:1:1 plain-file: The file is a link to "../../etc"; expected the file itself, since a link may lead out of the repository. Put the content here.',
    'environments/testnet/environment.yaml:1:1 environment-folder: There is no such file; expected one in every folder here. Copy environments/example/environment.yaml.',
  ],
);
test(
  told,
  'a folder that is another repository is told',
  [file(main), file('environments/testnet/values', '', { kind: 'submodule', content: undefined })],
  [
    'environments/testnet/values:1:1 plain-file: The folder is another repository; expected files of this one. Copy what is needed of it here.',
  ],
);
test(
  told,
  'a name that no workflow could carry is told, and the one it should have',
  [file('environments/Test net/environment.yaml')],
  [
    'environments/Test net/environment.yaml:1:1 environment-folder: No environment can be called "Test net"; expected a name of a-z, 0-9 and -, since namespaces, claims and workflows carry it. Rename the folder.',
  ],
);
test(
  told,
  'a misspelled environment.yaml is found',
  [file('environments/testnet/Environment.yml')],
  [
    'environments/testnet/environment.yaml:1:1 environment-folder: There is no such file; expected one in every folder here. Rename environments/testnet/Environment.yml.',
  ],
);
test(
  told,
  'a byte that is no UTF-8 is found behind characters of several bytes, and at the very end',
  [
    file(main, new Uint8Array([0xc3, 0xa9, 0xef, 0xbf, 0xbd, 0x0a, 0xe2, 0x82, 0xac, 0xf0, 0x28])),
    file(values, new Uint8Array([0x61, 0xc3])),
  ],
  [
    'environments/testnet/environment.yaml:2:2 text-file: The byte 0xf0 here is no UTF-8; expected text in UTF-8. Save the file as UTF-8.',
    'environments/testnet/values/aws.yaml:1:2 text-file: The byte 0xc3 here is no UTF-8; expected text in UTF-8. Save the file as UTF-8.',
  ],
);
test(
  told,
  'a conflict is found with the line ends of Windows and in files that nobody parses; a line of equals signs is none',
  [
    file(main, 'title: x\r\n<<<<<<< ours\r\na\r\n=======\r\nb\r\n>>>>>>> theirs\r\n'),
    file('environments/testnet/login.sh', '<<<<<<<\n=======\n>>>>>>>\n'),
    file('environments/testnet/README.md', 'Title\n=======\n<<<<<<<< eight\n'),
  ],
  [
    'environments/testnet/environment.yaml:2:1 merge-conflict: A merge conflict was left in the file; expected one of both sides, or what joins them. Resolve it.',
    'environments/testnet/login.sh:1:1 merge-conflict: A merge conflict was left in the file; expected one of both sides, or what joins them. Resolve it.',
  ],
);
test(
  told,
  'a picture beside an environment is nobody’s business',
  [file(main), file('environments/testnet/a.png', new Uint8Array([0, 255]))],
  [],
);

test('of charts only plain files at sound paths are given to helm', t => {
  const { charts, problems } = readCharts([
    file('charts/etcd/Chart.yaml'),
    file('charts/etcd/files/logo.png', new Uint8Array([0, 1])),
    file('charts/etcd/templates/link', '', { kind: 'link', content: undefined, target: '/etc/passwd' }),
    file('charts/etcd/huge', '', { bytes: 9e6, content: undefined }),
    file('charts/../environments/x'),
    file('charts/a\\b'),
    file('charts/a\nb'),
    file('charts/.git/config'),
  ]);
  t.deepEqual(
    charts.map(({ path }) => path),
    ['charts/etcd/Chart.yaml', 'charts/etcd/files/logo.png'],
  );
  t.deepEqual(
    problems.map(({ file: path, rule }) => [path, rule]),
    [
      ['charts/etcd/templates/link', 'plain-file'],
      ['charts/etcd/huge', 'plain-file'],
      ['charts/../environments/x', 'plain-file'],
      ['charts/a\\b', 'plain-file'],
      ['charts/a\nb', 'plain-file'],
      ['charts/.git/config', 'plain-file'],
    ],
  );
});

test('a template that asks the cluster is refused at the line, and files that are no templates may say what they like', t => {
  const text = 'a: 1\n{{ if .Release.IsUpgrade }}b: 2{{ end }}\n';
  const { charts, problems } = readCharts([
    file('charts/etcd/templates/x.yaml', text),
    file('charts/etcd/files/x.yaml', text),
  ]);
  t.deepEqual(
    charts.map(({ path }) => path),
    ['charts/etcd/files/x.yaml'],
  );
  t.deepEqual(problems, [
    {
      rule: 'chart-steady',
      level: 'error',
      file: 'charts/etcd/templates/x.yaml',
      line: 2,
      column: 1,
      message:
        "The template asks .Release; expected values and the release's name alone, so that it renders in the cluster as it does here. Make it a value.",
    },
  ]);
});

const part = test.macro<[string, string, string | undefined, string | undefined]>({
  exec: (t, _title, path, content, expected) => {
    const { charts, problems } = readCharts([file('charts/etcd/values.yaml'), file(path, content)]);
    t.deepEqual(
      problems.map(({ file: where, line, rule, message }) => `${where}:${line} ${rule}: ${message}`),
      expected === undefined
        ? []
        : [
            `${path}:${expected}; expected a chart of templates and files of its own, all of which the diff shows. Remove it.`,
          ],
    );
    t.is(charts.length, expected === undefined ? 2 : 1);
  },
  title: (_provided, title) => title ?? '',
});

test(
  part,
  'what Helm would install unseen is refused',
  'charts/etcd/crds/x.yaml',
  'a: 1\n',
  '1 chart-parts: The folder crds/ is installed without being rendered',
);
test(
  part,
  'a chart inside a chart is refused',
  'charts/etcd/charts/x.tgz',
  '',
  '1 chart-parts: The folder charts/ holds another chart',
);
test(
  part,
  'a chart that names others is refused at the line',
  'charts/etcd/Chart.yaml',
  'name: etcd\n"Dependencies" : []\n',
  '2 chart-parts: dependencies names other charts to install',
);
test(
  part,
  'the old file that names other charts is refused',
  'charts/etcd/requirements.yaml',
  'a: 1\n',
  '1 chart-parts: The file names other charts to install',
);
test(
  part,
  'a chart may say that it has none',
  'charts/etcd/Chart.yaml',
  'name: etcd\n# No dependencies: none is needed.\n',
  undefined,
);
test(part, 'a template may be called as it likes', 'charts/etcd/templates/crds/charts/x.yaml', 'a: 1\n', undefined);

test('what differs is found by content, and what could not be read counts as different', t => {
  const huge = file('charts/huge', '', { bytes: 9e6, content: undefined });
  const base = [file('charts/a'), file('environments/x/b', '1'), file('environments/x/gone'), huge];
  const changes = compareFiles(base, [
    file('charts/a'),
    file('environments/x/b', '2'),
    file('core/environment/c'),
    huge,
  ]);
  t.deepEqual(changes, {
    paths: ['charts/huge', 'core/environment/c', 'environments/x/b', 'environments/x/gone'],
    charts: true,
    code: true,
  });
  t.deepEqual(compareFiles(base, base).paths, ['charts/huge']);
});

test('an environment is touched by its own files, by charts and by the code that computes releases', t => {
  const isIn = { base: true, head: true };
  const own = { paths: ['environments/testnet/environment.yaml'], charts: false, code: false };
  t.is(changeOf('testnet', isIn, own), 'changed');
  t.is(changeOf('test', isIn, own), 'untouched');
  t.is(changeOf('test', isIn, { ...own, charts: true }), 'changed');
  t.is(changeOf('test', isIn, { ...own, code: true }), 'changed');
  t.is(changeOf('testnet', { base: false, head: true }, own), 'added');
  t.is(changeOf('testnet', { base: true, head: false }, own), 'removed');
  t.is(changeOf('testnet', isIn, undefined), 'untouched');
});

test('a new environment of the same producer in the same place continues the one that is gone', t => {
  const gone = { ...environment, name: 'old' };
  t.is(renamedFrom(environment, [gone]), 'old');
  t.is(renamedFrom({ ...environment, namespace: 'elsewhere' }, [gone]), undefined);
  t.is(renamedFrom({ ...environment, chain: { ...environment.chain, producer: 'other' } }, [gone]), undefined);
});
