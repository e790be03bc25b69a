// Slot arithmetic: which half second a moment falls in, and which slots are ours in a round.

/** A slot lasts 500 ms. Source: nodeos libraries/chain/include/eosio/chain/config.hpp, block_interval_ms. */
export const slotMs = 500;

/** Slot 0 starts at 2000-01-01T00:00:00Z, in ms since the Unix epoch. Source: config.hpp, block_timestamp_epoch. */
export const epochMs = 946_684_800_000;

/** Consecutive slots of one producer in a round. Source: config.hpp, producer_repetitions. */
export const slotsPerWindow = 12;

/** The slot that contains the moment `unixMs` (ms since the Unix epoch). */
export function slotAt(unixMs: number): number {
  return Math.floor((unixMs - epochMs) / slotMs);
}

/** When a slot starts, in ms since the Unix epoch. It is also the timestamp of the slot's block: a block stamped `slot` is made during the slot before and should be out by then. */
export function slotStartMs(slot: number): number {
  return epochMs + slot * slotMs;
}

/** The timestamp nodeos prints for a slot: `2026-11-23T07:16:50.500`, without a zone. */
export function slotTimestamp(slot: number): string {
  return new Date(slotStartMs(slot)).toISOString().slice(0, -1);
}

/** The slot of a nodeos timestamp (`2026-11-23T07:16:50.500`, UTC, with or without a trailing Z); NaN when it is not a date. */
export function slotOfTimestamp(timestamp: string): number {
  return slotAt(Date.parse(timestamp.endsWith('Z') ? timestamp : `${timestamp}Z`));
}

/** Consecutive slots of one producer: `first` to `last`, both included. */
export interface Window {
  first: number;
  last: number;
}

/**
 * The producer whose turn a slot is. Source: libraries/chain/include/eosio/chain/block_header_state_utils.hpp, get_scheduled_producer.
 * @param schedule producer names in the schedule's order
 */
export function producerOfSlot(schedule: readonly string[], slot: number): string | undefined {
  return schedule[Math.floor((slot % (schedule.length * slotsPerWindow)) / slotsPerWindow)];
}

/** The producer's window that contains `slot`, or else its next one; undefined when it is not in the schedule. */
export function windowFrom(schedule: readonly string[], producer: string, slot: number): Window | undefined {
  const index = schedule.indexOf(producer);
  if (index < 0) return undefined;
  const round = schedule.length * slotsPerWindow;
  const first = slot - (slot % round) + index * slotsPerWindow;
  const candidate = first + slotsPerWindow - 1 >= slot ? first : first + round;
  return { first: candidate, last: candidate + slotsPerWindow - 1 };
}

/** By each schedule the producer's window that contains `slot`, or else its next one, and the one after; in order, each once. */
export function windowsFrom(schedules: readonly (readonly string[])[], producer: string, slot: number): Window[] {
  const windows = schedules.flatMap(schedule =>
    [slot, slot + slotsPerWindow].flatMap(each => windowFrom(schedule, producer, each) ?? []),
  );
  return windows
    .filter((window, index) => windows.findIndex(each => each.first === window.first) === index)
    .sort((a, b) => a.first - b.first);
}

/** Whether a slot is within a window. */
export function isInWindow(window: Window, slot: number): boolean {
  return slot >= window.first && slot <= window.last;
}
