// What a monitor leaves beside its socket for the one after it.

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openAskedMark } from '../../monitor/asked-mark.ts';

async function until(isSo: () => boolean): Promise<void> {
  for (let times = 0; times < 1000 && !isSo(); times++) await new Promise(resolve => setImmediate(resolve));
}

test('the next process knows that nodeos asked, until nodeos has ended', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'asked-mark-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const socket = join(folder, 'signer.sock');
  const first = openAskedMark(socket);
  t.false(first.wasAsked);
  first.asked();
  await until(() => existsSync(`${socket}.asked`));
  const second = openAskedMark(socket);
  t.true(second.wasAsked);
  second.ended();
  t.false(openAskedMark(socket).wasAsked);
  second.asked();
  await until(() => existsSync(`${socket}.asked`));
  t.true(openAskedMark(socket).wasAsked);
});

test('a folder that takes no file ends nothing: only a rank is lost', async t => {
  const mark = openAskedMark('/nowhere/signer.sock');
  t.false(mark.wasAsked);
  t.notThrows(() => {
    mark.asked();
    mark.ended();
  });
  await new Promise(resolve => setImmediate(resolve));
});
