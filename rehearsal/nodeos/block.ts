// What a block of the stand-in's chain is, how its id is made, and whether a received one may follow its parent.

import { createHash } from 'node:crypto';
import { producerOfSlot, slotOfTimestamp } from '#core/slots.ts';

export interface Block {
  num: number;
  /** 8 hex digits of the block number, then a hash: 64 hex digits in all. It is also the digest that gets signed, as under Savanna. */
  id: string;
  previous: string;
  slot: number;
  producer: string;
  /** The number of the highest ancestor that the block proves to have a quorum of votes. */
  qc: number;
  /** Stands for the transactions: two blocks with the same parent and slot differ, as they do on a chain under load. */
  root: string;
  signature: string;
  /** Who published it: the agent-name of the node. Out of band: not a part of the id, told for the observer's sake. */
  node: string;
}

/** What an id is made of. */
export type BlockContent = Omit<Block, 'id' | 'signature' | 'node'>;

/** A block as its producer made it, before it is signed. */
export type UnsignedBlock = Omit<Block, 'signature'>;

export function blockId(block: BlockContent): string {
  const content = JSON.stringify([block.previous, block.slot, block.producer, block.qc, block.root]);
  return block.num.toString(16).padStart(8, '0') + sha256(content).slice(8);
}

/** Source: libraries/chain/genesis_state.hpp, the default initial_timestamp. */
export const defaultGenesisSlot = slotOfTimestamp('2018-06-01T12:00:00.000');

/** Block 1, the same for everybody who names the same chain id and schedule. */
export function genesisBlock(chainId: string, schedule: readonly string[], slot: number): Block {
  const content = {
    num: 1,
    previous: '0'.repeat(64),
    slot,
    producer: '',
    qc: 1,
    root: sha256(`${chainId} ${schedule.join(',')}`),
  };
  return { ...content, id: blockId(content), signature: '', node: '' };
}

/** Why a block may not follow `parent`; undefined when it may. */
export function blockProblem(block: Block, parent: Block, schedule: readonly string[]): string | undefined {
  if (block.id !== blockId(block)) return 'its id does not match its content';
  if (block.num !== parent.num + 1) return `its number is ${block.num}; expected ${parent.num + 1}`;
  if (block.slot <= parent.slot) return 'its timestamp is not after its parent';
  if (block.qc < parent.qc || block.qc > parent.num) return `it claims votes for block ${block.qc}`;
  const producer = producerOfSlot(schedule, block.slot);
  if (block.producer !== producer) return `its producer is ${block.producer}; expected ${producer}`;
  if (!isSignature(block.signature)) return 'its signature is not a SIG_K1';
  return undefined;
}

export function isSignature(text: unknown): text is string {
  return typeof text === 'string' && /^SIG_K1_[1-9A-HJ-NP-Za-km-z]+$/.test(text);
}

/** Whether a parsed message holds a block; its content is checked by blockProblem. */
export function isBlock(value: unknown): value is Block {
  const block = value as Block;
  return (
    typeof value === 'object' &&
    value !== null &&
    [block.num, block.slot, block.qc].every(field => Number.isSafeInteger(field)) &&
    [block.id, block.previous, block.producer, block.root, block.signature, block.node].every(
      field => typeof field === 'string',
    )
  );
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
