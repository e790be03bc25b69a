import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ensureTools } from '#tools/install.ts';
import { repository } from './render.ts';

const chart = join(repository, 'charts/block-producer/files');

/** Behaves as nodeos does with its data folder: dirty while it runs and after a kill, exit code 2 when it finds that; TERM closes it. */
const nodeos = `
echo "started \${*#--other}" >>"$LOG"
state=$DATA_FOLDER/state/shared_memory.bin
[ "$(cat "$state" 2>/dev/null)" != dirty ] || exit 2
mkdir -p "$DATA_FOLDER/state"; echo dirty >"$state"
[ ! -e "$DATA_FOLDER/broken" ] || exit 254
trap 'sleep 0.2; echo clean >"$state"; echo closed >>"$LOG"; exit 0' TERM
echo ready
while :; do sleep 0.05; done`;

async function setUp(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'start-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['data/snapshots', 'data/finalizers', 'config', 'run'])
    await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'config/config.ini'), 'producer-name = x\n');
  await writeFile(join(folder, 'nodeos.sh'), nodeos);
  await writeFile(join(folder, 'data/finalizers/safety.dat'), 'votes');
  const env = {
    PATH: process.env.PATH ?? '',
    LOG: join(folder, 'log'),
    DATA_FOLDER: join(folder, 'data'),
    CONFIG_FOLDER: join(folder, 'config'),
    RUN_FOLDER: join(folder, 'run'),
  };
  const start = (shell: string[]): ChildProcess => {
    const [command, ...args] = [...shell, join(chart, 'start.sh'), 'sh', join(folder, 'nodeos.sh')];
    const child = spawn(command ?? 'sh', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    t.teardown(() => child.kill('SIGKILL'));
    return child;
  };
  const log = async () =>
    (await readFile(env.LOG, 'utf8'))
      .trim()
      .split('\n')
      .map(line => line.trim());
  return { folder, start, log };
}

async function untilReady(child: ChildProcess): Promise<void> {
  const { stdout } = child;
  if (!stdout) throw new Error('The child has no output');
  for await (const chunk of stdout) if (String(chunk).includes('ready')) return;
  throw new Error('The child ended before it was ready');
}

async function makeDirty(folder: string): Promise<void> {
  await mkdir(join(folder, 'data/state'), { recursive: true });
  await writeFile(join(folder, 'data/state/shared_memory.bin'), 'dirty');
}

/** The shells of the usual base images: Debian's, and busybox in small ones. */
async function shells(): Promise<string[][]> {
  const tools = await ensureTools(['busybox'], { report: () => {} });
  return [['sh'], [tools.path('busybox'), 'sh']];
}

test('a TERM reaches nodeos, and its exit code comes back after it has closed', async t => {
  for (const shell of await shells()) {
    const { start, log } = await setUp(t);
    const child = start(shell);
    await untilReady(child);
    child.kill('SIGTERM');
    t.deepEqual(await once(child, 'exit'), [0, null]);
    t.deepEqual(await log(), ['started', 'closed']);
  }
});

test('a dirty state is dropped and nodeos started once more; votes and blocks stay', async t => {
  for (const shell of await shells()) {
    const { folder, start, log } = await setUp(t);
    await makeDirty(folder);
    const child = start(shell);
    await untilReady(child);
    child.kill('SIGTERM');
    t.deepEqual(await once(child, 'exit'), [0, null]);
    t.deepEqual(await log(), ['started', 'started', 'closed']);
    t.is(await readFile(join(folder, 'data/finalizers/safety.dat'), 'utf8'), 'votes');
  }
});

test('after a dirty state the newest snapshot is used, and with a state none is', async t => {
  const { folder, start, log } = await setUp(t);
  await makeDirty(folder);
  for (const [name, at] of [
    ['old.bin', 1000],
    ['new.bin', 2000],
    ['middle.bin', 1500],
  ] as const) {
    await writeFile(join(folder, 'data/snapshots', name), '');
    await utimes(join(folder, 'data/snapshots', name), at, at);
  }
  const child = start(['sh']);
  await untilReady(child);
  child.kill('SIGTERM');
  await once(child, 'exit');
  t.deepEqual(await log(), ['started', `started --snapshot=${folder}/data/snapshots/new.bin`, 'closed']);
});

test('any other exit code is passed on, and nothing is dropped', async t => {
  const { folder, start, log } = await setUp(t);
  await writeFile(join(folder, 'data/broken'), '');
  t.deepEqual(await once(start(['sh']), 'exit'), [254, null]);
  t.deepEqual(await log(), ['started']);
  t.deepEqual(await readdir(join(folder, 'data/state')), ['shared_memory.bin']);
});

test("a finalizer's lines are added to the configuration in memory", async t => {
  const { folder, start } = await setUp(t);
  await mkdir(join(folder, 'config/finalizer'));
  await writeFile(join(folder, 'config/finalizer/finalizer.ini'), 'signature-provider = bls\n');
  const child = start(['sh']);
  await untilReady(child);
  t.is(await readFile(join(folder, 'run/config.ini'), 'utf8'), 'producer-name = x\nsignature-provider = bls\n');
  child.kill('SIGTERM');
  await once(child, 'exit');
});

/** Runs fetch-snapshot.sh with a curl that copies; resolves to its exit code and what lies on the volume afterwards. */
async function fetchSnapshot(
  t: ExecutionContext,
  sha256: string,
  prepare: (data: string) => Promise<void> = async () => {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'fetch-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const data = join(folder, 'data');
  await mkdir(data);
  await prepare(data);
  const curl = '#!/bin/sh\nwhile [ "$1" != --output ]; do shift; done\nprintf snapshot >"$2"\n';
  await writeFile(join(folder, 'curl'), curl, { mode: 0o755 });
  const env = {
    PATH: `${folder}:${process.env.PATH}`,
    DATA_FOLDER: data,
    SNAPSHOT_URL: 'https://example.org/x.bin',
    SNAPSHOT_SHA256: sha256,
  };
  const child = spawn('sh', [join(chart, 'fetch-snapshot.sh')], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (told += chunk));
  const [code] = (await once(child, 'close')) as [number];
  const files = (await readdir(data, { recursive: true })).filter(
    name => name.endsWith('.bin') || name.endsWith('.part'),
  );
  return { code, told, files };
}

const digest = '16fefd2d8a7e2ec5d0c1c7a3b8a0f06be61a4a8b1f3e4a5b4d9c1f0e3d2c1b0a';

test('a snapshot with another digest is thrown away', async t => {
  const { code, told, files } = await fetchSnapshot(t, digest);
  t.is(code, 1);
  t.regex(told, /has the digest [0-9a-f]{64}; expected 16fefd2d/);
  t.deepEqual(files, []);
});

test('a snapshot with the right digest is kept', async t => {
  const { createHash } = await import('node:crypto');
  const { code, files } = await fetchSnapshot(t, createHash('sha256').update('snapshot').digest('hex'));
  t.is(code, 0);
  t.deepEqual(files, ['snapshots/fetched.bin']);
});

test('nothing is fetched where a state or a snapshot exists', async t => {
  for (const existing of ['state/shared_memory.bin', 'snapshots/older.bin']) {
    const { code, files } = await fetchSnapshot(t, digest, async data => {
      await mkdir(join(data, existing, '..'), { recursive: true });
      await writeFile(join(data, existing), '');
    });
    t.is(code, 0);
    t.deepEqual(files, [existing]);
  }
});
