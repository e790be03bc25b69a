import { readFileSync } from 'node:fs';
import test from 'ava';
import type { Claim } from '#core/failover/claim.ts';
import { decideSigning, type Head, type SigningFacts, slotBeforeHead } from '#core/failover/signing.ts';
import { slotStartMs } from '#core/slots.ts';

const window = { first: 1200, last: 1211 };
const ourLast = `0000007b${'a'.repeat(56)}`;

const claimOf = (slot: number): Claim => ({ v: 1, slot, digest: ourLast, holder: 'a', incarnation: 'i', epoch: 3 });
/** Block 123, by us. */
const headAt = (slot: number, changes: Partial<Head> = {}): Head => ({
  id: ourLast,
  num: 123,
  slot,
  producer: 'us',
  ...changes,
});

/** Asked for block 124 in the middle of slot 1203, with ours of slot 1203 as the head: block 1204 is next. */
const usual: SigningFacts = {
  digest: `0000007c${'b'.repeat(56)}`,
  nowMs: slotStartMs(1203) + 120,
  head: headAt(1203),
  claim: claimOf(1203),
  last: { digest: ourLast, slot: 1203 },
  producer: 'us',
  isSavanna: false,
  windows: [window],
};

const claims = test.macro((t, changes: Partial<SigningFacts>, slot: number) => {
  t.deepEqual(decideSigning({ ...usual, ...changes }), { kind: 'claim', slot });
});
const refuses = test.macro((t, changes: Partial<SigningFacts>, reason: string) => {
  const decision = decideSigning({ ...usual, ...changes });
  t.is<string, string>(decision.kind === 'refuse' ? decision.reason : decision.kind, reason);
});

test('a block is claimed for the slot after the present one', claims, {}, 1204);
test(
  'a full block that comes early is claimed for the slot after the head',
  claims,
  { nowMs: slotStartMs(1199) + 90 },
  1204,
);
test(
  'a head that lags behind the clock does not lower the slot',
  claims,
  { head: headAt(1203), nowMs: slotStartMs(1206) },
  1207,
);
test(
  'a slot that was claimed is not claimed again',
  refuses,
  { claim: claimOf(1204), head: headAt(1203, { id: 'other' }) },
  'slot-already-claimed',
);
test(
  'without a signature of this tenure, the claimed slot is taken',
  refuses,
  { claim: claimOf(1204), last: undefined },
  'slot-already-claimed',
);
test(
  'without a signature of this tenure, the next slot is free',
  claims,
  { claim: claimOf(1203), last: undefined, head: headAt(1202, { id: 'theirs' }) },
  1204,
);

test(
  'a slot may be claimed again when our last block is the head and carries a lower one',
  claims,
  { claim: claimOf(1204) },
  1204,
);
test(
  'when our last block carries the claimed slot, the next one is claimed',
  claims,
  { claim: claimOf(1204), head: headAt(1204) },
  1205,
);

const droppedByFork = { head: headAt(1202, { id: 'theirs', producer: 'them' }) };
test(
  'after a fork dropped our block, the next slot is left out',
  refuses,
  { ...droppedByFork, nowMs: slotStartMs(1203) + 120 },
  'fork-dropped-our-block',
);
test(
  'after a fork dropped our block, the slot after the next is claimed',
  claims,
  { ...droppedByFork, nowMs: slotStartMs(1204) },
  1205,
);

test(
  'a slot before our window is refused',
  refuses,
  { nowMs: slotStartMs(1198), head: headAt(1198), claim: claimOf(1100) },
  'outside-window',
);
test(
  'the first slot of our window is claimed',
  claims,
  {
    nowMs: slotStartMs(1199),
    head: headAt(1199, { id: 'theirs', producer: 'them' }),
    claim: claimOf(1100),
    last: { digest: ourLast, slot: 1100 },
  },
  1200,
);
test(
  'the last slot of our window is claimed',
  claims,
  { nowMs: slotStartMs(1210), head: headAt(1210), claim: claimOf(1210), last: { digest: ourLast, slot: 1210 } },
  1211,
);
test(
  'a slot after our window is refused',
  refuses,
  { nowMs: slotStartMs(1211), head: headAt(1211), claim: claimOf(1211) },
  'outside-window',
);
test('a window by the pending schedule counts as well', claims, { windows: [{ first: 900, last: 911 }, window] }, 1204);
test('without a schedule everything is refused', refuses, { windows: [] }, 'outside-window');

