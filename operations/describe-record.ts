// Decides what a person should hear of what the monitors have seen since they started: our slots, blocks no claim carries, clocks that moved.

import type { NodeSighting } from './status.ts';

export interface FleetRecord {
  /** Our slots as the node saw them whose monitor has counted longest; null where no monitor says. */
  slots: { node: string; produced: number; missed: number; unknown: number } | null;
  /** Blocks of our producer that no claim carries, each once however many nodes have seen it; newest last. */
  unclaimed: { at: string; slot: number; num: number; id: string }[];
  /** Wall clocks that moved, as far back as the monitors keep decisions; newest last. */
  clockMoves: { node: string; at: string; text: string }[];
}

export function describeRecord(nodes: readonly NodeSighting[]): FleetRecord {
  const unclaimed = new Map(nodes.flatMap(({ word }) => (word?.alarms ?? []).map(alarm => [alarm.id, alarm] as const)));
  return {
    slots: longestCount(nodes),
    unclaimed: [...unclaimed.values()].toSorted((a, b) => a.slot - b.slot),
    clockMoves: nodes.flatMap(clockMovesOf).toSorted((a, b) => a.at.localeCompare(b.at)),
  };
}

/** Every node counts the producer's slots, whoever signs: the longest count holds the others. */
function longestCount(nodes: readonly NodeSighting[]): FleetRecord['slots'] {
  const counts = nodes.flatMap(({ node, word }) => (word?.slots === undefined ? [] : [{ node, ...word.slots }]));
  const seen = (each: (typeof counts)[number]) => each.produced + each.missed;
  return counts.toSorted((a, b) => seen(b) - seen(a))[0] ?? null;
}

function clockMovesOf({ node, word }: NodeSighting): FleetRecord['clockMoves'] {
  const moves = (word?.decisions ?? []).filter(each => each.decision === 'clock moved');
  return moves.map(({ at, reason }) => ({ node, at, text: reason }));
}
