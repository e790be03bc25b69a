import test from 'ava';
import { moment, plain, renderTable } from '#cli/terminal.ts';
import { activeEos } from './run-cli.ts';

test('help lists every command and the exit codes', async t => {
  const { exitCode, stdout } = await activeEos('--help');
  t.is(exitCode, 0);
  const commands = [
    'install',
    'rollout',
    'status',
    'history',
    'handover',
    'failover',
    'drain',
    'undrain',
    'maintenance',
  ];
  for (const word of [...commands, 'reset-claim']) t.true(stdout.includes(`  active-eos ${word} ENVIRONMENT`), word);
  t.true(stdout.includes('Exit codes: 0'));
});

const wrong = test.macro<[string, string[], number, RegExp]>({
  async exec(t, _title, args, code, message) {
    const { exitCode, stdout, stderr } = await activeEos(...args);
    t.is(exitCode, code);
    t.regex(stderr || stdout, message);
  },
  title: (_provided, title) => title ?? '',
});

test(wrong, 'no command is wrong usage', [], 2, /active-eos install ENVIRONMENT/);
test(wrong, 'an unknown command is wrong usage', ['destroy', 'x'], 2, /no command "destroy"; expected one of install/);
test(wrong, 'an unknown option is wrong usage', ['status', 'x', '--force'], 2, /--force/);
test(wrong, 'a missing environment is wrong usage', ['status'], 2, /expected ENVIRONMENT; found none/);
test(wrong, 'a moment that is none is wrong usage', ['handover', 'x', '--moment', 'later'], 2, /expected gap or now/);
test(wrong, 'two environments are wrong usage', ['status', 'x', 'y'], 2, /expected ENVIRONMENT; found x y/);
test(wrong, 'a drain of nothing is wrong usage', ['drain', 'x'], 2, /expected ENVIRONMENT NODE; found x/);
test(wrong, 'maintenance is on or off', ['maintenance', 'x', 'maybe'], 2, /expected on or off; found maybe/);
test(wrong, 'maintenance off needs no reason', ['maintenance', 'x', 'off', '--why', 'y'], 2, /--why goes with on/);
test(wrong, 'yes and dry run exclude each other', ['failover', 'x', '--yes', '--dry-run'], 2, /exclude each other/);
test(
  wrong,
  'no number is no limit',
  ['history', 'x', '--limit', 'all'],
  2,
  /--limit is "all"; expected a whole number/,
);
test(
  wrong,
  'a pod has one environment',
  ['status', 'x', '--monitor-config', 'f'],
  2,
  /no environment beside --monitor-config/,
);
test(wrong, 'a file that is not there', ['status', '--monitor-config', '/nowhere'], 1, /\/nowhere is no configuration/);
test(wrong, 'an environment that does not exist is a failure', ['status', 'nowhere'], 1, /There is no .*nowhere/);

test('text of others cannot move the cursor', t => {
  t.is(plain('a\u001b[2Jb\nc\u009bd'), 'a [2Jb\nc d');
});

test('a table is as wide as its widest cells', t => {
  t.is(renderTable(['a', 'bb'], [['long', 'x']]), 'a     bb\nlong  x');
});

test('a time is told to the second, and none as a question', t => {
  t.is(moment('2026-01-01T12:00:00.750Z'), '2026-01-01 12:00:00Z');
  t.is(moment(''), '?');
});
