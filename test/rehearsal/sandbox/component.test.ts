import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Component, startComponent, untilReady } from '#rehearsal/sandbox/component.ts';
import { SandboxError } from '#rehearsal/sandbox/sandbox-error.ts';

function start(t: ExecutionContext, script: string): Component {
  const folder = mkdtempSync(join(tmpdir(), 'active-eos-component-'));
  const component = startComponent('sh', ['-c', script], { name: 'part', logFile: join(folder, 'logs/part.log') });
  t.teardown(() => {
    component.process.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  return component;
}

const never = async () => false;

test('a component that dies while others wait for it ends the wait with its last words', async t => {
  const component = start(t, 'echo starting; echo no such flag >&2; exit 3');
  const error = await t.throwsAsync(untilReady('The whole', never, [component], 60_000), { instanceOf: SandboxError });
  t.is(error?.message, `part ended with exit code 3. The last lines of ${component.logFile}:\nstarting\nno such flag`);
});

test('a component that never gets ready is told with its log, in time', async t => {
  const component = start(t, 'echo still thinking; exec sleep 60');
  const error = await t.throwsAsync(untilReady('The whole', never, [component], 300), { instanceOf: SandboxError });
  t.is(error?.message, 'The whole was not ready within 0.3 s.\npart:\nstill thinking');
});

test('a program that is not there is a death as well', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'active-eos-component-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const component = startComponent('/no/such/program', [], { name: 'part', logFile: join(folder, 'part.log') });
  const { exitCode, isExpected, lastLines } = await component.ended;
  t.deepEqual(
    { exitCode, isExpected, lastLines },
    { exitCode: null, isExpected: false, lastLines: 'spawn /no/such/program ENOENT' },
  );
});

test('one that is stopped gets the time to end by itself, and no more', async t => {
  const polite = start(t, 'trap "echo goodbye; exit 0" TERM; echo ready; while :; do sleep 0.05; done');
  await untilReady('part', async () => readFileSync(polite.logFile, 'utf8') === 'ready\n', [polite], 5_000);
  t.like(await polite.stop(5_000), { exitCode: 0, isExpected: true, lastLines: 'ready\ngoodbye' });
  const deaf = start(t, 'trap "" TERM; echo ready; while :; do sleep 0.05; done');
  await untilReady('part', async () => readFileSync(deaf.logFile, 'utf8') === 'ready\n', [deaf], 5_000);
  t.like(await deaf.stop(100), { signal: 'SIGKILL', isExpected: true });
});
