// nodeos as far as a signature depends on it. Facts: docs/signing.md, and the recordings under test/contract/nodeos.

import { slotAt, slotMs, slotStartMs } from '#core/slots.ts';
import { planBlock } from '#rehearsal/nodeos/production.ts';
import { type Block, blockOn, droppedBy, ourProducer, type Schedules } from './chain.ts';
import { MainThread } from './main-thread.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';

export interface NodeosSettings {
  offsetMs: number;
  signerTimeoutMs: number;
  /** Under Savanna the digest is the block's id, and nodeos has no guard of its own. */
  isSavanna: boolean;
  /** Whether blocks received in its own window are applied after a refusal. */
  appliesBetween: boolean;
}

export interface NodeosPorts {
  schedules: Schedules;
  /** Asks the signer; false: refused, or no answer within nodeos' timeout. */
  sign(digest: string, done: (isSigned: boolean) => void): void;
  /** A signed block, before anybody has heard of it. */
  onProduced(block: Block, digest: string): void;
  spread(block: Block): void;
  /** How long the block just finished keeps the main thread before its signature is asked for. */
  heavyMs(): number;
}

export class NodeosModel {
  readonly process: Process;
  readonly thread: MainThread;
  head: Block;
  best: Block;
  isPaused = true;
  fullBlocks = false;
  /** The block begun and not yet signed; `afterFork`: it takes the place of blocks of ours. */
  begun: { slot: number; atMs: number; afterFork: boolean } | undefined;
  readonly #settings: NodeosSettings;
  readonly #ports: NodeosPorts;
  readonly #random: Random;
  #isCurrent = false;
  #mode: 'following' | 'waiting' | 'producing' | 'refused' = 'following';
  #forkDroppedOurs = false;
  /** Blocks of branches that it left. */
  readonly #dropped = new Map<string, Block>();
  #watermark: { num: number; slot: number } | undefined;
  #cancelWake: () => void = () => undefined;

  constructor(process: Process, head: Block, settings: NodeosSettings, ports: NodeosPorts, random: Random) {
    this.process = process;
    this.thread = new MainThread(process);
    this.head = head;
    this.best = head;
    this.#settings = settings;
    this.#ports = ports;
    this.#random = random;
    this.#task(() => this.#startBlock());
  }

  // Called on the main thread.

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    if (this.#mode === 'following') this.#startBlock();
  }

  /** A block that is or was in its chain. */
  find(id: string): Block | undefined {
    let block: Block | undefined = this.head;
    while (block !== undefined && block.id !== id) block = block.parent;
    return block ?? this.#dropped.get(id);
  }

  /** On the network's threads. False: known already, or of no use. */
  hear(block: Block): boolean {
    if (slotStartMs(block.slot) > this.process.machine.wallMs() + 7000 || block.weight <= this.best.weight)
      return false;
    this.best = block;
    this.thread.usually(done => {
      if (
        this.#mode === 'following' ||
        this.#mode === 'waiting' ||
        (this.#mode === 'refused' && this.#settings.appliesBetween)
      ) {
        if (this.#applyBest()) this.#startBlock();
      }
      done();
    });
    return true;
  }

  /** The controller switches to the best branch at once, whatever is being produced. */
  switchNow(block: Block): void {
    if (block.weight <= this.head.weight) return;
    if (block.weight > this.best.weight) this.best = block;
    this.#task(() => {
      if (this.#applyBest()) this.#startBlock();
    });
  }

  #task(work: () => void): void {
    this.thread.urgently(done => {
      work();
      done();
    });
  }

