import test from 'ava';
import type { Block } from '#rehearsal/nodeos/block.ts';
import {
  addBlock,
  applyBlock,
  createForks,
  type Forks,
  quorumUpTo,
  recordVotes,
  retainedBlocks,
  voteForHead,
} from '#rehearsal/nodeos/forks.ts';
import { branch, child, genesis, schedule } from './chain.ts';

function addAll(forks: Forks, blocks: readonly Block[]): void {
  for (const block of blocks)
    if (addBlock(forks, block).kind !== 'added') throw new Error(`block ${block.num} was not added`);
}

function forksWith(...branches: Block[][]): Forks {
  const forks = createForks(genesis, schedule);
  for (const blocks of branches) addAll(forks, blocks);
  return forks;
}

test('the longer branch is the best one', t => {
  const [short, long] = [branch(genesis, 2, { qc: 1 }), branch(genesis, 3, { qc: 1, root: 'other' })];
  const forks = forksWith(short, long);
  t.is(forks.best, long[2] as Block);
});

test('of branches of the same length the current one stays', t => {
  const [first, second] = [branch(genesis, 2, { qc: 1 }), branch(genesis, 2, { qc: 1, root: 'other' })];
  t.is(forksWith(first, second).best, first[1] as Block);
});

test('a shorter branch with a newer quorum of votes is the best one', t => {
  const isolated = branch(genesis, 5, { qc: 1, root: 'alone' });
  const voted = branch(genesis, 3);
  const forks = forksWith(isolated, voted);
  t.is(forks.best, voted[2] as Block);
});

test('a switch tells what it removes and applies, oldest first', t => {
  const [short, long] = [branch(genesis, 2, { qc: 1 }), branch(genesis, 3, { qc: 1, root: 'other' })];
  const forks = forksWith(short, long);
  applyBlock(forks, short[1] as Block);
  const { removed, applied } = applyBlock(forks, long[2] as Block);
  t.deepEqual(removed, short);
  t.deepEqual(applied, long);
  t.deepEqual(
    [2, 3, 4].map(num => forks.branch.get(num)),
    long.map(({ id }) => id),
  );
});

test('a block is final two quorums later: two below the head', t => {
  const blocks = branch(genesis, 6);
  const forks = forksWith(blocks);
  applyBlock(forks, blocks[5] as Block);
  t.is(forks.head.num - forks.root.num, 2);
});

test('without votes nothing becomes final', t => {
  const blocks = branch(genesis, 6, { qc: 1 });
  const forks = forksWith(blocks);
  applyBlock(forks, blocks[5] as Block);
  t.is(forks.root.num, 1);
});

test('a branch that leaves the final block out is forgotten and never taken', t => {
  const rival = branch(genesis, 1, { root: 'rival' });
  const blocks = branch(genesis, 6);
  const forks = forksWith(rival, blocks);
  applyBlock(forks, blocks[5] as Block);
  t.false(forks.blocks.has((rival[0] as Block).id));
  t.is(addBlock(forks, child(rival[0] as Block)).kind, 'stale');
  t.is(addBlock(forks, child(child(child(child(child(child(child(rival[0] as Block)))))))).kind, 'unlinkable');
});

test('a block is taken once, and only on a known parent', t => {
  const [first, second] = branch(genesis, 2) as [Block, Block];
  const forks = forksWith();
  t.is(addBlock(forks, second).kind, 'unlinkable');
  t.is(addBlock(forks, first).kind, 'added');
  t.is(addBlock(forks, first).kind, 'known');
});

const refuses = test.macro((t, change: Partial<Block>, expected: RegExp) => {
  const added = addBlock(forksWith(), child(genesis, change));
  t.is(added.kind, 'invalid');
  if (added.kind === 'invalid') t.regex(added.reason, expected);
});

test(
  "a block of another producer than the slot's is refused",
  refuses,
  { producer: 'bpc' },
  /producer is bpc; expected bpa/,
);
test('a block that is not after its parent is refused', refuses, { slot: genesis.slot }, /not after its parent/);
test("a block whose id is not its content's is refused", refuses, { id: '0'.repeat(64) }, /does not match/);
test('a block without a K1 signature is refused', refuses, { signature: 'SIG_BLS_x' }, /not a SIG_K1/);
test('a block that claims votes for itself is refused', refuses, { qc: 2 }, /claims votes for block 2/);

test('a quorum is more than two thirds of the producers, each counted once', t => {
  const [first, second] = branch(genesis, 2, { qc: 1 }) as [Block, Block];
  const forks = forksWith([first, second]);
  t.true(recordVotes(forks, first.id, first.num, ['bpa', 'bpb']));
  t.false(recordVotes(forks, first.id, first.num, ['bpb', 'bpa']));
  t.is(quorumUpTo(forks, second), 1);
  t.false(recordVotes(forks, first.id, first.num, ['stranger']));
  t.is(quorumUpTo(forks, second), 1);
  t.true(recordVotes(forks, first.id, first.num, ['bpd']));
  t.is(quorumUpTo(forks, second), 2);
});

test('a node does not vote for a branch against the quorum it has seen, until that branch has a newer one', t => {
  const [first, second, third] = branch(genesis, 3) as [Block, Block, Block];
  const forks = forksWith([first, second, third]);
  applyBlock(forks, third);
  t.true(voteForHead(forks));
  t.false(voteForHead(forks), 'once a slot');
  const rival = child(first, { slot: 48_010, root: 'rival', qc: 2 });
  addAll(forks, [rival]);
  applyBlock(forks, rival);
  t.false(voteForHead(forks));
  const newer = branch(rival, 2, { root: 'rival' });
  addAll(forks, newer);
  applyBlock(forks, newer[1] as Block);
  t.true(voteForHead(forks));
});

test('only the newest blocks are kept', t => {
  const blocks = branch(genesis, retainedBlocks + 50);
  const forks = createForks(genesis, schedule);
  for (const block of blocks) {
    addBlock(forks, block);
    applyBlock(forks, block);
  }
  t.is(forks.blocks.size, retainedBlocks + 1);
  t.is(forks.earliest, forks.head.num - retainedBlocks);
  t.is(forks.branch.size, retainedBlocks + 1);
});
