// Stand-ins in one process, joined over real sockets: fetching what one lacks, and who votes.

import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { type Block, genesisBlock } from '#rehearsal/nodeos/block.ts';
import { addBlock, applyBlock, createForks } from '#rehearsal/nodeos/forks.ts';
import { defaultRuntimeOptions } from '#rehearsal/nodeos/options.ts';
import { StandIn } from '#rehearsal/nodeos/stand-in.ts';
import { branch, chainId, firstSlot, genesis, schedule } from './chain.ts';

interface Made {
  standIn: StandIn;
  messages: string[];
  /** Waits until the node's head has the number. */
  reaches(num: number): Promise<void>;
}

function make(t: ExecutionContext, first: Block, blocks: readonly Block[], votePauseMs = 0): Made {
  const forks = createForks(first, schedule);
  for (const block of blocks) {
    addBlock(forks, block);
    applyBlock(forks, block);
  }
  const heads = new EventTarget();
  const messages: string[] = [];
  const settings = { name: 'test', schedule, producers: ['bpa'], paused: true, staleProduction: false, votePauseMs };
  const links = { chainId, version: 'v1.2.2', address: '', redialMs: 1000, firstRedialMs: 1000, keepAliveMs: 10_000 };
  const standIn = new StandIn({ ...settings, ...links }, { ...defaultRuntimeOptions }, forks, false, {
    log: (_level, _source, _method, message) => messages.push(message),
    sign: undefined,
    keep: () => undefined,
    onHead: () => heads.dispatchEvent(new Event('head')),
  });
  t.teardown(() => standIn.stop());
  standIn.node.start();
  const reaches = async (num: number): Promise<void> => {
    const signal = AbortSignal.timeout(15_000);
    while (standIn.node.forks.head.num < num) await once(heads, 'head', { signal });
  };
  return { standIn, messages, reaches };
}

async function join(dialler: Made, listener: Made): Promise<void> {
  const port = await listener.standIn.peers.listen('127.0.0.1', 0);
  dialler.standIn.peers.connect(`127.0.0.1:${port}`);
}

const fetches = test.macro(async (t, length: number) => {
  const blocks = branch(genesis, length);
  const [empty, full] = [make(t, genesis, []), make(t, genesis, blocks)];
  await join(empty, full);
  await empty.reaches(length + 1);
  t.is(empty.standIn.node.forks.head.id, full.standIn.node.forks.head.id);
  t.is(empty.standIn.node.forks.root.id, full.standIn.node.forks.root.id);
});

test('an empty node fetches the chain of a peer', fetches, 40);
test('a long chain comes in several answers', fetches, 1300);
test('a chain whose beginning the peer no longer has is taken up where it is final', fetches, 2500);

test("a node whose chain ends before the peer's begins starts over where the peer's is final", async t => {
  const blocks = branch(genesis, 2500);
  const [old, full] = [make(t, genesis, blocks.slice(0, 100)), make(t, genesis, blocks)];
  await join(old, full);
  await old.reaches(2501);
  t.is(old.standIn.node.forks.head.id, full.standIn.node.forks.head.id);
  t.is(old.standIn.node.forks.earliest, full.standIn.node.forks.root.num);
});

test('a node serves whoever dials it, too', async t => {
  const blocks = branch(genesis, 40);
  const [empty, full] = [make(t, genesis, []), make(t, genesis, blocks)];
  await join(full, empty);
  await empty.reaches(41);
  t.is(empty.standIn.node.forks.head.id, blocks[39]?.id ?? '');
});

test('a fork below the head is fetched down to the common block', async t => {
  const shared = branch(genesis, 10);
  const common = shared[9] as Block;
  const mine = branch(common, 5, { qc: common.num - 1, root: 'mine' });
  const theirs = branch(common, 9, { qc: common.num - 1, root: 'theirs' });
  const [one, two] = [make(t, genesis, [...shared, ...mine]), make(t, genesis, [...shared, ...theirs])];
  await join(one, two);
  await one.reaches(20);
  t.is(one.standIn.node.forks.head.id, theirs[8]?.id ?? '');
  t.true(one.messages.some(message => message.startsWith('switching forks from ')));
});

test('a peer of another chain is sent away', async t => {
  const [one, other] = [make(t, genesis, []), make(t, genesis, branch(genesis, 3))];
  Object.assign(other.standIn.settings, { chainId: 'f'.repeat(64) });
  await join(one, other);
  await t.throwsAsync(
    Promise.race([one.reaches(2), once(new EventTarget(), 'never', { signal: AbortSignal.timeout(500) })]),
  );
  t.true(one.messages.concat(other.messages).some(message => message.includes('wrong chain')));
});

test('a peer with another block 1 is told apart in the log', async t => {
  const elsewhere = genesisBlock(chainId, schedule, firstSlot + 1);
  const [one, other] = [make(t, elsewhere, []), make(t, genesis, branch(genesis, 3))];
  await join(one, other);
  await t.throwsAsync(
    Promise.race([one.reaches(2), once(new EventTarget(), 'never', { signal: AbortSignal.timeout(500) })]),
  );
  t.true(one.messages.some(message => message.includes('does not follow our block 1')));
});

test('a node that hears no votes of others for long counts as paused, and resume gives it time again', async t => {
  const { standIn } = make(t, genesis, [], 1);
  await standIn.node.mainThread.run(() => standIn.node.resume());
  t.false(standIn.node.isPaused());
  await new Promise(resolve => setTimeout(resolve, 1010));
  t.true(standIn.node.isPaused());
  standIn.node.receiveVote({ type: 'vote', num: 1, id: genesis.id, voters: ['bpa'] }, undefined);
  t.true(standIn.node.isPaused(), "its own vote is not another's");
  standIn.node.receiveVote({ type: 'vote', num: 1, id: genesis.id, voters: ['bpb'] }, undefined);
  t.false(standIn.node.isPaused());
});
