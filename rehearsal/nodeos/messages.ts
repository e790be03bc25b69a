// The messages that stand-ins exchange: one JSON object a line over TCP.

import { type Block, isBlock } from './block.ts';

export interface BlockReference {
  num: number;
  id: string;
}

/** The first message in each direction. */
export interface Hello {
  type: 'hello';
  agent: string;
  nodeId: string;
  chainId: string;
  /** Where others may dial the sender; empty when nowhere. */
  address: string;
  head: BlockReference;
  irreversible: BlockReference;
  /** The oldest block that the sender can send. */
  earliest: number;
  timeMs: number;
}

export interface Vote {
  type: 'vote';
  num: number;
  id: string;
  voters: string[];
}

export type Message =
  | Hello
  | Vote
  /** A new block: passed on to the other peers. */
  | { type: 'block'; block: Block }
  /** Asks for blocks of the sender's branch, both ends included. */
  | { type: 'get'; from: number; to: number }
  /** A block that was asked for; `last` ends the answer. */
  | { type: 'sync'; block: Block; last: boolean }
  | { type: 'goAway'; reason: string }
  | { type: 'keepAlive' };

/** A message, or undefined when the line is none. */
export function parseMessage(line: string): Message | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const message = value as unknown as Message;
  switch (message.type) {
    case 'hello':
      return isReference(message.head) && isReference(message.irreversible) && typeof message.nodeId === 'string'
        ? message
        : undefined;
    case 'vote':
      return isReference(message) && Array.isArray(message.voters) ? message : undefined;
    case 'block':
    case 'sync':
      return isBlock(message.block) ? message : undefined;
    case 'get':
      return Number.isSafeInteger(message.from) && Number.isSafeInteger(message.to) ? message : undefined;
    case 'goAway':
    case 'keepAlive':
      return message;
  }
  return undefined;
}

function isReference(value: unknown): value is BlockReference {
  const reference = value as BlockReference | undefined;
  return Number.isSafeInteger(reference?.num) && typeof reference?.id === 'string';
}
