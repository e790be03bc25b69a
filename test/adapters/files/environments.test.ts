import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { listEnvironments, readEnvironmentFiles } from '#adapters/files/environments.ts';
import { assembleEnvironment } from '#core/environment/assemble.ts';
import { renderProblem } from '#core/environment/problem.ts';

const repository = join(import.meta.dirname, '../../..');

test('the environments of this repository are all right', async t => {
  const names = await listEnvironments(repository);
  t.true(names.includes('example') && names.includes('rehearsal'));
  for (const name of names) {
    const { problems } = assembleEnvironment(await readEnvironmentFiles(repository, name));
    t.deepEqual(problems.map(renderProblem), []);
  }
});

test('the files of an environment are read with paths as the checkout has them', async t => {
  const root = await mkdtemp(join(tmpdir(), 'environments-'));
  t.teardown(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'environments/testnet/values'), { recursive: true });
  await writeFile(join(root, 'environments/testnet/environment.yaml'), 'text');
  await writeFile(join(root, 'environments/testnet/values/aws.yaml'), 'more');
  await writeFile(join(root, 'environments/testnet/values/notes.txt'), 'none');
  t.deepEqual(await readEnvironmentFiles(root, 'testnet'), {
    file: 'environments/testnet/environment.yaml',
    text: 'text',
    values: [{ cluster: 'aws', file: 'environments/testnet/values/aws.yaml', text: 'more' }],
  });
});

test('an environment that does not exist is told', async t => {
  const error = await t.throwsAsync(readEnvironmentFiles(repository, 'nowhere'), { code: 'not-found' });
  t.regex(error?.message ?? '', /nowhere\/environment\.yaml/);
});

test('a name cannot lead out of the folder', async t => {
  await t.throwsAsync(readEnvironmentFiles(repository, '../../etc'), { code: 'not-found' });
});
