// Gives producers their turns in step with the clock: each once a slot, at a moment of its own, so that no two ask at once.

import { setTimeout as rest } from 'node:timers/promises';
import { slotAt, slotMs, slotStartMs } from '#core/slots.ts';

/** nodeos asks 38 to 450 ms before a slot ends. */
const [firstTurnMs, turnsMs] = [45, 380];
/** A turn that has come up so late is left out: its slot may end before the answer. */
const lateMs = 25;

/** When in a slot the turn of one of `count` producers comes, in ms after the slot's start. */
export function turnMs(index: number, count: number): number {
  return firstTurnMs + (turnsMs * index) / count;
}

/** One turn after another, never two at once. @param turn is told how many there were before; `done` ends it */
export async function inStep<T>(
  producers: readonly T[],
  turn: (producer: T, turns: number) => Promise<void>,
  isDone: () => boolean,
): Promise<void> {
  let turns = 0;
  for (let slot = slotAt(Date.now()) + 1; ; slot++) {
    for (const [index, producer] of producers.entries()) {
      if (isDone()) return;
      const waitMs = slotStartMs(slot) + turnMs(index, producers.length) - Date.now();
      if (waitMs > 0) await rest(waitMs);
      if (waitMs > -lateMs && waitMs <= slotMs * 2) await turn(producer, turns++);
    }
  }
}
