// This machine's clocks and timers.

import type { Time } from '#core/time.ts';

export const machineTime: Time = {
  wallMs: () => Date.now(),
  nowMs: () => performance.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
