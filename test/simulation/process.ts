// A machine with its wall clock, and the processes on it: each may be stopped, continued and killed, with all that waits for it.

import { slotStartMs } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** When every simulation begins by the true clock: the start of a round, whatever its length. */
export const beginSlot = 1_641_600_000 - (1_641_600_000 % (12 * 12));
export const beginMs = slotStartMs(beginSlot);

/** One machine; nodeos and its monitor read the same clock. */
export class Machine {
  readonly name: string;
  readonly site: string;
  /** How far the wall clock is off. */
  offsetMs = 0;
  /** How fast both clocks run. */
  readonly rate: number;
  readonly scheduler: Scheduler;

  constructor(scheduler: Scheduler, name: string, site: string, rate: number) {
    this.scheduler = scheduler;
    this.name = name;
    this.site = site;
    this.rate = rate;
  }

  wallMs(): number {
    return Math.floor(beginMs + this.scheduler.nowMs * this.rate + this.offsetMs);
  }
}

interface Held {
  isTimer: boolean;
  run: () => void;
}

export class Process {
  readonly name: string;
  readonly machine: Machine;
  readonly time: Time;
  isAlive = true;
  isStopped = false;
  readonly #random: Random;
  #held: Held[] = [];

  constructor(machine: Machine, name: string, random: Random) {
    this.machine = machine;
    this.name = name;
    this.#random = random;
    this.time = {
      wallMs: () => machine.wallMs(),
      nowMs: () => machine.scheduler.nowMs * machine.rate,
      after: (ms, work) => this.#later(Math.max(0, ms) / machine.rate + random.next(), work, true),
    };
  }

  /** Something that comes to this process after `ms` of true time; what it returns cancels that. */
  in(ms: number, work: () => void): () => void {
    return this.#later(ms, work, false);
  }

  stop(): void {
    this.isStopped = true;
  }

  /** All that is overdue happens at once, in its order; sometimes timers come before what arrived. */
  continue(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    const held = this.#held;
    this.#held = [];
    if (this.#random.chance(0.5)) held.sort((a, b) => Number(b.isTimer) - Number(a.isTimer));
    const { scheduler } = this.machine;
    for (const { run } of held) scheduler.at(scheduler.nowMs, run);
  }

  kill(): void {
    this.isAlive = false;
    this.#held = [];
  }

  #later(ms: number, work: () => void, isTimer: boolean): () => void {
    const { scheduler } = this.machine;
    let isOver = false;
    const run = () => {
      if (isOver || !this.isAlive) return;
      if (this.isStopped) {
        this.#held.push({ isTimer, run });
        return;
      }
      isOver = true;
      work();
    };
    const cancel = scheduler.at(scheduler.nowMs + ms, run);
    return () => {
      isOver = true;
      cancel();
    };
  }
}
