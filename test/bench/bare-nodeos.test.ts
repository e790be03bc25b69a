import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { connectNodeos } from '#adapters/nodeos/client.ts';
import { type BareNodeos, startBareNodeos } from '#bench/bare-nodeos.ts';
import { chainId, produceBlockOffsetMs, publicKey } from '#bench/monitor.ts';
import { slotAt } from '#core/slots.ts';

const deadlineMs = 10_000;

/** A nodeos, and a signer that answers what `respond` says. */
async function withSigner(
  respond: () => { status: number; body: unknown },
  use: (nodeos: BareNodeos, digests: string[]) => Promise<void>,
): Promise<void> {
  const socket = join(tmpdir(), `bare-nodeos-${process.pid}-${Math.random()}.sock`);
  const digests: string[] = [];
  const signer = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      digests.push((JSON.parse(Buffer.concat(chunks).toString()) as string[])[0] ?? '');
      const { status, body } = respond();
      response.writeHead(status).end(JSON.stringify(body));
    });
  });
  await new Promise<void>(resolve => signer.listen(socket, resolve));
  const nodeos = await startBareNodeos({ producer: 'benchbpa', chainId, publicKey, socket, signerTimeoutMs: 10_000 });
  try {
    await use(nodeos, digests);
  } finally {
    nodeos.stop();
    signer.close();
    signer.closeAllConnections();
    rmSync(socket, { force: true });
  }
}

const signs = () => ({ status: 201, body: 'SIG_K1_abc' });
const refuses = () => ({ status: 500, body: { error: { what: 'busy', details: [{ message: 'busy: not now' }] } } });

test('the monitor can read all that it asks of a nodeos', async t => {
  await withSigner(signs, async nodeos => {
    const client = connectNodeos(nodeos.url);
    const info = await client.info(deadlineMs);
    t.is(info.chainId, chainId);
    t.true(slotAt(Date.now()) - info.headSlot <= 4);
    t.deepEqual(await client.schedules(deadlineMs), [['benchbpa']]);
    t.is(await client.produceBlockOffsetMs(deadlineMs), produceBlockOffsetMs);
    t.is((await client.connections(deadlineMs)).length, 1);
    t.true(await client.paused(deadlineMs));
    const resumed = nodeos.resumed();
    await client.resume(deadlineMs);
    await resumed;
    t.false(await client.paused(deadlineMs));
    await client.pause(deadlineMs);
    t.true(nodeos.isPaused());
    client.close();
  });
});

test('a signed block becomes the head, one slot on or in the slot before', async t => {
  await withSigner(signs, async (nodeos, digests) => {
    const client = connectNodeos(nodeos.url);
    const before = await client.info(deadlineMs);
    t.is((await nodeos.sign()).kind, 'signed');
    const after = await client.info(deadlineMs);
    t.is(after.headId, digests[0] ?? 'none was asked for');
    t.is(after.headNum, before.headNum + 1);
    t.true(after.headSlot > before.headSlot);
    const fromSlot = slotAt(Date.now());
    await nodeos.sign('early');
    const early = await client.info(deadlineMs);
    t.is(early.headId, digests[1] ?? 'none was asked for');
    t.true(early.headSlot >= Math.max(after.headSlot, fromSlot));
    t.true(early.headSlot <= Math.max(after.headSlot, slotAt(Date.now())));
    client.close();
  });
});

test('a refused block is none', async t => {
  await withSigner(refuses, async nodeos => {
    const client = connectNodeos(nodeos.url);
    const { headId } = await client.info(deadlineMs);
    const asked = await nodeos.sign();
    t.like(asked, { kind: 'refused', reason: 'busy: not now' });
    t.is((await client.info(deadlineMs)).headId, headId);
    client.close();
  });
});
