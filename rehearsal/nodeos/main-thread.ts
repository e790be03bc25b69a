// The one thread on which nodeos applies blocks, produces, asks its signer and answers most API calls: one task after the other.

export class MainThread {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs a task when all earlier ones are done; its outcome is the returned promise's. */
  run<T>(task: () => T | Promise<T>): Promise<T> {
    const outcome = this.#last.then(task);
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  /** Keeps the thread busy, as a heavy block or a stuck disk would. */
  hang(ms: number): void {
    void this.run(() => new Promise(resolve => setTimeout(resolve, ms)));
  }
}
