import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { withLock } from '#tools/lock.ts';

function lockFile(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'active-eos-lock-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return join(folder, 'lock');
}

test('the second waits, and says so, until the first is done', async t => {
  const file = lockFile(t);
  const order: string[] = [];
  const { promise: canEnd, resolve: end } = Promise.withResolvers<void>();
  const { promise: isIn, resolve: enter } = Promise.withResolvers<void>();
  const first = withLock(file, 10, t.fail, async () => {
    enter();
    await canEnd;
    order.push('first');
  });
  await isIn;
  await withLock(file, 10, end, async () => void order.push('second'));
  await first;
  t.deepEqual(order, ['first', 'second']);
});

test('whoever waits for too long is told who is in the way', async t => {
  const file = lockFile(t);
  await withLock(file, 1, t.fail, async () => {
    await t.throwsAsync(
      withLock(
        file,
        1,
        () => undefined,
        async () => t.fail(),
      ),
      {
        message: `${file} is held by another installation for more than 1 s. Let it finish or end it, then try again.`,
      },
    );
  });
});

test('a holder killed with -9 lets go', async t => {
  const file = lockFile(t);
  const program = `import {withLock} from '#tools/lock.ts'; await withLock(process.argv[1], 1, () => {}, () => new Promise(() => { process.send('held'); setInterval(() => {}, 1000); }));`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', program, file], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(holder, 'message');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  t.is(
    await withLock(
      file,
      10,
      () => undefined,
      async () => 'mine',
    ),
    'mine',
  );
});
