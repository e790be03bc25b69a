import test from 'ava';
import { type ClaimTrail, claimWatched, noTrail, watchStarted } from '#core/failover/claim-trail.ts';
import { noSightings, type Sightings, sight, type WindowVerdict } from '#core/failover/own-blocks.ts';
import type { Head } from '#core/failover/signing.ts';

const window = { first: 1200, last: 1211 };

/** Block number `num` at `slot`; `branch` tells blocks of one height apart. */
function head(num: number, slot: number, branch = ''): Head {
  const producer = slot >= window.first && slot <= window.last ? 'us' : 'them';
  return { id: `${num.toString(16).padStart(8, '0')}${branch}`, num, slot, producer };
}

/** One head after the other, one block in each slot but those left out. */
function chain(from: number, to: number, without: number[] = []): Head[] {
  const slots = Array.from({ length: to - from + 1 }, (_, index) => from + index).filter(
    slot => !without.includes(slot),
  );
  return slots.map((slot, index) => head(500 + index, slot));
}

function judge(heads: readonly Head[], trail: ClaimTrail = noTrail): WindowVerdict[] {
  let sightings: Sightings = noSightings;
  return heads.flatMap(each => {
    const { after, verdicts } = sight(sightings, each, window, { producer: 'us', trail });
    sightings = after;
    return verdicts;
  });
}

/** A watch that has seen these claims, and no others. */
function trailOf(claims: [slot: number, digest: string, ahead?: string][]): ClaimTrail {
  const common = { v: 1, holder: 'a', incarnation: 'a-1', epoch: 1 };
  const stored = (slot: number, digest: string, ahead?: string) => ({
    claim: { ...common, slot, digest, ...(ahead === undefined ? {} : { ahead }) },
    text: '',
    revision: String(slot),
  });
  return claims.reduce(
    (trail, claim) => claimWatched(trail, stored(...claim)),
    watchStarted(noTrail, stored(1100, '')),
  );
}

const judges = test.macro((t, heads: Head[], expected: Partial<WindowVerdict>, trail: ClaimTrail = noTrail) => {
  const verdicts = judge(heads, trail);
  t.is(verdicts.length, 1);
  t.like(verdicts[0], expected);
  const { produced = 0, missed = 0, unknown = 0 } = verdicts[0] ?? {};
  t.is(produced + missed + unknown, 12);
});

const nothingLost = { produced: 12, missed: 0, unknown: 0 };
test('twelve heads are twelve blocks', judges, chain(1195, 1220), nothingLost);
test(
  'blocks that came between two looks count, since no slot is left',
  judges,
  [head(500, 1199), head(520, 1219)],
  nothingLost,
);
test('what others lose is not ours', judges, chain(1190, 1225, [1195, 1214]), nothingLost);
test('a slot without a block within the window is missed and named', judges, chain(1195, 1220, [1204, 1205]), {
  produced: 10,
  missed: 2,
  missedSlots: [1204, 1205],
});
test(
  'of slots that were not looked at one by one the count is known, and the range',
  judges,
  [...chain(1195, 1203), head(511, 1207), ...chain(1208, 1220).map(({ slot }, index) => head(512 + index, slot))],
  { produced: 11, missed: 1, missedSlots: [], missedAmong: [{ count: 1, first: 1204, last: 1206 }] },
);
test('a first slot without a block may be the last one of the producer before', judges, chain(1195, 1220, [1200]), {
  produced: 11,
  missed: 0,
  unknownSlots: [1200],
});
test(
  'a first slot without a block is missed when no claim was made for it',
  judges,
  chain(1195, 1220, [1200]),
  { produced: 11, missed: 1, missedSlots: [1200] },
  trailOf([]),
);
test(
  'a first slot that was claimed stays unknown: its block may have replaced the one before',
  judges,
  chain(1195, 1220, [1200]),
  { produced: 11, missed: 0, unknownSlots: [1200] },
  trailOf([[1200, '000001f8ff']]),
);
test('our last block is in doubt when nobody is seen to build on it', judges, chain(1195, 1225, [1212]), {
  produced: 11,
  missed: 0,
  unknownSlots: [1211],
});
test(
  'a first slot whose block has the number of the next one lies on no chain of it: it is missed',
  judges,
  chain(1195, 1220, [1200]),
  { produced: 11, missed: 1, missedSlots: [1200] },
  trailOf([[1200, '000001f9ff']]),
);
test(
  'a first slot that was claimed ahead, and may have been signed for, stays unknown',
  judges,
  chain(1195, 1220, [1200]),
  { produced: 11, missed: 0, unknownSlots: [1200] },
  trailOf([[1200, '000001f700', 'm']]),
);
test(
  'it is missed when the next claim tells that it was not used',
  judges,
  chain(1195, 1220, [1200]),
  { produced: 11, missed: 1, missedSlots: [1200] },
  trailOf([
    [1200, '000001f700', 'm'],
    [1201, '000001f9'],
  ]),
);
test(
  'a window without a block is missed when nothing was claimed',
  judges,
  chain(
    1195,
    1225,
    Array.from({ length: 12 }, (_, index) => 1200 + index),
  ),
  { produced: 0, missed: 12 },
  trailOf([]),
);
test(
  'a window without a head is unknown when claims may have been overlooked',
  judges,
  chain(
    1195,
    1225,
    Array.from({ length: 12 }, (_, index) => 1200 + index),
  ),
  { produced: 0, missed: 0, unknown: 12 },
);
test('slots before the first look are unknown', judges, chain(1206, 1220), { produced: 6, missed: 0, unknown: 6 });
test(
  'a fork that leaves slots open makes what came before it unknown',
  judges,
  [...chain(1195, 1205), head(508, 1206, 'b'), ...chain(1207, 1220).map(({ slot }, index) => head(509 + index, slot))],
  { produced: 6, missed: 0, unknown: 6 },
);
test(
  'a fork that leaves no slot open takes nothing away',
  judges,
  [...chain(1195, 1205), head(510, 1205, 'b'), ...chain(1206, 1220).map(({ slot }, index) => head(511 + index, slot))],
  nothingLost,
);

test('a window is judged once, some slots after it', t => {
  t.is(judge(chain(1195, 1217)).length, 0);
  t.is(judge(chain(1195, 1260)).length, 1);
});

test('a window in which another producer made a block was none of ours', t => {
  const heads = chain(1195, 1220).map(each => (each.slot === 1203 ? { ...each, producer: 'them' } : each));
  t.deepEqual(judge(heads), []);
});

test('a window that the schedule took back is not waited for', t => {
  const first = sight(noSightings, head(500, 1190), window, { producer: 'us', trail: noTrail });
  const moved = { first: 1224, last: 1235 };
  const second = sight(first.after, head(501, 1191), moved, { producer: 'us', trail: noTrail });
  t.deepEqual(second.after.waiting, [moved]);
});

test('what is kept does not grow with the chain', t => {
  let sightings: Sightings = noSightings;
  for (let slot = 0; slot < 20_000; slot++) {
    const due = { first: slot - (slot % 252) + 240, last: slot - (slot % 252) + 251 };
    const each = { id: String(slot), num: slot, slot, producer: slot % 252 >= 240 ? 'us' : 'them' };
    sightings = sight(sightings, each, due, { producer: 'us', trail: noTrail }).after;
    if (sightings.heads.length > 30 || sightings.waiting.length > 2) return t.fail(`at slot ${slot}`);
  }
  t.true(sightings.judgedTo > 19_700);
});