  #applyBest(): boolean {
    if (this.best.weight <= this.head.weight) return false;
    const dropped = droppedBy(this.head, this.best);
    for (const block of dropped) this.#dropped.set(block.id, block);
    if (dropped.some(({ producer }) => producer === ourProducer)) this.#forkDroppedOurs = true;
    this.head = this.best;
    if (this.head.producer === ourProducer) this.#watch(this.head);
    if (slotStartMs(this.head.slot) + slotMs >= this.process.machine.wallMs()) this.#isCurrent = true;
    return true;
  }

  #plan() {
    const { machine } = this.process;
    const slot = Math.max(slotAt(machine.wallMs()), this.head.slot) + 1;
    return planBlock({
      nowMs: machine.wallMs(),
      headSlot: this.head.slot,
      schedule: this.#ports.schedules.activeAt(slot),
      producers: [ourProducer],
      offsetMs: this.#settings.offsetMs,
      fullBlocks: this.fullBlocks,
      hindrance: this.#hindrance(slot),
    });
  }

  #hindrance(slot: number): string | undefined {
    if (!this.#isCurrent) return 'stale production not enabled';
    if (this.isPaused) return 'production is explicitly paused';
    const mark = this.#watermark;
    if (mark !== undefined && (mark.num > this.head.num || mark.slot >= slot)) return 'signed a later block already';
    return undefined;
  }

  /** Guards blocks before Savanna only. Source: producer_plugin.cpp, on_accepted_block_header. */
  #watch({ num, slot }: Block): void {
    if (this.#settings.isSavanna) return;
    const before = this.#watermark ?? { num, slot };
    this.#watermark = { num: Math.max(before.num, num), slot: Math.max(before.slot, slot) };
  }

  #startBlock(): void {
    this.#cancelWake();
    this.begun = undefined;
    let plan = this.#plan();
    const { machine } = this.process;
    const isFree = plan.kind === 'follow' || plan.startMs > machine.wallMs() || this.#settings.appliesBetween;
    if (isFree && this.#applyBest()) plan = this.#plan();
    if (plan.kind === 'follow') {
      this.#mode = 'following';
      this.#wake(plan.wakeMs, () => this.#startBlock());
    } else if (plan.startMs > machine.wallMs()) {
      this.#mode = 'waiting';
      this.#wake(plan.startMs, () => this.#startBlock());
    } else {
      this.#mode = 'producing';
      const { slot } = plan;
      this.begun = { slot, atMs: machine.scheduler.nowMs, afterFork: this.#forkDroppedOurs };
      this.#cancelWake = this.#after(plan.deadlineMs - machine.wallMs(), () =>
        this.thread.urgently(done => this.#finish(slot, done)),
      );
    }
  }

  #finish(slot: number, done: () => void): void {
    if (this.#mode !== 'producing' || this.begun?.slot !== slot) {
      done();
      return;
    }
    const heavyMs = Math.min(this.#ports.heavyMs(), this.#mostHeavyMs());
    if (heavyMs <= 0) this.#ask(slot, done);
    else this.process.in(heavyMs, () => this.#ask(slot, done));
  }

  /** What docs/signing.md rests on: a block after a fork that dropped ours is begun at most one slot before its signature is asked for. */
  #mostHeavyMs(): number {
    const { begun } = this;
    if (begun === undefined || !begun.afterFork) return Number.POSITIVE_INFINITY;
    return Math.max(0, begun.atMs + slotMs - 5 - this.process.machine.scheduler.nowMs);
  }

  #ask(slot: number, done: () => void): void {
    const parent = this.head;
    const unsigned = blockOn(parent, { slot, producer: ourProducer, node: this.process.machine.name }, this.#random);
    const digest = this.#settings.isSavanna ? unsigned.id : `ffff${this.#random.hex(60)}`;
    const block = { ...unsigned, digest };
    this.#ports.sign(digest, isSigned => {
      this.begun = undefined;
      if (isSigned) {
        this.#forkDroppedOurs = false;
        this.#ports.onProduced(block, digest);
        this.head = block;
        this.#watch(block);
        if (block.weight > this.best.weight) this.best = block;
        this.#ports.spread(block);
        this.#startBlock();
      } else {
        // It is not tried again: the next block is the next slot's.
        this.#mode = 'refused';
        this.#wake(slotStartMs(slot), () => this.#startBlock());
      }
      done();
    });
  }

  #wake(atMs: number, task: () => void): void {
    this.#cancelWake();
    this.#cancelWake = this.#after(atMs - this.process.machine.wallMs(), () => this.#task(task));
  }

  /** A timer of nodeos waits for a time of day: a clock that was set back makes it wait on. */
  #after(ms: number, work: () => void): () => void {
    const { process } = this;
    return process.in(Math.max(0, ms) / process.machine.rate + this.#random.between(0, 0.5), work);
  }
}
