import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { runAction } from './run-action.ts';

/** A checkout with two environments and a push that changes the files given. */
function push(...files: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'active-eos-push-'));
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, ...identity, ...args])
      .toString()
      .trim();
  const commit = (paths: string[], text: string) => {
    for (const path of paths) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    git('add', '.');
    git('commit', '-qm', text);
    return git('rev-parse', 'HEAD');
  };
  git('init', '-q');
  const before = commit(['environments/mainnet/environment.yaml', 'environments/testnet/environment.yaml'], 'first');
  const after = commit(files, 'second');
  const eventFile = join(mkdtempSync(join(tmpdir(), 'active-eos-event-')), 'event.json');
  writeFileSync(eventFile, JSON.stringify({ before, after }));
  return { folder, eventFile };
}

const changed = test.macro<[string, string[], Record<string, string>, string]>({
  async exec(t, _title, files, inputs, expected) {
    const { folder, eventFile } = push(...files);
    const run = await runAction(
      'changed-environments',
      { 'working-directory': folder, ...inputs },
      { GITHUB_EVENT_PATH: eventFile },
    );
    t.is(run.exitCode, 0, run.stdout);
    t.is(run.outputs.environments, expected);
  },
  title: (_provided, title) => title ?? '',
});

test(changed, 'a push to one environment lists that one', ['environments/testnet/environment.yaml'], {}, '["testnet"]');
test(
  changed,
  'a push to a chart lists all that are rolled out',
  ['charts/etcd/Chart.yaml'],
  { only: 'mainnet, testnet' },
  '["mainnet","testnet"]',
);
test(changed, 'a push to neither lists none', ['README.md'], { only: 'mainnet' }, '[]');
test(changed, 'a manual run names its environment', ['README.md'], { environment: 'mainnet' }, '["mainnet"]');

test('a manual run for an environment that does not exist is refused', async t => {
  const { folder } = push('README.md');
  const run = await runAction('changed-environments', { 'working-directory': folder, environment: 'mainet' });
  t.is(run.exitCode, 1);
  t.regex(run.stdout, /environment is mainet; expected one of mainnet, testnet/);
});

test('without a checkout it says so', async t => {
  const run = await runAction('changed-environments', { 'working-directory': tmpdir() });
  t.is(run.exitCode, 1);
  t.regex(run.stdout, /has no folder environments\. Check the repository out first/);
});
