// Holds nodeos to what was recorded of its production: pauses, slots, a busy main thread.

import { readFileSync } from 'node:fs';
import test from 'ava';
import { slotAt, slotOfTimestamp, slotStartMs } from '#core/slots.ts';
import { sign } from './recording-signer.ts';
import { patient, signedNode } from './signed-node.ts';

interface RecordedSlots {
  case: string;
  options: string[];
  records: { blockSlot: number; requestAt: number; headSlot: number }[];
}

const recorded: RecordedSlots[] = JSON.parse(
  readFileSync(new URL('transcripts/request-slots.json', import.meta.url), 'utf8'),
);

test.serial('after pause exactly one more block comes, and after resume the blocks go on', async t => {
  const { nodeos } = await signedNode(t, patient);
  for (let cycle = 1; cycle <= 3; cycle++) {
    await nodeos.producedAtLeast(nodeos.produced().length + 2);
    t.is((await nodeos.call('/v1/producer/pause')).body, '{"result":"ok"}');
    t.is((await nodeos.call('/v1/producer/paused')).body, 'true');
    // The log tells the order of things, however late this test hears of them.
    const afterPause = (): string => nodeos.log.slice(nodeos.log.lastIndexOf('Producer paused.'));
    await nodeos.logs(() => afterPause().split('explicitly paused').length > 3, 'three slots without a block');
    const more = afterPause().split('Produced block').length - 1;
    // Between two windows a node only waits: there may be no block in progress that would come.
    const isBetweenWindows = slotOfTimestamp(nodeos.produced().at(-1 - more)?.timestamp ?? '') % 12 === 11;
    t.true(more === 1 || (more === 0 && isBetweenWindows), `${more} blocks after pause`);
    const { head_block_num: head } = await nodeos.value('/v1/chain/get_info');
    t.is(head, nodeos.produced().at(-1)?.num);
    const count = nodeos.produced().length;
    await nodeos.call('/v1/producer/resume');
    await nodeos.producedAtLeast(count + 1);
    const skipped = nodeos.log.slice(nodeos.log.lastIndexOf('Producer resumed.')).split('explicitly paused').length - 1;
    t.is(skipped, 0, 'resume takes effect at once');
  }
});

test.serial('a node that is paused at startup produces nothing until it is resumed', async t => {
  const { nodeos, signer } = await signedNode(t, [...patient, '--pause-on-startup']);
  await nodeos.logs(log => log.split('production is explicitly paused').length > 3, 'three slots without a block');
  t.is(signer.requests.length, 0);
  await nodeos.call('/v1/producer/resume');
  await nodeos.producedAtLeast(1);
});

test.serial(
  'while the main thread waits for the signer, get_info and the net API answer and the others wait',
  async t => {
    const { nodeos, signer } = await signedNode(t, patient);
    await nodeos.producedAtLeast(2);
    let release: () => void = () => undefined;
    const asked = new Promise<void>(resolve => {
      signer.answer = async ({ digest }) => {
        const held = new Promise<void>(free => {
          release = free;
        });
        resolve();
        await held;
        return { body: JSON.stringify(sign(digest)) };
      };
    });
    await asked;
    const slow = ['/v1/producer/paused', '/v1/producer/pause', '/v1/chain/get_producer_schedule'];
    const waiting = slow.map(path => nodeos.call(path));
    for (const path of ['/v1/chain/get_info', '/v1/net/connections', '/v1/node/get_supported_apis']) {
      const reply = await nodeos.call(path);
      t.true(reply.status < 300 && reply.ms < 400, `${path} answers within ${Math.round(reply.ms)} ms`);
    }
    t.is(
      await Promise.race([...waiting, nodeos.call('/v1/chain/get_info').then(() => 'still waiting')]),
      'still waiting',
    );
    release();
    t.deepEqual(
      (await Promise.all(waiting)).map(({ status }) => status),
      [201, 201, 200],
    );
  },
);

test.serial('a signature that comes seconds late is published, with the old timestamp', async t => {
  const { nodeos, signer } = await signedNode(t, patient);
  await nodeos.producedAtLeast(1);
  signer.answer = ({ digest }) => ({ body: JSON.stringify(sign(digest)), delayMs: 1500 });
  const [late] = (await nodeos.producedAtLeast(nodeos.produced().length + 2)).slice(-1);
  t.true((late?.loggedMs ?? 0) > slotStartMs(slotOfTimestamp(late?.timestamp ?? '')) + 900);
});

/** The claim that a signer makes from its clock and nodeos' head. */
function claimOf(nowMs: number, headSlot: number): number {
  return Math.max(slotAt(nowMs) + 1, headSlot + 1);
}

test('the recorded requests: max(now, head) + 1 is the slot of the block, or one more with an offset of 0', t => {
  for (const { case: name, records } of recorded) {
    const off = records.map(({ requestAt, headSlot, blockSlot }) => claimOf(requestAt, headSlot) - blockSlot);
    t.true(
      off.every(difference => difference === (name === 'offset-0' ? 1 : 0)),
      name,
    );
  }
});

/** How many windows a busy machine gets to be punctual in one. */
const attempts = 4;

/**
 * @param dueMs how long before its timestamp the block with that index of the window is asked for
 * @param toleranceMs how late the middle one of a window's requests may be
 */
const claimsTheSlot = test.macro(
  async (t, options: readonly string[], dueMs: (index: number) => number, toleranceMs: number) => {
    const { nodeos, signer } = await signedNode(t, [...patient, ...options]);
    const claims = new Map<number, { claim: number; atMs: number }>();
    signer.answer = async ({ digest, atMs }) => {
      const info = await nodeos.value('/v1/chain/get_info');
      const claim = claimOf(atMs, slotOfTimestamp(String(info.head_block_time)));
      claims.set(Number(info.head_block_num) + 1, { claim, atMs });
      return { body: JSON.stringify(sign(digest)) };
    };
    let middleMs = Number.POSITIVE_INFINITY;
    for (let attempt = 1; attempt <= attempts && middleMs > toleranceMs; attempt++) {
      const from = nodeos.produced().length;
      const latenesses: number[] = [];
      for (const { num, timestamp } of (await nodeos.producedAtLeast(from + 13)).slice(from, from + 13)) {
        const slot = slotOfTimestamp(timestamp);
        const { claim, atMs } = claims.get(num) ?? { claim: Number.NaN, atMs: Number.NaN };
        const earlyMs = slotStartMs(slot) - atMs;
        // Who asks when the block's time has come is taken for the next slot: one too many, never one too few.
        t.is(claim, Math.max(slot, slotAt(atMs) + 1));
        t.true(earlyMs <= dueMs(slot % 12), `slot ${slot % 12} was asked for ${earlyMs} ms early`);
        latenesses.push(dueMs(slot % 12) - earlyMs);
      }
      middleMs = latenesses.sort((one, other) => one - other)[6] ?? Number.NaN;
    }
    t.true(middleMs <= toleranceMs, `the middle request is ${middleMs} ms late`);
  },
);

test.serial(
  'each block is asked for by its share of the offset before its timestamp',
  claimsTheSlot,
  [],
  (index: number) => 37.5 * (index + 1),
  30,
);

test.serial(
  'full blocks are asked for back to back from the start of the window',
  claimsTheSlot,
  ['--max-block-cpu-usage-threshold-us', '300000'],
  (index: number) => 500 * (index + 1),
  200,
);

test.serial(
  'with an offset of 1000 ms half of a window is asked for before the slot has begun',
  claimsTheSlot,
  ['--produce-block-offset-ms', '1000'],
  (index: number) => (1000 / 12) * (index + 1),
  30,
);
