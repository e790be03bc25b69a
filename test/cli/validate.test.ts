import test from 'ava';
import type { Verdict } from '#core/validation/verdict.ts';
import { helmBinary } from '../charts/render.ts';
import { createFleetRepository, file } from '../operations/fleet-repository.ts';
import { activeEos } from './run-cli.ts';

test('a change that is not committed is judged against main, with its plan and its diff; nothing is coloured in a pipe', async t => {
  const repository = createFleetRepository(t);
  repository.edit(file, 'rehearsal/nodeos:1', 'rehearsal/nodeos:2');
  const helm = await helmBinary();
  const { exitCode, stdout, stderr } = await activeEos('validate', '--directory', repository.folder, '--helm', helm);
  t.is(exitCode, 0, stderr);
  t.regex(stdout, /^✅ No problems.*testnet is rolled out in/);
  t.regex(stdout, /^10 +hand over aws-a → gcp-a/m);
  t.regex(stdout, /^- {3}rehearsal\/nodeos:1\n\+ {3}rehearsal\/nodeos:2$/m);
  t.false(stdout.includes('\u001b'));
});

test('without helm it is not fully checked, which is exit code 2 unless that was asked for', async t => {
  const repository = createFleetRepository(t);
  repository.edit(file, 'rehearsal/nodeos:1', 'rehearsal/nodeos:2');
  const args = ['validate', '--directory', repository.folder, '--helm', '/nowhere/helm'];
  const without = await activeEos(...args);
  t.is(without.exitCode, 2, without.stderr);
  t.regex(without.stdout, /^⚠ Not fully checked, since nothing was rendered/);
  t.is((await activeEos(...args, '--no-diff')).exitCode, 0);
});

test('problems are lines with file, line, column and rule, and exit code 1', async t => {
  const repository = createFleetRepository(t);
  repository.edit(file, 'soak: 5s', 'soak: soon');
  const line =
    repository
      .read(file)
      .split('\n')
      .findIndex(each => each.includes('soon')) + 1;
  const { exitCode, stdout } = await activeEos('validate', 'testnet', '--no-diff', '--directory', repository.folder);
  t.is(exitCode, 1);
  t.regex(stdout, /^⛔ 1 problem in testnet/);
  t.regex(stdout, new RegExp(`^${file}:${line}:9: error: .* \\[schema\\]$`, 'm'));
});

test('a machine is told the whole verdict', async t => {
  const repository = createFleetRepository(t);
  repository.edit(file, 'rehearsal/nodeos:1', 'rehearsal/nodeos:2');
  const { exitCode, stdout } = await activeEos(
    'validate',
    '--json',
    '--no-diff',
    '--base',
    'HEAD',
    '--directory',
    repository.folder,
  );
  t.is(exitCode, 0);
  const { environments } = JSON.parse(stdout) as Verdict;
  t.like(environments[0], { name: 'testnet', change: 'changed' });
  t.regex(environments[0]?.notes.join('') ?? '', /Helm was left out/);
});

test('what cannot be judged is exit code 2', async t => {
  const repository = createFleetRepository(t);
  const run = (...args: string[]) => activeEos('validate', '--no-diff', '--directory', repository.folder, ...args);
  for (const [args, message] of [
    [['--base', 'absent'], /no commit "absent" in this clone/],
    [['nowhere'], /there is no environment "nowhere"/],
    [['a', 'b'], /expected one environment or none; found a b/],
    [['--kubeconfig', 'x'], /--kubeconfig/],
  ] as const) {
    const { exitCode, stderr } = await run(...args);
    t.is(exitCode, 2, stderr);
    t.regex(stderr, message);
  }
});
