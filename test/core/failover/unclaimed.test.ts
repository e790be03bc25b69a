import test from 'ava';
import type { Claim, StoredClaim } from '#core/failover/claim.ts';
import { type ClaimTrail, claimWatched, noTrail, watchEnded, watchStarted } from '#core/failover/claim-trail.ts';
import { judgeOwnHeads, lackingSignature, type OwnHead, ownHeadSeen } from '#core/failover/unclaimed.ts';

/** Under Savanna an id begins with the block's number. */
const idOf = (num: number, rest = 'aa') => num.toString(16).padStart(8, '0') + rest;
const block = (num: number, slot: number, id = idOf(num)) => ({ id, num, slot, producer: 'us' });
const stored = (slot: number, digest: string, revision = String(slot)) => ({
  claim: { v: 1, slot, digest, holder: 'a', incarnation: 'a-1', epoch: 1 },
  text: '',
  revision,
});

/** A watch that began when slot 1000 was claimed, and showed these claims. */
function watched(claims: [slot: number, digest: string][]): ClaimTrail {
  return claims.reduce(
    (trail, [slot, digest]) => claimWatched(trail, stored(slot, digest)),
    watchStarted(noTrail, stored(1000, '')),
  );
}
const savanna = watched([
  [1001, idOf(501)],
  [1002, idOf(502)],
]);
const legacy = watched([
  [1001, 'f00dfeed11'],
  [1002, 'beefbeef22'],
]);

/** A signature is spelled as the digest that it is of. */
const isSignatureOf = (signature: string, digest: string) => signature === `signed ${digest}`;
type Block = ReturnType<typeof block> & { signature?: string };
const isUnclaimed = (head: Block, trail: ClaimTrail) => {
  const facts = { readRevision: trail.revision, nowMs: 5000, isSignatureOf };
  return judgeOwnHeads([{ ...head, seenAtMs: 0 }], trail, facts).unclaimed.length > 0;
};

const judged = test.macro((t, head: Block, trail: ClaimTrail, expected: boolean) => {
  t.is(isUnclaimed(head, trail), expected);
});

/** Before Savanna a block's id tells nothing of the digest that was signed for it. */
const legacyBlock = (slot: number, digest: string): Block => ({
  ...block(slot - 500, slot),
  signature: `signed ${digest}`,
});

test('a block whose id a claim carries is claimed', judged, block(502, 1002), savanna, false);
test('a block under a claim one slot above it is claimed', judged, block(502, 1001), savanna, false);
test('another block for a claimed slot is unclaimed', judged, block(502, 1002, idOf(502, 'bb')), savanna, true);
test('a block for a slot that nobody claimed is unclaimed', judged, block(509, 1009), savanna, true);
test('a block of ours before anybody claims is unclaimed', judged, block(501, 1001), watched([]), true);
test('before Savanna a block whose signature is of a claimed digest is claimed', t => {
  t.false(isUnclaimed(legacyBlock(1002, 'beefbeef22'), legacy));
  t.false(isUnclaimed(legacyBlock(1001, 'beefbeef22'), legacy), 'under a claim one slot above it');
});
test('before Savanna another block for a claimed slot is unclaimed', judged, legacyBlock(1002, 'c0ffee'), legacy, true);
test(
  'before Savanna a block for a slot that nobody claimed is unclaimed',
  judged,
  legacyBlock(1009, 'c0ffee'),
  legacy,
  true,
);
test('before Savanna a block that was held up for slots lies far below its claim, and is claimed', t => {
  const heldUp = watched([
    [1001, 'f00dfeed11'],
    [1009, 'beefbeef22'],
  ]);
  t.false(isUnclaimed(legacyBlock(1002, 'beefbeef22'), heldUp));
  t.true(isUnclaimed(legacyBlock(1002, 'c0ffee'), heldUp));
});
test('a digest that looks like an id by chance hides neither', t => {
  const trail = watched([
    [1001, 'f00dfeed11'],
    [1002, idOf(502, 'cc')],
  ]);
  t.false(isUnclaimed(legacyBlock(1002, idOf(502, 'cc')), trail));
  t.true(isUnclaimed(legacyBlock(1002, 'c0ffee'), trail));
});
test('before Savanna a block made ahead is named by the next claim, or else unclaimed but for one', t => {
  const trail = shown(stored(1001, 'f00d1'), ahead(1002, 'f00d1'), ahead(1003, 'f00d2'), takenOver(1003, 'f00d2'));
  t.false(isUnclaimed(legacyBlock(1002, 'f00d2'), trail));
  t.deepEqual(judgeAll([legacyBlock(1003, 'f00d3'), { ...legacyBlock(1003, 'c0ffee'), id: 'x' }], trail), ['x']);
});

