import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { startGitHub } from '#rehearsal/github/github.ts';
import { mergePullRequest, openPullRequest, readPullRequest } from '#rehearsal/github/operator.ts';
import { createScratchRepository } from '#rehearsal/github/scratch-repository.ts';

const repository = 'acme/fleet';
let folder = '';
let source = '';

test.before('a source with tracked and other files', async () => {
  folder = await mkdtemp(join(tmpdir(), 'scratch-'));
  source = join(folder, 'source');
  await mkdir(join(source, 'charts/one'), { recursive: true });
  await writeFile(join(source, 'charts/one/run.sh'), 'true\n');
  await chmod(join(source, 'charts/one/run.sh'), 0o755);
  await writeFile(join(source, 'charts/one/gone.txt'), 'x');
  await symlink('run.sh', join(source, 'charts/one/link'));
  await writeFile(join(source, 'package.json'), '{}\n');
  await writeFile(join(source, 'other.txt'), 'x');
  execFileSync('git', ['init', '--quiet'], { cwd: source });
  execFileSync('git', ['add', '--all'], { cwd: source });
  await writeFile(join(source, 'charts/one/untracked.txt'), 'x');
  await writeFile(join(source, 'package.json'), '{"changed": true}\n');
  await rm(join(source, 'charts/one/gone.txt'));
});

test.after.always('the scratch folder goes', () => rm(folder, { recursive: true, force: true }));

test('tracked files come over as they are now, and nothing else does', async t => {
  const scratch = await create('files');
  const checkout = await scratch.checkout(await scratch.main());
  const files = execFileSync('git', ['ls-files'], { cwd: checkout, encoding: 'utf8' }).trim().split('\n');
  t.deepEqual(files, ['charts/one/link', 'charts/one/run.sh', 'key.txt', 'package.json']);
  t.is(await readFile(join(checkout, 'package.json'), 'utf8'), '{"changed": true}\n');
  t.truthy((await stat(join(checkout, 'charts/one/run.sh'))).mode & 0o100);
  t.is(await readFile(join(checkout, 'charts/one/link'), 'utf8'), 'true\n');
});

test('a checkout names the repository as GitHub does, so that a runner can tell which one it is', async t => {
  const scratch = await create('origin');
  const checkout = await scratch.checkout(await scratch.main());
  const origin = execFileSync('git', ['remote', 'get-url', 'origin'], { cwd: checkout, encoding: 'utf8' });
  t.is(origin.trim(), 'https://github.com/acme/fleet.git');
  const left = await readdir(join(folder, 'origin'));
  t.deepEqual(
    left.filter(name => name.startsWith('tree-')),
    [],
  );
});

test('an operator opens a pull request and merges it, and a checkout of main has the change', async t => {
  const scratch = await create('merge');
  const github = await startGitHub({ repositoryFolder: scratch.folder, repository });
  t.teardown(() => github.close());
  const before = await scratch.main();
  await scratch.pushBranch('raise', 'Raise the image', tree =>
    writeFile(join(tree, 'package.json'), '{"raised": 1}\n'),
  );
  const number = await openPullRequest(github, repository, { title: 'Raise', body: 'Why.', branch: 'raise' });
  t.is(await scratch.main(), before);
  const { merge_commit_sha: trial, base, head } = await readPullRequest(github, repository, number);
  const merged = await scratch.checkout(trial ?? '');
  t.is(await readFile(join(merged, 'package.json'), 'utf8'), '{"raised": 1}\n', 'a workflow on it sees the merge');
  const parents = execFileSync('git', ['log', '-1', '--format=%P'], { cwd: merged, encoding: 'utf8' });
  t.is(parents.trim(), `${base.sha} ${head.sha}`);
  const sha = await mergePullRequest(github, repository, number);
  t.is(await scratch.main(), sha);
  t.like(github.pulls()[0], { author: 'operator', state: 'closed', pull: { merge: { sha, by: 'operator' } } });
  t.is(await readFile(join(await scratch.checkout(sha), 'package.json'), 'utf8'), '{"raised": 1}\n');
  await t.throwsAsync(mergePullRequest(github, repository, number), { code: 'refused', message: /not mergeable/ });
});

test('a source that tracks nothing of what is asked for is an error that says so', async t => {
  const asked = { sourceFolder: source, paths: ['absent'], folder: join(folder, 'nothing'), repository };
  await t.throwsAsync(createScratchRepository(asked), { message: /tracks no file below absent/ });
});

function create(name: string) {
  return createScratchRepository({
    sourceFolder: source,
    paths: ['charts', 'package.json'],
    folder: join(folder, name),
    repository,
    prepare: tree => writeFile(join(tree, 'key.txt'), 'generated'),
  });
}
