// The monitor's own record of our blocks: windows and alarms as they reach the journal, with a clock that the test moves.

import test from 'ava';
import { NodeosError } from '#adapters/nodeos/client.ts';
import type { StoredClaim } from '#core/failover/claim.ts';
import { slotStartMs } from '#core/slots.ts';
import { startJournal } from '../../monitor/journal.ts';
import { watchOwnBlocks } from '../../monitor/own-blocks.ts';
import { nodeosView } from '../core/failover/presences.ts';

const window = { first: 1200, last: 1211 };
const idOf = (num: number, rest = 'aa') => num.toString(16).padStart(8, '0') + rest;

/** @param signatureOf of the block with this id; before Savanna it is what tells the digest */
function start(signatureOf: (id: string) => string | NodeosError = () => new NodeosError('refused', 'not asked for')) {
  let slot = 1190;
  const time = { wallMs: () => slotStartMs(slot), nowMs: () => slot * 500, after: () => () => undefined };
  const lines: { decision: string; reason: string }[] = [];
  const journal = startJournal('a', line => lines.push(JSON.parse(line)), time);
  const asked: string[] = [];
  const nodeos = {
    signatureOf: async (id: string) => {
      asked.push(id);
      const answer = signatureOf(id);
      if (answer instanceof NodeosError) throw answer;
      return answer;
    },
  };
  const isSignatureOf = (signature: string, digest: string) => signature === `signed ${digest}`;
  const blocks = watchOwnBlocks('us', { nodeos, journal, time, isSignatureOf });
  let stored: StoredClaim | undefined;
  const claim = (of: number, digest: string, holder = 'a') => {
    stored = {
      claim: { v: 1, slot: of, digest, holder, incarnation: `${holder}-1`, epoch: 3 },
      text: '',
      revision: String(of),
    };
    return stored;
  };
  blocks.onWatch(true, claim(1100, ''));
  return {
    journal,
    lines,
    blocks,
    claim,
    asked,
    answered: () => new Promise(resolve => setImmediate(resolve)),
    /** One slot: the claim when there is one, the head when there is one, and the register read. */
    pass: (of: number, num: number | undefined, digest?: string, id = idOf(num ?? 0)) => {
      slot = of;
      if (digest !== undefined) blocks.onClaim(claim(of, digest, of > 1205 ? 'b' : 'a'));
      const headProducer = of >= window.first && of <= window.last ? 'us' : 'them';
      if (num !== undefined)
        blocks.onHead(nodeosView({ headNum: num, headSlot: of, headId: id, headProducer }), window);
      blocks.onRead(stored);
    },
  };
}

test('a window is summed up with its missed slots and who claimed how many', t => {
  const { journal, lines, pass } = start();
  let num = 500;
  for (let slot = 1190; slot <= 1225; slot++) {
    const isOurs = slot >= window.first && slot <= window.last;
    if (slot === 1204 || slot === 1205) pass(slot, undefined);
    else pass(slot, ++num, isOurs ? idOf(num) : undefined);
  }
  t.deepEqual(
    lines.map(({ decision, reason }) => [decision, reason]),
    [['window', 'slots 1200 to 1211: 10 of 12 blocks, missed 1204, 1205; a claimed 4, b claimed 6']],
  );
  t.deepEqual(journal.measures.slots, { produced: 10, missed: 2, unknown: 0 });
});

test('a block that no claim carries raises the alarm, once for a window, and is kept', t => {
  const { journal, lines, pass } = start();
  let num = 500;
  for (let slot = 1190; slot <= 1225; slot++) {
    const isForeign = slot === 1207 || slot === 1208;
    num++;
    const isOurs = slot >= window.first && slot <= window.last;
    pass(slot, num, isOurs && !isForeign ? idOf(num) : undefined);
  }
  const alarms = lines.filter(({ decision }) => decision === 'ALARM');
  t.is(alarms.length, 1);
  t.regex(alarms[0]?.reason ?? '', /^block 518 of slot 1207, 00000206aa, .*Stop every other nodeos/);
  t.deepEqual(
    journal.alarms.map(({ slot }) => slot),
    [1207, 1208],
  );
  t.is(journal.measures.unclaimedBlocks, 2);
});