test('a signature is asked for only where the claims do not tell ids, and the block has had its time', t => {
  const waiting = [{ ...block(502, 1002, 'aa'), seenAtMs: 0 }];
  t.deepEqual(lackingSignature(waiting, legacy, 1999), []);
  t.deepEqual(lackingSignature(waiting, legacy, 2000), waiting);
  t.deepEqual(lackingSignature([{ ...block(502, 1002, 'aa'), seenAtMs: 0, signature: 'x' }], legacy, 2000), []);
  t.deepEqual(lackingSignature(waiting, savanna, 2000), []);
  t.deepEqual(lackingSignature(waiting, watchEnded(legacy), 2000), []);
});

test('a block whose signature nobody tells is waited for, and then told as not judged', t => {
  const waiting: OwnHead[] = [{ ...block(502, 1002, 'aa'), seenAtMs: 0 }];
  const judge = (nowMs: number) => judgeOwnHeads(waiting, legacy, { readRevision: '1002', nowMs, isSignatureOf });
  t.deepEqual(judge(5000), { waiting, unclaimed: [], unjudged: [] });
  t.deepEqual(judge(20_000), { waiting: [], unclaimed: [], unjudged: waiting });
});
test('a slot that may have been claimed before the watch began is not judged', judged, block(499, 999), savanna, false);
test('nothing is judged while no watch runs', judged, block(509, 1009), watchEnded(savanna), false);
test(
  'what was claimed between two watches is not judged',
  judged,
  block(508, 1008),
  watchStarted(watchEnded(savanna), stored(1010, idOf(510))),
  false,
);
test(
  'a claim that cannot be read may stand for any block',
  judged,
  block(509, 1009),
  claimWatched(savanna, undefined),
  false,
);
test(
  'after a claim that could not be read, slots above the next one are judged',
  judged,
  block(512, 1012),
  claimWatched(claimWatched(savanna, undefined), stored(1010, idOf(510))),
  true,
);

test('claims of long ago are forgotten, and blocks of their time no longer judged', t => {
  const many = Array.from({ length: 500 }, (_, index): [number, string] => [1001 + index, idOf(501 + index)]);
  const trail = watched(many);
  t.true(trail.claims.length < 100);
  t.false(isUnclaimed(block(510, 1010, idOf(510, 'bb')), trail));
  t.true(isUnclaimed(block(990, 1490, idOf(990, 'bb')), trail));
});

const foreign: OwnHead = { ...block(509, 1009), seenAtMs: 0 };

test('a block is judged when the register was read some seconds after it', t => {
  const judgeAt = (nowMs: number) => judgeOwnHeads([foreign], savanna, { readRevision: '1002', nowMs, isSignatureOf });
  t.deepEqual(judgeAt(3000), { waiting: [foreign], unclaimed: [], unjudged: [] });
  t.deepEqual(judgeAt(4000), { waiting: [], unclaimed: [foreign], unjudged: [] });
});

test('a watch that has not shown the claim just read is waited for, and not for ever', t => {
  const lagging = (nowMs: number) => judgeOwnHeads([foreign], savanna, { readRevision: '1009', nowMs, isSignatureOf });
  t.deepEqual(lagging(5000), { waiting: [foreign], unclaimed: [], unjudged: [] });
  t.deepEqual(lagging(30_000), { waiting: [], unclaimed: [], unjudged: [] });
});

test('without a claim in the register nothing is judged', t => {
  const facts = { readRevision: undefined, nowMs: 4000, isSignatureOf };
  t.deepEqual(judgeOwnHeads([foreign], savanna, facts).unclaimed, []);
});

