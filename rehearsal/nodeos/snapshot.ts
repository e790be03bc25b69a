// The stand-in's snapshots: the final block and those above it, enough to go on from there.

import { type Block, isBlock } from './block.ts';
import type { Forks } from './forks.ts';

export function renderSnapshot(forks: Forks): string {
  const blocks: Block[] = [];
  for (let num = forks.root.num; num <= forks.head.num; num++) {
    const block = forks.blocks.get(forks.branch.get(num) ?? '');
    if (block !== undefined) blocks.push(block);
  }
  return `${JSON.stringify({ standInSnapshot: 1, blocks })}\n`;
}

/** The blocks of a snapshot, the final one first; undefined when the text is none. */
export function parseSnapshot(text: string): Block[] | undefined {
  try {
    const { standInSnapshot, blocks } = JSON.parse(text) as { standInSnapshot?: number; blocks?: unknown[] };
    if (standInSnapshot !== 1 || !Array.isArray(blocks) || blocks.length === 0) return undefined;
    return blocks.every(isBlock) ? blocks : undefined;
  } catch {
    return undefined;
  }
}
