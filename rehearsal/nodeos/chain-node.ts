// A node of the chain: applies what it hears, produces in its windows, votes, and passes blocks on.

import { slotAt, slotMs, slotStartMs, slotTimestamp } from '#core/slots.ts';
import { type Block, blockId, sha256, type UnsignedBlock } from './block.ts';
import { addBlock, applyBlock, createForks, type Forks, quorumUpTo, recordVotes, voteForHead } from './forks.ts';
import { logProduced, logReceived, logSwitch } from './log.ts';
import { MainThread } from './main-thread.ts';
import type { Vote } from './messages.ts';
import { type Plan, planBlock } from './production.ts';
import type { NodePorts, NodeSettings, RuntimeOptions } from './settings.ts';
import { SignerError } from './signer.ts';
import { wakeAt } from './wake.ts';

/** Blocks further in the future are dropped. Source: plugins/net_plugin/net_plugin.cpp. */
const mostAheadMs = 7000;

export type Received = 'new' | 'known' | 'unlinkable' | 'dropped';

export class ChainNode {
  readonly settings: NodeSettings;
  readonly options: RuntimeOptions;
  readonly mainThread = new MainThread();
  forks: Forks;
  fullBlocks: boolean;
  counts = { produced: 0, received: 0 };
  lastVotes = new Map<string, Vote>();
  readonly #ports: NodePorts;
  #paused: boolean;
  #productionEnabled: boolean;
  #lastOthersVoteMs = Date.now();
  #mode: 'stopped' | 'following' | 'waiting' | 'producing' = 'stopped';
  #cancelWake: () => void = () => undefined;

  constructor(settings: NodeSettings, options: RuntimeOptions, forks: Forks, fullBlocks: boolean, ports: NodePorts) {
    this.settings = settings;
    this.options = options;
    this.forks = forks;
    this.fullBlocks = fullBlocks;
    this.#ports = ports;
    this.#paused = settings.paused;
    this.#productionEnabled = settings.staleProduction;
  }

  start(): void {
    this.#mode = 'following';
    this.#task(() => this.#startBlock());
  }

  /** Ends when the main thread is free. */
  stop(): Promise<void> {
    return this.mainThread.run(() => {
      this.#mode = 'stopped';
      this.#cancelWake();
    });
  }

  // The four calls below are made on the main thread.

  pause(): void {
    this.#ports.log('info', 'producer_plugin.cpp:1716', 'pause', 'Producer paused.');
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#lastOthersVoteMs = Date.now();
    const scheduling = this.#mode === 'following';
    const source = `producer_plugin.cpp:${scheduling ? 1204 : 1207}`;
    this.#ports.log('info', source, 'resume', `Producer resumed.${scheduling ? ' Scheduling production.' : ''}`);
    if (scheduling) this.#startBlock();
  }

  isPaused(): boolean {
    return this.#paused || this.#othersAreSilent();
  }

  /** Starts over from a block of a peer, as from a snapshot: for a node whose own chain ends too early. */
  restartFrom(first: Block): void {
    this.forks = createForks(first, this.settings.schedule);
    this.#ports.keep(first);
    this.#ports.onHead();
  }

