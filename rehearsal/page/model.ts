// What the page shows: the fleet, our slots, what happened and when, the steps, the verdict.

import { slotMs, slotStartMs, slotsPerWindow } from '#core/slots.ts';
import type { SlotVerdict } from '../observer/ledger.ts';

export interface Model {
  /** Such as `Rehearsal of activeeosbp1`. */
  title: string;
  /** Wall clock in ms, as every moment here. */
  startedMs: number;
  nowMs: number;
  /** When our current or next window begins; null when that is not known. */
  nextWindowMs: number | null;
  sites: SiteModel[];
  /** The observer's word on our slots, in their order. */
  slots: readonly SlotVerdict[];
  /** Who held the claim from when to when; the last one may have no end. In the order of time. */
  claims: ClaimSpan[];
  /** In any order. */
  events: PageEvent[];
  steps: PageStep[];
  /** Null until the rehearsal is over. */
  verdict: { outcome: 'passed' | 'failed'; reasons: string[] } | null;
}

export interface SiteModel {
  name: string;
  /** Whose cloud it plays, such as `AWS us-west-2`. */
  cloud: string;
  isCutOff: boolean;
  nodes: NodeModel[];
  /** Null in a site without a member. */
  etcd: { name: string; isHealthy: boolean; isLeader: boolean } | null;
}

export interface NodeModel {
  name: string;
  zone: string;
  /** In full or its end, `rehearsal/nodeos:2`. */
  image: string;
  /** `signing` holds the claim and is not paused; `down` is dead or not reached. */
  role: 'signing' | 'standby' | 'starting' | 'down';
  holdsClaim: boolean;
  /** What else is to be said, such as `9 slots behind`; empty when all is well. */
  note: string;
}

export interface ClaimSpan {
  node: string;
  fromMs: number;
  toMs: number | null;
}

export type EventKind =
  | 'pull request'
  | 'merge'
  | 'step'
  | 'restart'
  | 'handover'
  | 'takeover'
  | 'kill'
  | 'cut off'
  | 'healed'
  | 'drift'
  | 'alarm';

export interface PageEvent {
  atMs: number;
  kind: EventKind;
  text: string;
  /** Node or site it happened to. */
  subject?: string;
}

export interface PageStep {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped' | 'running' | 'waiting';
  /** Null while it waits. */
  seconds: number | null;
  note: string;
  /** What it left to read, as paths in the output folder. */
  files?: readonly string[];
}

/** Twelve consecutive slots of ours. */
export interface WindowModel {
  /** Slot number of the first cell. */
  first: number;
  fromMs: number;
  toMs: number;
  /** One per cell; undefined where the observer has no verdict, as before its first block. */
  cells: (SlotVerdict | undefined)[];
}

/** Groups slots into the windows they belong to: a window begins at a multiple of twelve. */
export function windowsOf(slots: readonly SlotVerdict[]): WindowModel[] {
  const windows = new Map<number, WindowModel>();
  for (const verdict of slots) {
    const first = verdict.slot - (verdict.slot % slotsPerWindow);
    const window = windows.get(first) ?? emptyWindow(first);
    window.cells[verdict.slot - first] = verdict;
    windows.set(first, window);
  }
  return [...windows.values()].sort((a, b) => a.first - b.first);
}

function emptyWindow(first: number): WindowModel {
  return {
    first,
    // A block is made during the half second before its slot's start.
    fromMs: slotStartMs(first) - slotMs,
    toMs: slotStartMs(first + slotsPerWindow) - slotMs,
    cells: Array.from({ length: slotsPerWindow }),
  };
}

/** How many of our slots came to what. */
export interface Counts {
  ours: number;
  signed: number;
  missed: number;
  double: number;
  pending: number;
}

export function countSlots(cells: readonly (SlotVerdict | undefined)[]): Counts {
  const having = (verdict: SlotVerdict['verdict']) => cells.filter(cell => cell?.verdict === verdict).length;
  return {
    ours: cells.filter(cell => cell !== undefined).length,
    signed: having('signed'),
    missed: having('missed'),
    double: having('double'),
    pending: having('pending'),
  };
}
