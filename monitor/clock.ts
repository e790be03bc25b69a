// Watches the wall clock against the monotonic one: a slot is read off the wall clock, so one that jumps must not sign.

import type { Time } from '#core/time.ts';

/** A step larger than this is a jump: a slew of 500 ppm moves 0.05 ms in a tenth of a second. */
const toleratedMs = 25;
const suspectForMs = 2000;
/** Two readings one after the other take microseconds. */
const readingMs = 5;
const periodMs = 100;

export interface ClockWatch {
  /** Whether the wall clock jumped within the last 2 s; asking looks at both clocks. */
  isSuspect(): boolean;
  stop(): void;
}

export function watchClock(time: Time, onMove: (movedMs: number) => void): ClockWatch {
  let offsetMs = time.wallMs() - time.nowMs();
  let suspectUntilMs = Number.NEGATIVE_INFINITY;
  const look = () => {
    const nowMs = time.nowMs();
    const wallMs = time.wallMs();
    // Put aside by the machine between the two readings: they cannot be held against each other.
    if (time.nowMs() - nowMs > readingMs) return;
    const movedMs = wallMs - nowMs - offsetMs;
    offsetMs += movedMs;
    if (Math.abs(movedMs) <= toleratedMs) return;
    suspectUntilMs = nowMs + suspectForMs;
    onMove(movedMs);
  };
  let cancel: () => void = () => undefined;
  const lookLater = () => {
    cancel = time.after(periodMs, () => {
      look();
      lookLater();
    });
  };
  lookLater();
  return {
    isSuspect: () => {
      look();
      return time.nowMs() < suspectUntilMs;
    },
    stop: () => cancel(),
  };
}
