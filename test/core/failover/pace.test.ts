// How often the holder promises to speak, and when it has broken its promise.

import test from 'ava';
import { holderPaceMs, isCloseTo, isHeardAnew, silenceMs } from '#core/failover/pace.ts';
import { slotStartMs } from '#core/slots.ts';
import { presence } from './presences.ts';

const window = { first: 1200, last: 1211 };
/** The first block is begun a slot before its own. */
const begun = slotStartMs(1200) - 500;

const promises = test.macro((t, wallMs: number, paceMs: number | null, claimed: number = 900) =>
  t.is(holderPaceMs(window, claimed, wallMs), paceMs),
);
test('long before our window nothing is promised', promises, begun - 8000, null);
test('in the last eight seconds a word a second is', promises, begun - 7999, 1000);
test('and no more than that', promises, begun - 2500, 1000);
test('in the last two and a half seven words a second', promises, begun - 2499, 150);
test('until the first block is over', promises, slotStartMs(1200) - 1, 150);
test('then claims speak, or are late', promises, slotStartMs(1200), null);
test('the first claim speaks as soon as it stands', promises, slotStartMs(1200) - 30, null, 1200);
test('of two windows in a row the second needs no word', promises, begun, null, 1203);
test('without a window nothing is promised', t => t.is(holderPaceMs(undefined, 900, begun), null));

test('the seconds before our window end with its first slot', t => {
  t.deepEqual(
    [begun - 2500, begun - 2499, begun + 499, begun + 500].map(wallMs => isCloseTo(window, wallMs)),
    [false, true, true, false],
  );
});

test('a word may take a while longer than the one before', t => {
  t.is(silenceMs(150), 400);
  t.is(silenceMs(1000), 1500);
});

test('a presence is new when etcd has counted another writing of it', t => {
  const one = presence('a', { revision: '7' });
  t.false(isHeardAnew(one, { ...one }));
  t.true(isHeardAnew(one, { ...one, revision: '8' }));
  t.true(isHeardAnew(one, { ...one, incarnation: 'a-2' }));
  t.true(isHeardAnew(undefined, one));
  t.false(isHeardAnew(one, undefined));
});
