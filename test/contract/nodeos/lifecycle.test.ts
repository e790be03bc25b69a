// Holds nodeos to what was recorded of its starts and ends: exit codes, the dirty database, what cleans it.

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { freePort, type NodeosOptions, publicKey, scratchFolder, spawnNodeos, startNodeos } from './nodeos.ts';
import { patient, scratchSigner } from './signed-node.ts';

const dirty = 'database dirty flag set (likely due to unclean shutdown): replay required';

async function scratchNode(t: ExecutionContext): Promise<NodeosOptions & { signerUrl: string }> {
  const { folder, signer } = await scratchSigner(t);
  return { folder, signerUrl: signer.url, options: patient };
}

const endsCleanly = test.macro(async (t, signal: NodeJS.Signals) => {
  const given = await scratchNode(t);
  const first = await startNodeos(given);
  const last = (await first.producedAtLeast(2)).at(-1)?.num ?? 0;
  const startedMs = performance.now();
  t.is(await first.stop(signal), 0);
  t.true(performance.now() - startedMs < 2000);
  t.true(first.log.includes('nodeos successfully exiting'));
  const second = await startNodeos({ ...given, options: [...patient, '--pause-on-startup'] });
  t.true(Number((await second.value('/v1/chain/get_info')).head_block_num) >= last);
  t.is(await second.stop(), 0);
});

test('SIGTERM ends it with exit code 0, and the next start goes on at its head', endsCleanly, 'SIGTERM');
test('SIGINT ends it with exit code 0, and the next start goes on at its head', endsCleanly, 'SIGINT');

test('after a kill each start ends with exit code 2 until the state is removed, and then the chain goes on', async t => {
  const given = await scratchNode(t);
  const killed = await startNodeos(given);
  const last = (await killed.producedAtLeast(3)).at(-1)?.num ?? 0;
  await killed.stop('SIGKILL');
  const folders = ['--data-dir', join(given.folder, 'data'), '--config-dir', join(given.folder, 'config')];
  for (const attempt of ['first', 'second']) {
    const refused = spawnNodeos(['-e', '-p', 'eosio', ...folders]);
    t.is(await refused.ended(), 2, attempt);
    t.true(refused.log.includes(dirty), refused.log);
    t.regex(refused.log, /^error \S+ nodeos {4}main\.cpp:\d+ +main +\] database dirty flag set/m);
  }
  rmSync(join(given.folder, 'data', 'state'), { recursive: true });
  const again = await startNodeos({ ...given, options: [...patient, '--pause-on-startup'] });
  // The real node replays its block log to the last irreversible block, the one below its head.
  t.true(Number((await again.value('/v1/chain/get_info')).head_block_num) >= last - 1);
  t.is(await again.stop(), 0);
});

test('a replay cleans a dirty database', async t => {
  const given = await scratchNode(t);
  const killed = await startNodeos(given);
  await killed.producedAtLeast(1);
  await killed.stop('SIGKILL');
  const replayed = await startNodeos({ ...given, options: [...patient, '--replay-blockchain'] });
  await replayed.producedAtLeast(1);
  t.is(await replayed.stop(), 0);
});

test('a snapshot starts an empty node at its head, and is refused over an existing state', async t => {
  const given = await scratchNode(t);
  const first = await startNodeos(given);
  await first.producedAtLeast(2);
  const snapshot = await first.value('/v1/producer/create_snapshot');
  await first.stop();
  const options = [...patient, '--snapshot', String(snapshot.snapshot_name), '--pause-on-startup'];
  const empty = await startNodeos({ ...given, folder: join(given.folder, 'other'), options });
  t.true(Number((await empty.value('/v1/chain/get_info')).head_block_num) >= Number(snapshot.head_block_num) - 2);
  t.is(await empty.stop(), 0);
  const folders = ['--data-dir', join(given.folder, 'other', 'data')];
  t.is(await spawnNodeos([...folders, '--snapshot', String(snapshot.snapshot_name)]).ended(), 254);
});

test('a second process on the same data folder ends with exit code 2', async t => {
  const given = await scratchNode(t);
  const first = await startNodeos(given);
  const second = spawnNodeos(['-e', '-p', 'eosio', '--data-dir', join(given.folder, 'data')]);
  t.is(await second.ended(), 2);
  t.is(await first.stop(), 0);
});

test('a taken HTTP port ends it with exit code 254, and leaves a clean database', async t => {
  const given = await scratchNode(t);
  const first = await startNodeos(given);
  const folders = ['--data-dir', join(given.folder, 'other'), '--config-dir', join(given.folder, 'other')];
  const address = ['--http-server-address', `127.0.0.1:${first.httpPort}`];
  const p2p = ['--p2p-listen-endpoint', `127.0.0.1:${await freePort()}`];
  for (const attempt of ['first', 'second']) {
    const second = spawnNodeos(['-x', ...p2p, '--plugin', 'eosio::chain_api_plugin', ...folders, ...address]);
    t.is(await second.ended(), 254, attempt);
    t.true(second.log.includes('Bad address'));
  }
  t.is(await first.stop(), 0);
});

const refusesOptions = test.macro(async (t, options: readonly string[], expected: string) => {
  const scratch = scratchFolder();
  const folders = ['--data-dir', join(scratch.folder, 'data'), '--config-dir', join(scratch.folder, 'config')];
  const refused = spawnNodeos([...options, ...folders]);
  t.is(await refused.ended(), 254);
  t.true(refused.log.includes(expected), refused.log);
  t.false(
    readdirSync(scratch.folder).includes('data') && readdirSync(join(scratch.folder, 'data')).includes('blocks.log'),
  );
  scratch.remove();
});

test(
  'an unknown option is refused by its name',
  refusesOptions,
  ['--no-such-option'],
  "Unknown option '--no-such-option' passed as command line argument",
);
test(
  'a signature provider of an unknown type is refused',
  refusesOptions,
  ['-e', '-p', 'eosio', '--signature-provider', `${publicKey}=SE:x`],
  'Malformed signature provider: ',
);
