// Virtual time: work is done in the order of its time, and each piece's promises are settled before the next begins.

interface Entry {
  atMs: number;
  order: number;
  work: (() => void) | undefined;
}

/** Between two immediates node settles all promises; a batch of them costs one turn of its loop. */
const batchSize = 256;

export class Scheduler {
  /** True time, ms since the simulation began. */
  nowMs = 0;
  #order = 0;
  readonly #heap: Entry[] = [];
  #stopped = false;

  /** Calls back at that time, after all that was asked for earlier; what it returns cancels that. */
  at(atMs: number, work: () => void): () => void {
    const entry: Entry = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, work };
    this.#push(entry);
    return () => {
      entry.work = undefined;
    };
  }

  /** Does everything up to that time. */
  run(untilMs: number): Promise<void> {
    this.#stopped = false;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const one = () => {
        if (isOver) return;
        const work = this.#stopped ? undefined : this.#next(untilMs);
        if (work === undefined) {
          isOver = true;
          return resolve();
        }
        try {
          work();
        } catch (error) {
          isOver = true;
          reject(error);
        }
      };
      const batch = () => {
        if (isOver) return;
        for (let count = 0; count < batchSize; count++) setImmediate(one);
        setImmediate(batch);
      };
      batch();
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  #next(untilMs: number): (() => void) | undefined {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || first.atMs > untilMs) {
        this.nowMs = untilMs;
        return undefined;
      }
      this.#pop();
      if (first.work === undefined) continue;
      this.nowMs = first.atMs;
      return first.work;
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as Entry;
      if (!isBefore(entry, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && isBefore(heap[down + 1] as Entry, heap[down] as Entry)) down++;
      if (!isBefore(heap[down] as Entry, last)) break;
      heap[at] = heap[down] as Entry;
      at = down;
    }
    heap[at] = last;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