test('a watch that broke in the window says nothing of its slots', t => {
  const { journal, blocks, claim, pass } = start();
  for (let slot = 1190; slot <= 1225; slot++) {
    if (slot === 1206) blocks.onWatch(false, undefined);
    if (slot === 1209) blocks.onWatch(true, claim(1208, ''));
    pass(slot, slot - 690);
  }
  // What came before the break could not be judged before it, and 1206 to 1208 may have been claimed during it.
  t.deepEqual(
    journal.alarms.map(({ slot }) => slot),
    [1209, 1210, 1211],
  );
});

test('a nodeos that does not answer shows no head', t => {
  const { journal, blocks } = start();
  blocks.onHead(nodeosView({ alive: false, headProducer: 'us', headSlot: 1201 }), window);
  blocks.onRead(undefined);
  t.deepEqual(journal.measures.slots, { produced: 0, missed: 0, unknown: 0 });
  t.is(journal.measures.unclaimedBlocks, 0);
});

const digestOf = (num: number) => `feed${num}`.padEnd(64, '0');

/** A window before Savanna, in which the block of slot 1201 was held up: its claim is for slot 1208. */
async function legacyWindow(signatureOf: (id: string) => string | NodeosError, until = 1225) {
  const started = start(signatureOf);
  for (let slot = 1190; slot <= until; slot++) {
    const num = slot - 690;
    const isHeldUp = slot === 1208;
    if (slot < 1201 || slot > 1208) started.pass(slot, num, slot >= 1200 && slot <= 1211 ? digestOf(num) : undefined);
    else if (isHeldUp) {
      started.blocks.onClaim(started.claim(slot, digestOf(511)));
      started.pass(slot, undefined);
      const head = { headNum: 511, headSlot: 1201, headId: idOf(511), headProducer: 'us' };
      started.blocks.onHead(nodeosView(head), window);
    } else started.pass(slot, undefined);
    await started.answered();
  }
  return started;
}

test('before Savanna a block is held against the claims by its signature, however long it was held up', async t => {
  const { journal, asked } = await legacyWindow(id => `signed ${digestOf(Number.parseInt(id.slice(0, 8), 16))}`);
  t.deepEqual(journal.alarms, []);
  t.deepEqual(
    asked,
    [510, 511, 519, 520, 521].map(num => idOf(num)),
  );
});

test('before Savanna a block of a claimed slot that was signed for another digest raises the alarm', async t => {
  const { journal } = await legacyWindow(id =>
    id === idOf(520) ? 'signed by a thief' : `signed ${digestOf(Number.parseInt(id.slice(0, 8), 16))}`,
  );
  t.deepEqual(
    journal.alarms.map(({ slot }) => slot),
    [1210],
  );
});

test('a nodeos that hangs is asked for one signature at a time, and what it never told is said', async t => {
  const { journal, lines, asked } = await legacyWindow(() => new NodeosError('silent', 'nobody there'), 1260);
  t.deepEqual(journal.alarms, []);
  t.is(asked[0], idOf(510));
  t.false(asked.slice(0, 10).includes(idOf(511)), 'the first stays unanswered');
  const said = lines.filter(({ decision }) => decision === 'block not judged').map(({ reason }) => reason);
  t.regex(said[0] ?? '', /^block 510 of slot 1200, 000001feaa, .*did not tell its signature/);
});

test('one block that nodeos does not know keeps no other from being asked for', async t => {
  const { asked } = await legacyWindow(() => new NodeosError('refused', 'unknown block'));
  t.true(asked.includes(idOf(521)));
});
