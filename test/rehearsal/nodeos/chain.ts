// Builds blocks and branches for tests.

import { producerOfSlot } from '#core/slots.ts';
import { type Block, blockId, genesisBlock, sha256 } from '#rehearsal/nodeos/block.ts';

export const chainId = '8a34ec7df1b8cd06ff4a8abbaa7cc50300823350cadc59ab296cb00d104d2b8f';
export const schedule = ['bpa', 'bpb', 'bpc', 'bpd'];

/** Slot 0 of somebody's window. */
export const firstSlot = 48_000;

export const genesis = genesisBlock(chainId, schedule, firstSlot);

/** A block on `parent`, by default in the next slot, by that slot's producer, with a quorum for its parent. */
export function child(parent: Block, change: Partial<Block> = {}): Block {
  const slot = change.slot ?? parent.slot + 1;
  const content = {
    num: parent.num + 1,
    previous: parent.id,
    slot,
    producer: change.producer ?? producerOfSlot(schedule, slot) ?? '',
    qc: change.qc ?? parent.num,
    root: change.root ?? sha256('root'),
  };
  return { ...content, id: blockId(content), signature: 'SIG_K1_abc', node: 'test', ...change };
}

/** A branch of `length` blocks on `parent`, oldest first. */
export function branch(parent: Block, length: number, change: Partial<Block> = {}): Block[] {
  const blocks: Block[] = [];
  for (let last = parent; blocks.length < length; ) {
    last = child(last, change);
    blocks.push(last);
  }
  return blocks;
}
