import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { changedFiles } from '#adapters/git/changed-files.ts';

const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];

function repository() {
  const folder = mkdtempSync(join(tmpdir(), 'active-eos-git-'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, ...identity, ...args])
      .toString()
      .trim();
  git('init', '-q');
  mkdirSync(join(folder, 'environments'));
  const commit = (file: string, text: string) => {
    writeFileSync(join(folder, file), text);
    git('add', '.');
    git('commit', '-qm', file);
    return git('rev-parse', 'HEAD');
  };
  return { folder, commit };
}

test('the files that differ between two commits, whatever their names', async t => {
  const { folder, commit } = repository();
  const before = commit('a', '1');
  commit('environments/é "x".yaml', '2');
  const after = commit('a', '3');
  t.deepEqual((await changedFiles(folder, before, after))?.toSorted(), ['a', 'environments/é "x".yaml']);
});

test('commits that git does not know, or that are none, give no answer', async t => {
  const { folder, commit } = repository();
  const head = commit('a', '1');
  t.is(await changedFiles(folder, '0'.repeat(40), head), undefined);
  t.is(await changedFiles(folder, '--output=/tmp/x', head), undefined);
});
