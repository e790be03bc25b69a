// Compares fellows' wall clocks with ours, by the times in their presences.

import type { Presence } from '#core/failover/status.ts';

export interface ClockOffsets {
  /** How far each fellow's clock is ahead of ours, in ms; fellows of whom too little was heard are left out. */
  look(fellows: readonly Pick<Presence, 'node' | 'wallMs'>[], wallMs: number): number[];
  /** Our own clock moved: what was compared with it says nothing. */
  forget(): void;
}

/** Presences of a fellow that count. */
const kept = 8;

/** A presence that took its time makes a clock look late, and never early: of several the one that came quickest counts. */
export function compareClocks(): ClockOffsets {
  const seen = new Map<string, { wallMs: number; offsetsMs: number[] }>();
  return {
    look: (fellows, wallMs) => {
      for (const { node, wallMs: said } of fellows) {
        const before = seen.get(node);
        if (before?.wallMs === said) continue;
        // The first that is seen of a fellow may have been there for a while.
        const offsetsMs = before === undefined ? [] : [...before.offsetsMs, said - wallMs].slice(-kept);
        seen.set(node, { wallMs: said, offsetsMs });
      }
      return fellows.flatMap(({ node }) => {
        const offsetsMs = seen.get(node)?.offsetsMs ?? [];
        return offsetsMs.length === 0 ? [] : [Math.max(...offsetsMs)];
      });
    },
    forget: () => {
      for (const fellow of seen.values()) fellow.offsetsMs = [];
    },
  };
}
