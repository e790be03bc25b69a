import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { renderClaim } from '#core/failover/claim.ts';
import type { SoloRecord } from '#core/failover/solo-record.ts';
import { openChain } from '../../monitor/solo-chain.ts';

const secret = Buffer.from('of the key');

function record(slot: number): SoloRecord {
  const claim = renderClaim({ v: 1, slot, digest: '', holder: 'a', incarnation: 'a-1', epoch: 1 });
  return { v: 1, order: 'o1', by: 'me', phase: 'signing', fence: 1, revision: '0', claim, closings: [], why: '' };
}

async function scratch(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'solo-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('the newest link is what a process finds that starts later', async t => {
  const folder = join(await scratch(t), 'made', 'at', 'need');
  const chain = openChain(folder, secret);
  t.is(await chain.tip(), undefined);
  for (let slot = 0; slot < 5; slot++) t.is(await chain.extend(slot, record(slot)), 'made');
  t.deepEqual(await openChain(folder, secret).tip(), { sequence: 5, record: record(4) });
  t.true((await readdir(folder)).length <= 2, 'old links and unfinished files are left behind');
});

test('of two processes that extend the same link one is refused', async t => {
  const folder = await scratch(t);
  const [one, other] = [openChain(folder, secret), openChain(folder, secret)];
  const outcomes = await Promise.all([one.extend(0, record(1)), other.extend(0, record(2))]);
  t.deepEqual(outcomes.toSorted(), ['changed', 'made']);
});

test('a process that slept while another went on is refused, although its link was removed', async t => {
  const folder = await scratch(t);
  const chain = openChain(folder, secret);
  for (let sequence = 0; sequence < 6; sequence++) await chain.extend(sequence, record(sequence));
  t.is(await openChain(folder, secret).extend(1, record(9)), 'changed');
  t.like(await chain.tip(), { sequence: 6 });
});

test('a torn newest link is an error, and no older one takes its place', async t => {
  const folder = await scratch(t);
  const chain = openChain(folder, secret);
  await chain.extend(0, record(1));
  await chain.extend(1, record(2));
  const path = join(folder, 'link-0000000002');
  const text = await readFile(path, 'utf8');
  for (const torn of ['', text.slice(0, 40), text.replace('signing', 'stopped')]) {
    await writeFile(path, torn);
    await t.throwsAsync(openChain(folder, secret).tip(), { name: 'SoloError', code: 'corrupt' } as object);
  }
});

test('a link sealed by another key is as good as torn', async t => {
  const folder = await scratch(t);
  await openChain(folder, Buffer.from('a guess')).extend(0, record(1));
  await t.throwsAsync(openChain(folder, secret).tip(), { code: 'corrupt' } as object);
});

test('a volume that takes no file makes no link', async t => {
  const folder = await scratch(t);
  const file = join(folder, 'file');
  await writeFile(file, '');
  const chain = openChain(join(file, 'below'), secret);
  await t.throwsAsync(chain.tip(), { code: 'disk' } as object);
  await t.throwsAsync(chain.extend(0, record(1)), { code: 'disk' } as object);
});
