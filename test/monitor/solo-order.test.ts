// The order as it is given on a node: by a process of its own.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { openOrders } from '../../monitor/solo-order.ts';
import { readSealSecret } from '../../monitor/solo-seal.ts';

async function place(t: ExecutionContext, changes: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'solo-order-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const keyFile = join(folder, 'key');
  await writeFile(keyFile, 'a key');
  const soloFolder = join(folder, 'solo');
  const config = {
    node: 'aws-a',
    site: 'aws',
    zone: 'a',
    priority: 1,
    producer: 'activeeosbp1',
    chainId: 'ab'.repeat(32),
    publicKey: 'EOS',
    prefix: '/p',
    nodeosUrl: 'http://127.0.0.1:8888',
    signerSocket: '/run/signer.sock',
    keyFile,
    produceBlockOffsetMs: 450,
    minPeers: 1,
    p2pPort: 9876,
    soloFolder,
    listen: { host: '127.0.0.1', port: 0 },
    etcd: { endpoints: ['https://127.0.0.1:2379'] },
    ...changes,
  };
  const configFile = join(folder, 'monitor.json');
  await writeFile(configFile, JSON.stringify(config));
  const order = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['monitor/solo-order.ts', ...args, '--config', configFile], {
      cwd: resolve(import.meta.dirname, '../..'),
    });
  return { folder, soloFolder, order, orders: openOrders(soloFolder, readSealSecret(keyFile, config)) };
}

test('an order is found by the monitor of the node, and is gone once it was dealt with', async t => {
  const { order, orders, soloFolder } = await place(t);
  t.is(await orders.read(), undefined);
  await order('start', '--others-are-off', '--others-are-off-again', '--id', 'o1', '--by', 'me', '--other', 'b: off');
  t.like(await orders.read(), { kind: 'start', id: 'o1', node: 'aws-a', by: 'me', others: ['b: off'] });
  const found = await orders.read();
  if (found === undefined) return t.fail();
  await orders.remove(found);
  t.deepEqual(await readdir(soloFolder), []);
});

test('an order that came meanwhile is not removed with the one that was dealt with', async t => {
  const { order, orders, soloFolder } = await place(t);
  await order('stop', '--id', 'o1');
  const found = await orders.read();
  await order('stop', '--id', 'o2');
  if (found === undefined) return t.fail();
  await orders.remove(found);
  await orders.remove({ problem: 'torn' });
  t.like(await orders.read(), { id: 'o2' });
  t.deepEqual(await readdir(soloFolder), ['order.json']);
});

test('a start that says once only that others are off is no order; a stop needs no such word', async t => {
  const { order, orders } = await place(t);
  await t.throwsAsync(order('start', '--others-are-off'), { code: 2 } as object);
  await t.throwsAsync(order('begin'), { code: 2 } as object);
  t.is(await orders.read(), undefined);
  await order('stop');
  t.like(await orders.read(), { kind: 'stop' });
});

test('a node without a place on its volume takes no order', async t => {
  const { order } = await place(t, { soloFolder: undefined });
  await t.throwsAsync(order('stop'), { code: 2, message: /names no soloFolder/ } as object);
});
