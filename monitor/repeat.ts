// Work that is done again and again: one at a time, and all of it over at once when the monitor stops.

import type { Time } from '#core/time.ts';

export interface Repeater {
  /** Resolves after `ms`, or never once stopped. */
  rest(ms: number): Promise<void>;
  /** Does the work, rests, and again until stopped. */
  every(periodMs: () => number, work: () => void | Promise<void>): void;
  stop(): void;
}

export function startRepeater(time: Time): Repeater {
  const timers = new Set<() => void>();
  let stopped = false;
  const rest = (ms: number) =>
    new Promise<void>(resolve => {
      if (stopped) return;
      const cancel = time.after(ms, () => {
        timers.delete(cancel);
        resolve();
      });
      timers.add(cancel);
    });
  const run = async (periodMs: () => number, work: () => void | Promise<void>) => {
    while (!stopped) {
      await work();
      await rest(periodMs());
    }
  };
  return {
    rest,
    every: (periodMs, work) => void run(periodMs, work),
    stop: () => {
      stopped = true;
      for (const cancel of timers) cancel();
    },
  };
}

/** Never two at once: whoever asks while it is being done waits for it to be done once more after that, together with all others who ask. */
export function oneAtATime<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  const start = (): Promise<T> => {
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(
      () => runNext(),
      () => runNext(),
    );
    return next;
  };
  function runNext(): Promise<T> {
    next = undefined;
    return start();
  }
}