  /** Takes a block from a peer: on the network's threads, so it is known and passed on even while the main thread is busy. */
  receive(block: Block, from: unknown, passOn: boolean): Received {
    if (slotStartMs(block.slot) > Date.now() + mostAheadMs) return 'dropped';
    const added = addBlock(this.forks, block);
    switch (added.kind) {
      case 'known':
      case 'unlinkable':
        return added.kind;
      case 'stale':
        return 'dropped';
      case 'invalid':
        this.#ports.log(
          'error',
          'net_plugin.cpp:3901',
          'process_next_block_m',
          `dropped block ${block.num} ${block.id}: ${added.reason}`,
        );
        return 'dropped';
      case 'added':
        this.#ports.keep(block);
        if (passOn) this.#ports.onBlock(block, from);
        this.#task(() => this.#onReceived());
        return 'new';
    }
  }

  receiveVote(vote: Vote, from: unknown): void {
    if (vote.voters.some(voter => !this.settings.producers.includes(voter))) this.#lastOthersVoteMs = Date.now();
    if (!recordVotes(this.forks, vote.id, vote.num, vote.voters)) return;
    for (const voter of vote.voters) this.lastVotes.set(voter, vote);
    this.#ports.onVote(vote, from);
  }

  #task(task: () => void | Promise<void>): void {
    this.mainThread.run(task).catch((error: unknown) => {
      // A defect of the stand-in: it must not go on with half a step done.
      process.nextTick(() => {
        throw error;
      });
    });
  }

  #onReceived(): void {
    if (this.#mode === 'producing') {
      const { num, id } = this.forks.best;
      this.#ports.log(
        'info',
        'producer_plugin.cpp:925',
        'on_incoming_block',
        `producing, fork database head at: #${num} id: ${id}`,
      );
    } else if (this.#mode !== 'stopped' && this.#applyBest()) {
      this.#startBlock();
    }
  }

  /** Takes the best branch when it is not the head's already. */
  #applyBest(): boolean {
    const { best, head } = this.forks;
    if (best.id === head.id) return false;
    const { removed, applied } = applyBlock(this.forks, best);
    const irreversible = this.forks.root.num;
    const nowMs = Date.now();
    for (const block of applied) logReceived(this.#ports.log, block, irreversible, nowMs);
    if (removed.length > 0) logSwitch(this.#ports.log, head, best, irreversible, removed, applied);
    this.counts.received += applied.length;
    if (slotStartMs(best.slot) + slotMs >= nowMs) this.#productionEnabled = true;
    this.#afterHead();
    return true;
  }

  #afterHead(): void {
    this.#ports.onHead();
    const { head } = this.forks;
    if (this.settings.producers.length === 0 || slotAt(Date.now()) - head.slot > 20 || !voteForHead(this.forks)) return;
    const vote: Vote = { type: 'vote', num: head.num, id: head.id, voters: [...this.settings.producers] };
    recordVotes(this.forks, head.id, head.num, vote.voters);
    for (const voter of vote.voters) this.lastVotes.set(voter, vote);
    this.#ports.onVote(vote, undefined);
  }

  #plan(): Plan {
    return planBlock({
      nowMs: Date.now(),
      headSlot: this.forks.head.slot,
      schedule: this.settings.schedule,
      producers: this.settings.producers,
      offsetMs: this.options.produceBlockOffsetMs,
      fullBlocks: this.fullBlocks,
      hindrance: this.#hindrance(),
    });
  }

  #hindrance(): string | undefined {
    const ageSeconds = this.options.maxIrreversibleBlockAgeSeconds;
    if (!this.#productionEnabled) return 'stale production not enabled';
    if (this.#paused) return 'production is explicitly paused';
    if (this.#othersAreSilent()) return 'no recent votes received from others';
    if (this.#ports.sign === undefined) return "I don't have any private keys relevant to authority";
    if (ageSeconds >= 0 && Date.now() - slotStartMs(this.forks.root.slot) > ageSeconds * 1000)
      return 'the irreversible block is too old';
    return undefined;
  }

  #othersAreSilent(): boolean {
    const { votePauseMs, schedule, producers } = this.settings;
    const hasOthers = schedule.some(name => !producers.includes(name));
    return votePauseMs > 0 && hasOthers && Date.now() - this.#lastOthersVoteMs > votePauseMs + 1000;
  }

  #startBlock(): void {
    this.#cancelWake();
    if (this.#mode === 'stopped') return;
    let plan = this.#plan();
    // Only a node that is not to produce now takes blocks in; with these the plan may be another.
    if ((plan.kind === 'follow' || plan.startMs > Date.now()) && this.#applyBest()) plan = this.#plan();
    if (plan.kind === 'follow') {
      this.#mode = 'following';
      if (plan.hindrance !== undefined) this.#logHindrance(plan.slot, plan.hindrance);
      this.#wake(plan.wakeMs, () => this.#startBlock());
    } else if (plan.startMs > Date.now()) {
      this.#mode = 'waiting';
      this.#wake(plan.startMs, () => this.#startBlock());
    } else {
      this.#mode = 'producing';
      const { slot, producer, deadlineMs } = plan;
      const startedMs = performance.now();
      this.#wake(deadlineMs, () => this.#produce(slot, producer, startedMs));
    }
  }

  #wake(atMs: number, task: () => void | Promise<void>): void {
    this.#cancelWake = wakeAt(atMs, () => this.#task(task));
  }

  #logHindrance(slot: number, hindrance: string): void {
    const level = hindrance === 'stale production not enabled' ? 'error' : 'warn';
    const source = `producer_plugin.cpp:${level === 'error' ? 2079 : 2090}`;
    const message = `Not producing block because ${hindrance}, block ${slotTimestamp(slot)}`;
    this.#ports.log(level, source, 'determine_pending_block_mode', message);
  }

  async #produce(slot: number, producer: string, startedMs: number): Promise<void> {
    if (this.#mode !== 'producing') return;
    const { head } = this.forks;
    const root = sha256(`${this.settings.name} ${slot} ${performance.now()} ${Math.random()}`);
    const content = { num: head.num + 1, previous: head.id, slot, producer, qc: quorumUpTo(this.forks, head), root };
    const unsigned = { ...content, id: blockId(content), node: this.settings.name };
    const signature = await this.#sign(unsigned);
    if (signature === undefined) {
      // A refused block is not tried again: the next one is the next slot's.
      this.#wake(slotStartMs(slot), () => this.#startBlock());
      return;
    }
    const block = { ...unsigned, signature };
    addBlock(this.forks, block);
    applyBlock(this.forks, block);
    this.counts.produced++;
    logProduced(this.#ports.log, block, this.forks.root.num, performance.now() - startedMs);
    this.#ports.keep(block);
    this.#ports.onBlock(block, undefined);
    this.#afterHead();
    this.#startBlock();
  }

  async #sign(block: UnsignedBlock): Promise<string | undefined> {
    try {
      return await this.#ports.sign?.(block);
    } catch (error) {
      if (!(error instanceof SignerError)) throw error;
      const message = [error.title, error.message, `    ${error.data}`, `    ${error.where}`].join('\n');
      this.#ports.log('warn', 'producer_plugin.cpp:2981', 'maybe_produce_block', message);
      return undefined;
    }
  }
}
