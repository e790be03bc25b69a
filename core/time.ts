// The clocks and timers that a part runs on: the machine's, or a simulation's.

export interface Time {
  /** Wall clock, ms since the Unix epoch. */
  wallMs(): number;
  /** Monotonic clock, ms since some start. */
  nowMs(): number;
  /** Calls back once after `ms`; what it returns cancels that. */
  after(ms: number, work: () => void): () => void;
}
