import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';

const repository = resolve(import.meta.dirname, '../..');

test('a benchmark that there is not is refused by name, with those that there are', async t => {
  const run = promisify(execFile)(process.execPath, [join(repository, 'bench/main.ts'), 'speed'], { cwd: repository });
  const error = await t.throwsAsync<Error & { code: number; stderr: string }>(run);
  t.is(error?.code, 2);
  t.regex(
    error?.stderr ?? '',
    /there is no benchmark speed; expected one of signing, signing-ahead, first-signature, idle, hedge, validate/,
  );
});