const legacy = { digest: 'c'.repeat(64), last: { digest: 'd'.repeat(64), slot: 1203 } };
test(
  'before Savanna a head of our name and slot counts as our last block',
  claims,
  { ...legacy, claim: claimOf(1204) },
  1204,
);
test(
  "before Savanna another producer's head does not",
  refuses,
  { ...legacy, head: headAt(1203, { id: 'theirs', producer: 'them' }) },
  'fork-dropped-our-block',
);
test(
  'before Savanna an older head of our name does not',
  refuses,
  { ...legacy, head: headAt(1201, { id: 'older' }) },
  'fork-dropped-our-block',
);
test(
  'under Savanna a head of our name with another id does not',
  refuses,
  { head: headAt(1203, { id: 'e'.repeat(64) }) },
  'fork-dropped-our-block',
);

test('a nodeos that has shown Savanna may ask for a block on its head', claims, { isSavanna: true }, 1204);
test(
  'one that asks for another block has told an old head, which may name too low a slot',
  refuses,
  { isSavanna: true, head: headAt(1202, { id: 'older', num: 122 }) },
  'stale-head',
);

test(
  'a claim that no signature left for costs its own slot only, although the head is not ours',
  claims,
  {
    claim: claimOf(1203),
    last: { digest: ourLast, slot: 1155 },
    head: headAt(1199, { id: 'theirs', producer: 'them' }),
  },
  1204,
);

test(
  'where a fork dropped our block, a claim that stayed unused is not gone below either',
  refuses,
  { claim: claimOf(1207), last: { digest: ourLast, slot: 1203 }, head: headAt(1204, { id: 'theirs' }) },
  'slot-already-claimed',
);

test('a refusal says which slot was meant and which is free', t => {
  const decision = decideSigning({ ...usual, ...droppedByFork });
  t.is(
    decision.kind === 'refuse' ? decision.detail : '',
    'the block would carry slot 1204 at most; slot 1205 or later is free under the claim of 1203',
  );
});

test('where the clock alone tells the slot, it is known before the head', t => {
  const { head: _, ...facts } = usual;
  t.is(slotBeforeHead(facts), 1204);
  t.is(slotBeforeHead({ ...facts, claim: claimOf(1204) }), undefined);
  t.is(slotBeforeHead({ ...facts, nowMs: slotStartMs(1211) }), undefined);
});

interface Recorded {
  case: string;
  records: { blockSlot: number; requestAt: number; headSlot: number }[];
}
const recorded = JSON.parse(
  readFileSync(new URL('../../contract/nodeos/transcripts/request-slots.json', import.meta.url), 'utf8'),
) as Recorded[];

/** Replays the requests of a real nodeos, each claim resting on the one before, and tells how far each lies above the block's slot. */
function replay({ records }: Recorded, isSavanna: boolean): number[] {
  let claim = claimOf((records[0]?.headSlot ?? 0) - 1);
  let last: SigningFacts['last'];
  return records.map(({ blockSlot, requestAt, headSlot }, index) => {
    const id = (at: number) => (isSavanna ? at : 0xf000_0000 + at).toString(16).padStart(8, '0').padEnd(64, '0');
    const head = { id: isSavanna ? id(index) : `head ${index}`, num: index, slot: headSlot, producer: 'us' };
    const digest = id(index + 1);
    const decision = decideSigning({
      ...usual,
      digest,
      nowMs: requestAt,
      head,
      claim,
      last,
      isSavanna,
      windows: [{ first: 0, last: 2 ** 31 }],
    });
    if (decision.kind === 'refuse') return Number.NaN;
    claim = { ...claim, slot: decision.slot };
    last = { digest, slot: decision.slot };
    return decision.slot - blockSlot;
  });
}

for (const each of recorded) {
  for (const mode of ['Savanna', 'legacy']) {
    // With offset 0 nodeos asks after the slot has begun that its block is stamped with: the claim is one above it, which is safe.
    const above = each.case === 'offset-0' ? 1 : 0;
    test(`in ${mode} mode every recorded request is claimed ${above} above its block's slot: ${each.case}`, t => {
      t.is(each.records.length, 36);
      t.deepEqual(
        replay(each, mode === 'Savanna'),
        each.records.map(() => above),
      );
    });
  }
}
