// The ways between machines: how long a message takes, which are cut, what is lost.

import type { Random } from './random.ts';

export interface Place {
  name: string;
  site: string;
}

/** How likely it is that a message meets a fault. */
export interface MessageFaults {
  loss: number;
  delay: number;
}

export class Network {
  faults: MessageFaults = { loss: 0, delay: 0 };
  readonly #random: Random;
  readonly #wanMs: number;
  readonly #count: (fault: string) => void;
  readonly #cuts = new Map<string, number>();

  constructor(random: Random, wanMs: number, count: (fault: string) => void) {
    this.#random = random;
    this.#wanMs = wanMs;
    this.#count = count;
  }

  /** Cuts the way between two places until the returned call; cuts add up. */
  cut(one: Place, other: Place): () => void {
    const key = keyOf(one, other);
    this.#cuts.set(key, (this.#cuts.get(key) ?? 0) + 1);
    let isCut = true;
    return () => {
      if (!isCut) return;
      isCut = false;
      const left = (this.#cuts.get(key) ?? 1) - 1;
      if (left === 0) this.#cuts.delete(key);
      else this.#cuts.set(key, left);
    };
  }

  isCut(one: Place, other: Place): boolean {
    return this.#cuts.size > 0 && this.#cuts.has(keyOf(one, other));
  }

  /** What a message usually takes. */
  usualMs(one: Place, other: Place): number {
    return one.site === other.site ? this.#random.between(0.1, 0.6) : this.#wanMs * this.#random.between(0.9, 1.3);
  }

  /** What this message takes; undefined: it never arrives. @param lost what a loss of it is called */
  travelMs(from: Place, to: Place, lost = 'message lost'): number | undefined {
    if (this.isCut(from, to)) return undefined;
    if (this.#random.chance(this.faults.loss)) {
      this.#count(lost);
      return undefined;
    }
    const usual = this.usualMs(from, to);
    if (!this.#random.chance(this.faults.delay)) return usual;
    this.#count('message delayed');
    return usual + this.#random.spread(10, 1500);
  }
}

function keyOf(one: Place, other: Place): string {
  return one.name < other.name ? `${one.name} ${other.name}` : `${other.name} ${one.name}`;
}
