import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readCommit, readWorkingTree } from '#adapters/git/revision.ts';
import { createRepository } from './repository.ts';

const folders = ['environments', 'charts'];

test('a commit and the working tree at it are read alike, whatever the names and bytes', async t => {
  const { folder, commit } = createRepository(t);
  const name = 'environments/a/é "x"\n::error::<b>.yaml';
  const id = commit({
    [name]: 'a: 1\r\n',
    'charts/c/binary': Buffer.from([0, 255, 10, 0]),
    'charts/c/empty': '',
    'other/left': 'out',
  });
  const files = await readCommit(folder, id, folders);
  t.deepEqual(
    files.map(({ path, kind, bytes }) => [path, kind, bytes]),
    [
      ['charts/c/binary', 'file', 4],
      ['charts/c/empty', 'file', 0],
      [name, 'file', 6],
    ],
  );
  t.deepEqual(Buffer.from(files[0]?.content ?? []), Buffer.from([0, 255, 10, 0]));
  t.deepEqual(await readWorkingTree(folder, folders), files);
});

test('links are told and never followed, neither to files nor to folders', async t => {
  const { folder, git, commit } = createRepository(t);
  commit({ 'environments/a/environment.yaml': 'a' });
  symlinkSync('/etc/passwd', join(folder, 'environments/a/secret.yaml'));
  symlinkSync('/etc', join(folder, 'charts'));
  git('add', '--all');
  const id = commit();
  for (const files of [await readCommit(folder, id, folders), await readWorkingTree(folder, folders)]) {
    t.deepEqual(
      files.map(({ path, kind, content, target }) => ({ path, kind, isRead: content !== undefined, target })),
      [
        { path: 'charts', kind: 'link', isRead: false, target: '/etc' },
        { path: 'environments/a/environment.yaml', kind: 'file', isRead: true, target: undefined },
        { path: 'environments/a/secret.yaml', kind: 'link', isRead: false, target: '/etc/passwd' },
      ],
    );
  }
});

test('a submodule, a repository within the repository and a pipe are told as what they are', async t => {
  const { folder, git, commit } = createRepository(t);
  commit({ 'environments/a/environment.yaml': 'a' });
  git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},charts/foreign`);
  git('commit', '--quiet', '--message', 'submodule');
  const committed = await readCommit(folder, git('rev-parse', 'HEAD'), folders);
  t.like(committed[0], { path: 'charts/foreign', kind: 'submodule', content: undefined });
  mkdirSync(join(folder, 'charts/inner/.git'), { recursive: true });
  execFileSync('mkfifo', [join(folder, 'charts/pipe')]);
  const found = await readWorkingTree(folder, folders);
  t.deepEqual(
    found.map(({ path, kind }) => [path, kind]),
    [
      ['charts/inner', 'submodule'],
      ['charts/pipe', 'special'],
      ['environments/a/environment.yaml', 'file'],
    ],
  );
});

test('what is too large is listed with its size and not read; too many files are refused', async t => {
  const { folder, commit } = createRepository(t);
  const id = commit({ 'charts/huge': 'x'.repeat(2000), 'charts/small': 'x' });
  const limits = { files: 10, fileBytes: 1000, bytes: 5000 };
  for (const files of [await readCommit(folder, id, folders, limits), await readWorkingTree(folder, folders, limits)]) {
    t.deepEqual(
      files.map(({ bytes, content }) => [bytes, content === undefined]),
      [
        [2000, true],
        [1, false],
      ],
    );
  }
  const refused = { code: 'too-large', message: /2 files with 0\.0 MiB .* expected at most 1 files/ };
  await t.throwsAsync(readCommit(folder, id, folders, { ...limits, files: 1 }), refused as object);
  await t.throwsAsync(readWorkingTree(folder, folders, { ...limits, files: 1 }), refused as object);
});

test('no filter, hook or watcher of the repository runs when it is read', async t => {
  const { folder, git, commit } = createRepository(t);
  const trap = join(folder, 'trapped');
  const script = join(folder, 'trap.sh');
  writeFileSync(script, `#!/bin/sh\ntouch ${trap}\ncat\n`, { mode: 0o755 });
  const id = commit({ '.gitattributes': '* filter=evil diff=evil\n', 'environments/a/environment.yaml': 'a\n' });
  git('config', 'filter.evil.smudge', script);
  git('config', 'filter.evil.clean', script);
  git('config', 'diff.evil.textconv', script);
  git('config', 'core.fsmonitor', script);
  writeFileSync(join(folder, '.git/hooks/post-checkout'), `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 });
  writeFileSync(join(folder, 'environments/a/environment.yaml'), 'b\n');
  await readCommit(folder, id, folders);
  await readWorkingTree(folder, folders);
  t.throws(() => execFileSync('test', ['-e', trap]));
});

test('what git ignores is left out of the working tree, and a folder outside git is read whole', async t => {
  const { folder, commit, write, git } = createRepository(t);
  commit({ '.gitignore': 'kubeconfig\n', 'environments/a/environment.yaml': 'a' });
  write({ 'environments/a/kubeconfig': 'secret', 'environments/a/new.yaml': 'n' });
  const paths = async () => (await readWorkingTree(folder, folders)).map(({ path }) => path);
  t.deepEqual(await paths(), ['environments/a/environment.yaml', 'environments/a/new.yaml']);
  execFileSync('rm', ['-rf', join(folder, '.git')]);
  t.throws(() => git('status'));
  t.is((await paths()).length, 3);
});

test('a git that was started by a hook does not mislead the one we start', async t => {
  const { folder, commit } = createRepository(t);
  const id = commit({ 'environments/a/environment.yaml': 'a' });
  process.env.GIT_DIR = '/nowhere';
  process.env.GIT_INDEX_FILE = '/nowhere/index';
  t.teardown(() => {
    delete process.env.GIT_DIR;
    delete process.env.GIT_INDEX_FILE;
  });
  t.is((await readCommit(folder, id, folders)).length, 1);
});
