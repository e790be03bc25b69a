// The one thread on which nodeos applies blocks, produces, waits for its signer and answers most calls.

import type { Process } from './process.ts';

type Task = (done: () => void) => void;

export class MainThread {
  readonly #process: Process;
  readonly #urgent: Task[] = [];
  readonly #usual: Task[] = [];
  #isBusy = false;

  constructor(process: Process) {
    this.#process = process;
  }

  /** Timers of production come before everything else that waits. Source: producer_plugin.cpp, schedule_maybe_produce_block: priority::high. */
  urgently(task: Task): void {
    this.#urgent.push(task);
    this.#next();
  }

  usually(task: Task): void {
    this.#usual.push(task);
    this.#next();
  }

  /** Nothing else is done for so long. */
  stall(ms: number): void {
    this.urgently(done => void this.#process.in(ms, done));
  }

  #next(): void {
    if (this.#isBusy) return;
    const task = this.#urgent.shift() ?? this.#usual.shift();
    if (task === undefined) return;
    this.#isBusy = true;
    task(() => {
      this.#isBusy = false;
      this.#next();
    });
  }
}
