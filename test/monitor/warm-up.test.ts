// Going the way of a signature while nodeos asks for none: over the real socket, past a desk that must not be asked.

import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { machineTime } from '#adapters/clock/machine.ts';
import { type ChainInfo, type Nodeos, NodeosError } from '#adapters/nodeos/client.ts';
import { isSamePublicKey } from '#adapters/signature/k1.ts';
import { slotAt } from '#core/slots.ts';
import type { Repeater } from '../../monitor/repeat.ts';
import { listenForSigning } from '../../monitor/signer-socket.ts';
import { keepWarm, openWarmUpDesk } from '../../monitor/warm-up.ts';

const publicKey = 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV';
const digest = '0000000bababab'.padEnd(64, 'c');

function open(t: ExecutionContext, headSlot = () => slotAt(Date.now())) {
  const world = {
    asked: 0,
    info: async (): Promise<ChainInfo> => ({
      chainId: '',
      version: '',
      headNum: 10,
      headId: '0000000a',
      headSlot: headSlot(),
      headProducer: 'them',
      lib: 8,
    }),
  };
  const nodeos: Pick<Nodeos, 'info'> = {
    info: () => {
      world.asked++;
      return world.info();
    },
  };
  // A slot that is always at its beginning: how late a test is does not matter.
  const startedMs = machineTime.nowMs();
  const slotStart = Date.now() - (Date.now() % 500);
  const time = { ...machineTime, wallMs: () => slotStart + (machineTime.nowMs() - startedMs) / 1000 };
  const warmUp = openWarmUpDesk({ nodeos, producer: 'us', time });
  const folder = mkdtempSync(join(tmpdir(), 'warm-up-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return { warmUp, world, path: join(folder, 'signer.sock') };
}

/** The real desk, which a warm-up must not come to, beside the warm-up's; and what its requests were answered. */
async function listen(t: ExecutionContext) {
  const opened = open(t);
  const { warmUp, path } = opened;
  const seen = { answers: [] as string[], refused: [] as string[] };
  const watched = {
    publicKey: warmUp.publicKey,
    desk: {
      sign: async (each: string) => {
        const answer = await warmUp.desk.sign(each);
        seen.answers.push(answer.kind);
        return answer;
      },
    },
  };
  const real = { publicKey, desk: { sign: async () => t.fail('the real desk was asked') as never } };
  const server = await listenForSigning(path, [real, watched], reason => seen.refused.push(reason));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ...opened, seen };
}

/** What `keepWarm` wants to do, and how long it wants to rest after it. */
function capture(): { repeater: Repeater; work: () => Promise<void>; periodMs: () => number } {
  const captured = { work: async (): Promise<void> => {}, periodMs: () => Number.NaN };
  const repeater: Repeater = {
    rest: async () => undefined,
    every: (periodMs, work) => {
      captured.periodMs = periodMs;
      captured.work = async () => work();
    },
    stop: () => undefined,
  };
  return { repeater, work: () => captured.work(), periodMs: () => captured.periodMs() };
}

test('a warm-up goes all the way to a signature, by a key that is none of ours', async t => {
  const { warmUp, path, world } = await listen(t);
  const { status, text } = await post(path, JSON.stringify([digest, warmUp.publicKey]));
  t.is(status, 201);
  t.regex(text, /^"SIG_K1_/);
  t.is(world.asked, 1);
  t.false(isSamePublicKey(warmUp.publicKey, publicKey));
  t.not(warmUp.publicKey, open(t).warmUp.publicKey, 'each start has a new one');
});

test('neither a head ahead of the clock nor one far behind, nor the warm-up before it keeps a warm-up from its end', async t => {
  for (const apart of [-1000, 2]) {
    const { warmUp } = open(t, () => slotAt(Date.now()) + apart);
    for (const which of ['the first', 'the next']) {
      const answer = await warmUp.desk.sign(digest);
      t.is(answer.kind, 'signature', which);
      if (answer.kind === 'signature') answer.delivered();
    }
  }
});

test('a warm-up that nodeos does not answer comes to nothing, and is not said', async t => {
  const { warmUp, path, world, seen } = await listen(t);
  world.info = () => Promise.reject(new NodeosError('silent', 'nobody there'));
  t.is((await post(path, JSON.stringify([digest, warmUp.publicKey]))).status, 500);
  t.deepEqual(seen, { answers: ['refused'], refused: [] });
});

test('warm-ups come in quick succession at first, and now and then later', async t => {
  const { warmUp, path, seen } = await listen(t);
  const { repeater, work, periodMs } = capture();
  keepWarm(path, warmUp, { repeater, isIdle: () => true });
  const atFirstMs = periodMs();
  for (let times = 0; times < 100 && periodMs() === atFirstMs; times++) await work();
  t.true(periodMs() > atFirstMs);
  t.true(seen.answers.length >= 20);
  t.deepEqual(
    seen.answers.filter(each => each !== 'signature'),
    [],
  );
});

test('while nodeos may ask for a signature there is no warm-up in its way', async t => {
  const { warmUp, path, seen } = await listen(t);
  const { repeater, work } = capture();
  let isIdle = false;
  keepWarm(path, warmUp, { repeater, isIdle: () => isIdle });
  await work();
  t.is(seen.answers.length, 0);
  isIdle = true;
  await work();
  t.is(seen.answers.length, 1);
});

test('a warm-up at a socket that nobody listens at ends by itself', async t => {
  const { warmUp, path } = open(t);
  const { repeater, work } = capture();
  keepWarm(path, warmUp, { repeater, isIdle: () => true });
  await t.notThrowsAsync(work());
});

function post(socketPath: string, body: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path: '/', method: 'POST', agent: false }, response => {
      let text = '';
      response.on('data', chunk => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
