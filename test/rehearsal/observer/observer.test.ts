// The observer's process, beside a network and no node of ours.

import { request } from 'node:http';
import test from 'ava';
import type { SeenBlock } from '#rehearsal/observer/ledger.ts';
import { chainId } from '../nodeos/chain.ts';
import { type Fact, startFleet, startPart } from '../nodeos/fleet.ts';

function get(socketPath: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path }, response => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', chunk => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on('error', reject).end();
  });
}

test('an observer that comes late knows the blocks before it, tells each once, and answers over a unix socket', async t => {
  const fleet = await startFleet();
  t.teardown(() => fleet.stop());
  const early = await fleet.startObserver();
  await early.fact(({ num }) => num === 4);
  const socket = `${fleet.scratch.folder}/observer.sock`;
  const peers = ['--peer', `127.0.0.1:${fleet.networkPort}`, '--listen', '127.0.0.1:0', '--chain-id', chainId];
  const late = startPart('observer/main.ts', [
    ...peers,
    '--http',
    socket,
    '--producer',
    'bpa',
    '--schedule',
    fleet.schedule.join(','),
  ]);
  t.teardown(() => late.process.kill('SIGKILL'));
  await late.fact(({ num }) => num === 6);
  const blocks = JSON.parse((await get(socket, '/blocks')).body) as SeenBlock[];
  const known = blocks.map(({ num }) => num).sort((one, other) => one - other);
  t.deepEqual(known.slice(0, 5), [2, 3, 4, 5, 6]);
  const told = late.facts.filter(({ type }: Fact) => type === 'block').map(({ id }) => id);
  t.is(new Set(told).size, told.length);
  const { head, ourSlots } = JSON.parse(
    (await get(socket, `/ledger?from=${fleet.windowStart}&to=${fleet.windowStart + 23}`)).body,
  );
  t.true(head.num >= 6);
  t.is(ourSlots, 12);
  t.is((await get(socket, '/nothing')).status, 404);
});

test('an observer without a known producer says what it needs', async t => {
  const part = startPart('observer/main.ts', [
    '--listen',
    '127.0.0.1:0',
    '--producer',
    'bpx',
    '--schedule',
    'bpa',
    '--chain-id',
    chainId,
  ]);
  const [code] = await new Promise<unknown[]>(resolve => part.process.once('exit', (...given) => resolve(given)));
  t.is(code, 2);
});