test('heads of others are passed over, and each of ours is judged once', t => {
  const seen = ownHeadSeen([], block(501, 1001), 'us', 0);
  t.is(ownHeadSeen(seen, block(501, 1001), 'us', 1), seen);
  t.is(ownHeadSeen(seen, { ...block(502, 1002), producer: 'them' }, 'us', 1), seen);
  t.is(ownHeadSeen(seen, block(502, 1002), 'us', 1).length, 2);
});

/** A claim made ahead of the signature after `digest`. */
const ahead = (slot: number, digest: string, changes: Partial<Claim> = {}): StoredClaim => {
  const { claim, ...rest } = stored(slot, digest);
  return { ...rest, claim: { ...claim, ahead: `m${slot}`, ...changes } };
};
const shown = (...claims: StoredClaim[]) =>
  claims.reduce((trail, each) => claimWatched(trail, each), watchStarted(noTrail, stored(1000, '')));
const takenOver = (slot: number, digest: string): StoredClaim => {
  const { claim, text } = stored(slot, digest);
  return { claim: { ...claim, holder: 'b', incarnation: 'b-1', epoch: 2 }, text, revision: '9000' };
};
const usedAhead = shown(stored(1001, idOf(501)), ahead(1002, idOf(501)), ahead(1003, idOf(502)));

test('a block that was signed on a claim made ahead is named by the next', judged, block(502, 1002), usedAhead, false);
test('or by one made for another signature', t => {
  const { claim, ...rest } = stored(1004, idOf(504));
  const later = shown(ahead(1003, idOf(502)), { ...rest, claim: { ...claim, before: idOf(503) } });
  t.false(isUnclaimed(block(503, 1003), later));
  t.true(isUnclaimed(block(503, 1003, idOf(503, 'bb')), later));
});
test('another block for its slot is unclaimed', t => {
  t.true(isUnclaimed(block(502, 1002, idOf(502, 'bb')), claimWatched(usedAhead, stored(1003, idOf(503), '1004'))));
});
test('a claim made ahead that was not used carries no block', t => {
  const unused = shown(stored(1001, idOf(501)), ahead(1002, idOf(501)), stored(1003, idOf(502)));
  t.deepEqual(judgeAll([block(502, 1002, idOf(502, 'bb'))], unused), [idOf(502, 'bb')]);
});

const judgeAll = (heads: Block[], trail: ClaimTrail) => {
  const waiting = heads.map((head, index) => ({ ...head, seenAtMs: index }));
  const facts = { readRevision: trail.revision, nowMs: 5000, isSignatureOf };
  return judgeOwnHeads(waiting, trail, facts).unclaimed.map(({ id }) => id);
};

test('a holder that died after a signature on a claim made ahead leaves one block without a name, and no second', t => {
  const died = shown(stored(1001, idOf(501)), ahead(1002, idOf(501)), takenOver(1002, idOf(501)));
  t.deepEqual(judgeAll([block(502, 1002)], died), []);
  t.deepEqual(judgeAll([block(502, 1002), block(502, 1002, idOf(502, 'bb'))], died), [idOf(502, 'bb')]);
  t.deepEqual(judgeAll([block(506, 1006)], died), [idOf(506)]);
  const goneOn = claimWatched(died, { ...takenOver(1003, idOf(503)), revision: '9001' });
  t.deepEqual(judgeAll([block(502, 1002)], goneOn), []);
});

test('one that handed over has named its last block', t => {
  const given = shown(ahead(1002, idOf(501)), takenOver(1002, idOf(502)));
  t.deepEqual(judgeAll([block(502, 1002), block(502, 1002, idOf(502, 'bb'))], given), [idOf(502, 'bb')]);
});

test('a claim that is shown again tells nothing of those after it', t => {
  const again = claimWatched(usedAhead, ahead(1002, idOf(501)));
  t.is(again, usedAhead);
  const goneOn = claimWatched(again, stored(1004, idOf(504)));
  t.true(isUnclaimed(block(503, 1003, idOf(503, 'bb')), goneOn));
});
