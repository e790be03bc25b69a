// Watches the wall clock against the monotonic one: a slot is read off the wall clock, so one that jumps must not sign.

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

export function watchClock(onMove: (movedMs: number) => void): ClockWatch {
  let offsetMs = Date.now() - performance.now();
  let suspectUntilMs = Number.NEGATIVE_INFINITY;
  const look = () => {
    const nowMs = performance.now();
    const wallMs = Date.now();
    // Put aside by the machine between the two readings: they cannot be held against each other.
    if (performance.now() - nowMs > readingMs) return;
    const movedMs = wallMs - nowMs - offsetMs;
    offsetMs += movedMs;
    if (Math.abs(movedMs) <= toleratedMs) return;
    suspectUntilMs = nowMs + suspectForMs;
    onMove(movedMs);
  };
  const timer = setInterval(look, periodMs);
  return {
    isSuspect: () => {
      look();
      return performance.now() < suspectUntilMs;
    },
    stop: () => clearInterval(timer),
  };
}
