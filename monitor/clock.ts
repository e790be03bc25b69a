// Watches the wall clock against the monotonic one: a slot is read off the wall clock, so one that jumps must not sign.

import type { Time } from '#core/time.ts';

/** A step larger than this is a jump: a slew of 500 ppm moves 0.05 ms in a tenth of a second. */
const toleratedMs = 25;
const suspectForMs = 2000;
/** Two readings one after the other take microseconds. */
const readingMs = 5;
/** A machine that puts us aside between the two so often in a row lets nothing be known of its clock. */
const readings = 3;
const periodMs = 100;

export interface ClockWatch {
  /** Whether the wall clock jumped within the last 2 s, or cannot be read to tell; asking looks at both clocks. */
  isSuspect(): boolean;
  stop(): void;
}

export function watchClock(time: Time, onMove: (movedMs: number) => void): ClockWatch {
  let offsetMs = time.wallMs() - time.nowMs();
  let suspectUntilMs = Number.NEGATIVE_INFINITY;
  /** Both clocks at one moment; undefined when the machine put us aside between them each time: they cannot be held against each other. */
  const read = () => {
    for (let times = 0; times < readings; times++) {
      const nowMs = time.nowMs();
      const wallMs = time.wallMs();
      if (time.nowMs() - nowMs <= readingMs) return { nowMs, wallMs };
    }
    return undefined;
  };
  const look = (): 'read' | 'unread' => {
    const clocks = read();
    if (clocks === undefined) return 'unread';
    const { nowMs, wallMs } = clocks;
    const movedMs = wallMs - nowMs - offsetMs;
    offsetMs += movedMs;
    if (Math.abs(movedMs) > toleratedMs) {
      suspectUntilMs = nowMs + suspectForMs;
      onMove(movedMs);
    }
    return 'read';
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
    isSuspect: () => look() === 'unread' || time.nowMs() < suspectUntilMs,
    stop: () => cancel(),
  };
}
