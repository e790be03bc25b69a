// The monitor's own record of our blocks: windows and alarms as they reach the journal, with a clock that the test moves.

import test from 'ava';
import type { StoredClaim } from '#core/failover/claim.ts';
import { slotStartMs } from '#core/slots.ts';
import { startJournal } from '../../monitor/journal.ts';
import { watchOwnBlocks } from '../../monitor/own-blocks.ts';
import { nodeosView } from '../core/failover/presences.ts';

const window = { first: 1200, last: 1211 };
const idOf = (num: number, rest = 'aa') => num.toString(16).padStart(8, '0') + rest;

function start() {
  let slot = 1190;
  const time = { wallMs: () => slotStartMs(slot), nowMs: () => slot * 500, after: () => () => undefined };
  const lines: { decision: string; reason: string }[] = [];
  const journal = startJournal('a', line => lines.push(JSON.parse(line)), time);
  const blocks = watchOwnBlocks('us', { journal, time });
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
