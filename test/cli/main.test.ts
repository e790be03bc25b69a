import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import test from 'ava';
import { plain, renderTable } from '#cli/terminal.ts';

const repository = resolve(import.meta.dirname, '../..');

async function activeEos(...args: string[]) {
  const child = spawn(process.execPath, [join(repository, 'cli/main.ts'), ...args], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, ...text };
}

test('help lists every command and the exit codes', async t => {
  const { exitCode, stdout } = await activeEos('--help');
  t.is(exitCode, 0);
  for (const word of ['install', 'status', 'rollout', 'handover', 'Exit codes']) t.true(stdout.includes(word), word);
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
test(wrong, 'an environment that does not exist is a failure', ['status', 'nowhere'], 1, /There is no .*nowhere/);

test('text of others cannot move the cursor', t => {
  t.is(plain('a\u001b[2Jb\nc\u009bd'), 'a [2Jb\nc d');
});

test('a table is as wide as its widest cells', t => {
  t.is(renderTable(['a', 'bb'], [['long', 'x']]), 'a     bb\nlong  x');
});
