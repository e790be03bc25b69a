// What happened, one line each; kept when it is to be read, and always folded into one number that tells two runs apart.

import { slotAt } from '#core/slots.ts';
import { beginMs } from './process.ts';
import type { Scheduler } from './scheduler.ts';

export class Trace {
  readonly lines: string[] = [];
  readonly #scheduler: Scheduler;
  readonly #isKept: boolean;
  #hash = 0x811c9dc5;

  constructor(scheduler: Scheduler, isKept: boolean) {
    this.#scheduler = scheduler;
    this.#isKept = isKept;
  }

  /** @param where the machine or process it happened at */
  note(where: string, what: string): void {
    const { nowMs } = this.#scheduler;
    const line = `${(nowMs / 1000).toFixed(4).padStart(9)} ${slotAt(beginMs + nowMs)} ${where.padEnd(6)} ${what}`;
    let hash = this.#hash;
    for (let at = 0; at < line.length; at++) hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193);
    this.#hash = hash;
    if (this.#isKept) this.lines.push(line);
  }

  /** FNV-1a over all lines. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }
}
