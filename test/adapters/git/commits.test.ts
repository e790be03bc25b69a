import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { commitsSince, findCommit, isRepository, mergeBase, requireCommit, usualBase } from '#adapters/git/commits.ts';
import { createRepository } from './repository.ts';

test('the commit at which two branches parted is found, and how far the base has gone since', async t => {
  const { folder, git, commit } = createRepository(t);
  const parted = commit({ a: '1' });
  git('switch', '--quiet', '--create', 'change');
  const head = commit({ b: '1' });
  git('switch', '--quiet', 'main');
  commit({ 'environments/x': '1' });
  const base = commit({ c: '1' });
  t.is(await mergeBase(folder, base, head), parted);
  t.is(await commitsSince(folder, parted, base, ['environments', 'charts']), 1);
  t.is(await usualBase(folder), 'main');
});

test('a clone that is cut off before that says which depth is needed', async t => {
  const { folder, git, commit } = createRepository(t);
  commit({ a: '1' });
  git('switch', '--quiet', '--create', 'change');
  commit({ b: '1' });
  const head = commit({ b: '2' });
  git('switch', '--quiet', 'main');
  const base = commit({ c: '1' });
  const clone = mkdtempSync(join(tmpdir(), 'active-eos-shallow-'));
  t.teardown(() => rmSync(clone, { recursive: true, force: true }));
  execFileSync('git', ['clone', '--quiet', '--depth=1', '--no-single-branch', `file://${folder}`, clone]);
  await t.throwsAsync(mergeBase(clone, base, head), {
    code: 'shallow',
    message: /cut off after 1 commits\. Check out with fetch-depth: 0/,
  } as object);
  await t.throwsAsync(requireCommit(clone, `${head}~1`), {
    code: 'not-found',
    message: /The clone is shallow: check out with fetch-depth: 0/,
  } as object);
});

test('histories without a common commit, unknown revisions and revisions that look like options are told', async t => {
  const { folder, git, commit } = createRepository(t);
  const one = commit({ a: '1' });
  git('switch', '--quiet', '--orphan', 'other');
  const other = commit({ b: '1' });
  await t.throwsAsync(mergeBase(folder, one, other), { message: /have no commit in common/ });
  await t.throwsAsync(requireCommit(folder, 'absent'), { message: /no commit "absent" in this clone\. Fetch it/ });
  t.is(await findCommit(folder, '--output=/tmp/written'), undefined);
  t.true(await isRepository(folder));
  t.false(await isRepository(tmpdir()));
});
