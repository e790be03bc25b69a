// Lays our windows and what happened between and in them out as rows, in the order of time.

import { slotMs } from '#core/slots.ts';
import { type ClaimSpan, countSlots, type Model, type PageEvent, type WindowModel, windowsOf } from './model.ts';

export type Row =
  | { kind: 'window'; fromMs: number; toMs: number; window: WindowModel; events: PlacedEvent[]; claims: ClaimSpan[] }
  /** Between two windows; only where something happened. */
  | { kind: 'gap'; fromMs: number; toMs: number; events: PlacedEvent[]; claims: ClaimSpan[] }
  /** Several windows in which one node signed every slot and nothing else happened. */
  | { kind: 'quiet'; fromMs: number; toMs: number; windows: number; node: string; claims: ClaimSpan[] };

export interface PlacedEvent extends PageEvent {
  /** Cell of the window during which it happened, from 0; undefined in a gap. */
  cell?: number;
}

/** This many quiet windows in a row become one row. */
const quietRun = 5;

/** Events that happened before the first window, or after the last, are in gaps of their own. */
export function layOut(model: Pick<Model, 'slots' | 'events' | 'claims' | 'startedMs' | 'nowMs'>): Row[] {
  const events = model.events.toSorted((a, b) => a.atMs - b.atMs);
  const rows: Row[] = [];
  let fromMs = Math.min(model.startedMs, events[0]?.atMs ?? model.startedMs);
  const gapUntil = (toMs: number) => {
    const inside = events.filter(event => event.atMs >= fromMs && event.atMs < toMs);
    if (inside.length > 0)
      rows.push({ kind: 'gap', fromMs, toMs, events: inside, claims: spansIn(model.claims, fromMs, toMs) });
  };
  for (const window of windowsOf(model.slots)) {
    gapUntil(window.fromMs);
    const inside = events.filter(event => event.atMs >= window.fromMs && event.atMs < window.toMs);
    rows.push({
      kind: 'window',
      fromMs: window.fromMs,
      toMs: window.toMs,
      window,
      events: inside.map(event => ({ ...event, cell: Math.floor((event.atMs - window.fromMs) / slotMs) })),
      claims: spansIn(model.claims, window.fromMs, window.toMs),
    });
    fromMs = window.toMs;
  }
  gapUntil(Number.POSITIVE_INFINITY);
  const last = rows.at(-1);
  if (last?.kind === 'gap') last.toMs = Math.max(model.nowMs, last.events.at(-1)?.atMs ?? last.fromMs);
  return foldQuiet(rows);
}

/** The spans that overlap a stretch of time, cut to it. */
function spansIn(claims: readonly ClaimSpan[], fromMs: number, toMs: number): ClaimSpan[] {
  return claims
    .filter(claim => claim.fromMs < toMs && (claim.toMs ?? Number.POSITIVE_INFINITY) > fromMs)
    .map(({ node, ...claim }) => ({
      node,
      fromMs: Math.max(claim.fromMs, fromMs),
      toMs: Math.min(claim.toMs ?? toMs, toMs),
    }));
}

function foldQuiet(rows: readonly Row[]): Row[] {
  const folded: Row[] = [];
  let run: Row[] = [];
  const endRun = () => {
    folded.push(...(run.length >= quietRun ? [foldRun(run)] : run));
    run = [];
  };
  for (const row of rows) {
    const [first] = run;
    if (first !== undefined && quietKey(first) !== quietKey(row)) endRun();
    if (quietKey(row) === undefined) folded.push(row);
    else run.push(row);
  }
  // The newest window stays in sight.
  const newest = run.pop();
  endRun();
  return newest === undefined ? folded : [...folded, newest];
}

function foldRun(run: readonly Row[]): Row {
  const [first, last] = [run[0], run.at(-1)];
  if (first?.kind !== 'window' || last === undefined) throw new Error('a quiet run is made of windows');
  const { fromMs, claims, window } = first;
  const { toMs } = last;
  const node = window.cells[0]?.nodes[0] ?? '';
  return { kind: 'quiet', fromMs, toMs, windows: run.length, node, claims: claims.map(claim => ({ ...claim, toMs })) };
}

/** Who signed all of a window and who held the claim, when it was one node each and nothing happened; quiet windows with equal keys are alike. */
function quietKey(row: Row): string | undefined {
  if (row.kind !== 'window' || row.events.length > 0 || row.claims.length > 1) return undefined;
  const { cells } = row.window;
  if (countSlots(cells).signed !== cells.length) return undefined;
  const nodes = [...new Set(cells.flatMap(cell => cell?.nodes ?? []))];
  return nodes.length === 1 ? `${nodes[0]} ${row.claims[0]?.node ?? ''}` : undefined;
}
