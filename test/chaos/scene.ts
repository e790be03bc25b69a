// What a fault is, and what it is given when it is tried.

import { setTimeout as pause } from 'node:timers/promises';
import { slotMs, slotStartMs, slotsPerWindow, type Window } from '#core/slots.ts';
import type { Chance } from './chance.ts';
import type { ChaosNode, EtcdMember, Field } from './field.ts';

/** One trial as its fault sees it: the fleet is whole, our window has not begun. */
export interface Scene {
  field: Field;
  chance: Chance;
  window: Window;
  holder: ChaosNode;
  standbys: ChaosNode[];
}

/** Of the missed slots of many trials. */
export interface Bound {
  median: number;
  max: number;
}

/** Nothing may be missed. */
export const noneMissed: Bound = { median: 0, max: 0 };
/** Whoever signs is gone in our window: the slot that was due may be lost. */
export const oneMissed: Bound = { median: 0, max: 1 };
/** The same over long lines, or with the whole site. */
export const twoMissed: Bound = { median: 2, max: 2 };

/** What several faults and trials need and is brought about for all of them at once. */
export interface Conditions {
  /** Done in the gap; the fleet must be whole again afterwards. Gives how to undo it. */
  prepare: (field: Field) => Promise<() => Promise<void>>;
}

export interface Fault {
  /** In kebab-case. */
  name: string;
  /** One line for the list. */
  what: string;
  /** How long before the first block of our window is begun it must start. */
  leadMs: number;
  /** The most slots of ours that it may cost; undefined when it is only measured. */
  bound?: Bound;
  /** Whether it keeps blocks that were made from the others, so that they leave the chain. */
  mayFork?: boolean;
  /** Under what it is tried. */
  conditions?: Conditions;
  /** Does it, and heals it however it goes; gives what was done in a few words. */
  inject: (scene: Scene) => Promise<string>;
}

/** Enough for a fault that begins within our window. */
export const shortLeadMs = 700;
/** A fault outside our window strikes in these ms before it; the window before is over then. */
export const gapLeadMs = 5000;

/** When the first block of a window is begun. */
export function windowStartMs({ first }: Window): number {
  return slotStartMs(first) - slotMs;
}

/** A moment in which our blocks are made: any but the last instant. */
export function insideMs({ chance, window }: Scene): number {
  return windowStartMs(window) + chance.between(20, slotsPerWindow * slotMs - 250);
}

/** A moment shortly before the first block is begun. */
export function outsideMs({ chance, window }: Scene): number {
  return windowStartMs(window) - chance.between(300, gapLeadMs - 400);
}

export async function untilMoment(wallMs: number): Promise<void> {
  await pause(Math.max(0, wallMs - Date.now()));
}

/** A moment, as a note tells it. */
export function tellMoment({ window }: Scene, wallMs: number): string {
  const afterMs = Math.round(wallMs - windowStartMs(window));
  return afterMs < 0 ? `${-afterMs} ms before our window` : `${afterMs} ms into our window`;
}

/** The members that are not in a node's site. */
export function membersElsewhere({ field }: Scene, { site }: ChaosNode): EtcdMember[] {
  return field.members.filter(member => member.site !== site);
}

export function memberOf({ members }: Field, { site }: ChaosNode): EtcdMember {
  const found = members.find(member => member.site === site);
  if (found === undefined) throw new Error(`${site.name} has no etcd member`);
  return found;
}
