// What a chain node is told at its start, what may be changed while it runs, and what it has done outside of it.

import type { Block, UnsignedBlock } from './block.ts';
import type { Log } from './log.ts';
import type { Vote } from './messages.ts';

export interface NodeSettings {
  name: string;
  schedule: readonly string[];
  producers: readonly string[];
  paused: boolean;
  staleProduction: boolean;
  /** Without a vote of another producer for so long a node does not produce; 0: it does. */
  votePauseMs: number;
}

export interface RuntimeOptions {
  maxTransactionTimeMs: number;
  maxIrreversibleBlockAgeSeconds: number;
  produceBlockOffsetMs: number;
  greylistLimit: number;
}

export interface NodePorts {
  log: Log;
  /** Undefined when the node has no signature provider. */
  sign: ((block: UnsignedBlock) => Promise<string>) | undefined;
  /** A block to pass on to all peers but the one it came from. */
  onBlock(block: Block, from: unknown): void;
  onVote(vote: Vote, from: unknown): void;
  /** Called with every block that became known, for the block log. */
  keep(block: Block): void;
  /** Called when the head changed. */
  onHead(): void;
}
