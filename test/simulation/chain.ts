// Blocks, whose turn a slot is, and the other producers of the chain as one: they hear us or not, and build on the best they know.

import { producerOfSlot, slotsPerWindow } from '#core/slots.ts';
import type { Network, Place } from './network.ts';
import { beginMs, beginSlot } from './process.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export const ourProducer = 'us';

export interface Block {
  id: string;
  num: number;
  slot: number;
  producer: string;
  /** Which of our nodes made it; empty for the others'. */
  node: string;
  /** What its producer signed: of ours, what the signer was asked for. */
  digest?: string;
  parent: Block | undefined;
  /** The branch with the most is best; votes and length in one. */
  weight: number;
}

/** What a block adds to its parent. */
export function blockOn(parent: Block, more: { slot: number; producer: string; node: string }, random: Random): Block {
  const num = parent.num + 1;
  const id = `${num.toString(16).padStart(8, '0')}${random.hex(56)}`;
  return { ...more, id, num, parent, weight: parent.weight + 1 };
}

export const genesis: Block = {
  id: '00000064'.padEnd(64, '0'),
  num: 100,
  slot: beginSlot - 1,
  producer: 'others0',
  node: '',
  parent: undefined,
  weight: 100,
};

/** The blocks that are in the branch of `from` and not in that of `to`, newest first. */
export function droppedBy(from: Block, to: Block): Block[] {
  const dropped: Block[] = [];
  let left: Block | undefined = from;
  let right: Block | undefined = to;
  while (left !== undefined && left !== right) {
    if (right !== undefined && right.num >= left.num) right = right.parent;
    else {
      dropped.push(left);
      left = left.parent;
    }
  }
  return dropped;
}

/** Whose turn it is; a change is announced a while before it comes. */
export class Schedules {
  readonly #changes: { fromSlot: number; order: string[] }[];

  constructor(order: string[]) {
    this.#changes = [{ fromSlot: 0, order }];
  }

  activeAt(slot: number): string[] {
    return this.#changes.findLast(({ fromSlot }) => fromSlot <= slot)?.order ?? [];
  }

  /** Active and, when there is one, pending. */
  told(slot: number): string[][] {
    const pending = this.#changes.find(({ fromSlot }) => fromSlot > slot);
    return [this.activeAt(slot), ...(pending === undefined ? [] : [pending.order])];
  }

  producerAt(slot: number): string | undefined {
    return producerOfSlot(this.activeAt(slot), slot);
  }

  /** A new order from the round after the next on; none while one is pending. */
  change(nowSlot: number, order: string[]): void {
    if (this.told(nowSlot).length > 1) return;
    const round = order.length * slotsPerWindow;
    this.#changes.push({ fromSlot: nowSlot - (nowSlot % round) + 2 * round, order });
  }
}

interface OthersParts {
  scheduler: Scheduler;
  random: Random;
  network: Network;
  schedules: Schedules;
  onBlock: (block: Block) => void;
}

/** The rest of the chain. */
export class Others implements Place {
  readonly name = 'others';
  readonly site = 'others';
  head: Block = genesis;
  /** How likely a slot of theirs stays empty. */
  missing = 0;
  readonly #parts: OthersParts;

  constructor(parts: OthersParts) {
    this.#parts = parts;
    this.#next(beginSlot);
  }

  /** A block of ours, or of a branch that somebody else was on. */
  hear(block: Block): boolean {
    const { scheduler } = this.#parts;
    const aheadMs = beginMs + (block.slot - beginSlot) * 500 - (beginMs + scheduler.nowMs);
    if (aheadMs > 7000 || block.weight <= this.head.weight) return false;
    this.head = block;
    return true;
  }

  /** A branch from `parent` that beats everything: blocks in slots that were free, whose votes came late. */
  rival(parent: Block, slot: number, weight: number): Block {
    const producer = this.#parts.schedules.producerAt(slot) ?? 'others0';
    return { ...blockOn(parent, { slot, producer, node: '' }, this.#parts.random), weight };
  }

  #next(slot: number): void {
    const { scheduler, random, schedules } = this.#parts;
    scheduler.at((slot - beginSlot) * 500 - random.between(20, 60), () => {
      const producer = schedules.producerAt(slot);
      if (producer !== undefined && producer !== ourProducer && !random.chance(this.missing) && this.head.slot < slot) {
        this.head = blockOn(this.head, { slot, producer, node: '' }, random);
        this.#parts.onBlock(this.head);
      }
      this.#next(slot + 1);
    });
  }
}
