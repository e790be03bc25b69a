// Worlds in which nothing happens by chance: what a planned thing, or a death at a chosen moment, costs by itself.

import { slotAt, slotStartMs, type Window, windowFrom } from '#core/slots.ts';
import { type Block, ourProducer } from './chain.ts';
import { keys, type Node } from './node.ts';
import { beginMs } from './process.ts';
import { World } from './world.ts';

/** Everything is started, and the standbys have seen a window. */
const settledMs = 20_000;
/** What comes late of a window. */
const afterSlots = 4;

export class CalmWorld {
  readonly world: World;
  /** Why claims were taken, since it was calm. */
  readonly takeovers: string[] = [];

  constructor(seed: number) {
    this.world = new World(seed, { isTraced: false, aheadShare: 0 });
    this.world.nodeosSettings.signerTimeoutMs = 400;
  }

  async settle(): Promise<void> {
    this.world.start();
    await this.world.scheduler.run(settledMs);
    this.world.onInterest = (_, line) => {
      if (line.includes('"decision":"takeover"')) this.takeovers.push((JSON.parse(line) as { reason: string }).reason);
    };
  }

  /** The first of our windows that is begun in `ms` or later. */
  nextWindow(ms: number): Window {
    const earliest = slotAt(this.world.trueMs + ms) + 2;
    const order = this.world.schedules.activeAt(earliest);
    const window = windowFrom(order, ourProducer, earliest);
    if (window === undefined) throw new Error('our producer is not in the schedule');
    const next = window.first >= earliest ? window : windowFrom(order, ourProducer, window.last + 1);
    return next ?? window;
  }

  /** Until `ms` before nodeos begins the first block of a window. */
  untilBefore({ first }: Window, ms: number): Promise<void> {
    return this.world.scheduler.run(slotStartMs(first) - 500 - ms - beginMs);
  }

  /** Until all that happened in a window is known. */
  untilAfter({ last }: Window): Promise<void> {
    return this.world.scheduler.run(slotStartMs(last + afterSlots) - beginMs);
  }

  /** The node that holds the claim, if one does. */
  get holder(): Node | undefined {
    return this.world.nodes.find(({ monitor }) => monitor?.loop.monitor.state.kind === 'holding');
  }

  askHandover(id: string, moment: 'gap' | 'now'): void {
    const request = { v: 1, kind: 'handover', id, target: null, moment, by: 'a test' };
    this.world.etcd.store.put(keys.request, JSON.stringify(request));
  }

  /** Our slots of a window that no block of the chain carries, counted from its first. */
  missed({ first, last }: Window): number[] {
    const signed = new Set<number>();
    for (let block: Block | undefined = this.world.others.head; block !== undefined; block = block.parent) {
      if (block.slot < first) break;
      if (block.producer === ourProducer) signed.add(block.slot);
    }
    return Array.from({ length: last - first + 1 }, (_, index) => index).filter(index => !signed.has(first + index));
  }
}
