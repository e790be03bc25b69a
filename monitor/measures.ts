// What the monitor counts and times, besides what /status carries; metrics.ts writes it down for Prometheus.

/** A distribution in Prometheus' manner: how many values lie at or below each bound. */
export class Histogram {
  readonly bounds: readonly number[];
  /** Values above the bound before and at or below this one; the last are above all bounds. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const index = this.bounds.findIndex(bound => value <= bound);
    const at = index < 0 ? this.bounds.length : index;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += value;
  }
}

/** A block of our producer that no claim carries. */
export interface Alarm {
  at: string;
  slot: number;
  num: number;
  id: string;
}

export interface Measures {
  readonly claimRoundTripSeconds: Histogram;
  readonly claimSlackSeconds: Histogram;
  /** Claims made ahead of their signatures, and signatures that needed none of their own. */
  readonly ahead: { claims: number; signatures: number };
  /** Our slots as this node saw the chain. */
  readonly slots: { produced: number; missed: number; unknown: number };
  readonly controlFailures: { pause: number; resume: number };
  unclaimedBlocks: number;
  clockMoves: number;
  etcdErrors: number;
  /** Monotonic; undefined while there was none. */
  etcdErrorAtMs: number | undefined;
  /** Whether etcd refused our last write since its space is used up. */
  isEtcdFull: boolean;
}

export function startMeasures(): Measures {
  return {
    claimRoundTripSeconds: new Histogram([
      0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4,
    ]),
    claimSlackSeconds: new Histogram([0, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5]),
    ahead: { claims: 0, signatures: 0 },
    slots: { produced: 0, missed: 0, unknown: 0 },
    controlFailures: { pause: 0, resume: 0 },
    unclaimedBlocks: 0,
    clockMoves: 0,
    etcdErrors: 0,
    etcdErrorAtMs: undefined,
    isEtcdFull: false,
  };
}
