// Files as nobody should write them: a clear answer each, at the file.

import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { createRepository } from '../adapters/git/repository.ts';
import { type FleetRepository, file, fleet, judge, of, told } from './fleet-repository.ts';

const damage = test.macro<[string, (repository: FleetRepository) => void, string[]]>({
  async exec(t, _title, break_, expected) {
    const repository = fleet(t);
    break_(repository);
    const committed = await judge(repository, { head: repository.commit() });
    for (const verdict of [committed, await judge(repository)]) {
      const found = [...told(verdict), ...verdict.environments.flatMap(told)].filter(each => !each.endsWith(' schema'));
      t.deepEqual(found, expected);
      t.is(of(verdict, 'testnet').diffs, undefined);
    }
  },
  title: (_provided, title) => title ?? '',
});

test(
  damage,
  'a values file that links out of the repository is refused',
  ({ folder }) => {
    rmSync(join(folder, 'environments/testnet/values/aws.yaml'));
    symlinkSync('/etc/hostname', join(folder, 'environments/testnet/values/aws.yaml'));
  },
  ['environments/testnet/values/aws.yaml:1:1 plain-file'],
);
test(
  damage,
  'a chart with a link out of the repository is refused, and not rendered',
  ({ folder }) => symlinkSync('/etc/passwd', join(folder, 'charts/etcd/templates/passwd.yaml')),
  ['charts/etcd/templates/passwd.yaml:1:1 plain-file'],
);
test(
  damage,
  'a merge conflict is told at its first line',
  ({ edit }) => edit(file, 'images:', '<<<<<<< ours\nimages:\n=======\nimages:\n>>>>>>> theirs'),
  ['environments/testnet/environment.yaml:12:1 merge-conflict'],
);
test(
  damage,
  'a byte that is no UTF-8 is told where it is',
  repository => {
    const text = Buffer.from(repository.read(file));
    repository.write({ [file]: Buffer.concat([Buffer.from('# é\n# '), Buffer.from([0xff]), Buffer.from('\n'), text]) });
  },
  ['environments/testnet/environment.yaml:2:3 text-file'],
);
test(
  damage,
  'a binary file is told as what it is',
  ({ write }) => write({ [file]: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]) }),
  ['environments/testnet/environment.yaml:1:5 text-file'],
);
test(
  damage,
  'a file larger than anybody writes is not read',
  ({ write }) => write({ [file]: `# ${'x'.repeat(2 * 1024 * 1024)}` }),
  ['environments/testnet/environment.yaml:1:1 plain-file'],
);
test(
  damage,
  'a folder without environment.yaml says so',
  ({ git }) => git('mv', file, 'environments/testnet/environment.yml'),
  ['environments/testnet/environment.yaml:1:1 environment-folder'],
);
test(
  damage,
  'a values file that nobody reads is told',
  ({ git }) => git('mv', 'environments/testnet/values/aws.yaml', 'environments/testnet/values/aws.yml'),
  ['environments/testnet/values/aws.yml:1:1 values-file'],
);
test(
  damage,
  'a name with a newline and a workflow command in it stays a name',
  ({ write }) => write({ 'environments/testnet/values/a\n::error::x.yaml/b': 'c' }),
  ['environments/testnet/values/a\n::error::x.yaml/b:1:1 values-file'],
);

test('line ends of Windows and a byte order mark change neither the verdict nor the lines', async t => {
  const repository = fleet(t);
  const text = repository.read(file).replace('rehearsal/nodeos:1', 'NO IMAGE');
  const line = text.split('\n').findIndex(each => each.includes('NO IMAGE')) + 1;
  repository.write({ [file]: `\ufeff${text.replaceAll('\n', '\r\n')}` });
  t.deepEqual(
    of(await judge(repository), 'testnet').problems.map(each => each.line),
    [line],
  );
});

test('aliases that would grow without end are not followed', async t => {
  const repository = fleet(t);
  const bomb = [
    'a: &a [x, x]',
    ...['b', 'c', 'd'].map((name, index) => `${name}: &${name} [*${'abc'[index]}, *${'abc'[index]}]`),
  ];
  repository.write({ [file]: `${bomb.join('\n')}\n` });
  t.regex(of(await judge(repository), 'testnet').problems[0]?.message ?? '', /alias \*a is not followed/);
});

test('a folder without environments is no verdict but an error', async t => {
  const repository = createRepository(t);
  repository.commit({ a: 'b' });
  await t.throwsAsync(judge(repository), { message: /has no folder in environments\// });
});

test('a key in the name of a file or in a template is told, and shown nowhere', async t => {
  const key = '5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3';
  const repository = fleet(t);
  repository.write({ [`environments/testnet/values/${key}.yaml`]: 'etcd: {}\n' });
  repository.edit('charts/etcd/templates/service.yaml', 'metadata:', `# ${key}\nmetadata:`);
  const verdict = await judge(repository, { head: repository.commit() });
  t.is(verdict.problems.filter(({ rule }) => rule === 'secret-in-file').length, 2);
  t.false(JSON.stringify(verdict).includes(key));
});
