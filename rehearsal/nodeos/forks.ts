// Decides which branch of the chain is best, what a switch to it removes and applies, and what is irreversible.

import { type Block, blockProblem } from './block.ts';

/** How many blocks below the head stay available. */
export const retainedBlocks = 2000;

export interface Forks {
  schedule: readonly string[];
  blocks: Map<string, Block>;
  /** The applied block: what get_info calls the head. */
  head: Block;
  /** The irreversible block: no branch that leaves it out is ever taken. */
  root: Block;
  /** The best known block; not applied while the node is producing. */
  best: Block;
  /** Ids by number on the head's branch. */
  branch: Map<number, string>;
  earliest: number;
  /** Who voted for which block. */
  votes: Map<string, { num: number; voters: Set<string> }>;
  /** The votes of this node keep to one branch: its last vote, and the quorum which that vote saw. */
  voted: Block;
  locked: Block;
}

export function createForks(first: Block, schedule: readonly string[]): Forks {
  return {
    schedule,
    blocks: new Map([[first.id, first]]),
    head: first,
    root: first,
    best: first,
    branch: new Map([[first.num, first.id]]),
    earliest: first.num,
    votes: new Map(),
    voted: first,
    locked: first,
  };
}

export type Added =
  | { kind: 'added' }
  | { kind: 'known' }
  | { kind: 'unlinkable' }
  | { kind: 'stale' }
  | { kind: 'invalid'; reason: string };

/** Takes a block into account without applying it. */
export function addBlock(forks: Forks, block: Block): Added {
  if (forks.blocks.has(block.id)) return { kind: 'known' };
  if (block.num <= forks.root.num) return { kind: 'stale' };
  const parent = forks.blocks.get(block.previous);
  if (parent === undefined) return { kind: 'unlinkable' };
  const reason = blockProblem(block, parent, forks.schedule);
  if (reason !== undefined) return { kind: 'invalid', reason };
  forks.blocks.set(block.id, block);
  if (isBetter(block, forks.best)) forks.best = block;
  return { kind: 'added' };
}

/**
 * As under Savanna the branch with the newer quorum of votes wins, then the longer; a tie keeps the current one.
 * Source: libraries/chain/fork_database.cpp, first_preferred.
 */
function isBetter(block: Block, than: Block): boolean {
  return block.qc === than.qc ? block.num > than.num : block.qc > than.qc;
}

export interface Switch {
  removed: Block[];
  applied: Block[];
}

/** Makes `block` the head. Its irreversible block becomes the root, and branches without that are forgotten. */
export function applyBlock(forks: Forks, block: Block): Switch {
  const removed: Block[] = [];
  const applied: Block[] = [];
  let left = forks.head;
  let right = block;
  while (left.id !== right.id) {
    if (left.num >= right.num) {
      removed.unshift(left);
      left = parentOf(forks, left);
    } else {
      applied.unshift(right);
      right = parentOf(forks, right);
    }
  }
  for (const each of removed) forks.branch.delete(each.num);
  for (const each of applied) forks.branch.set(each.num, each.id);
  forks.head = block;
  const root = irreversibleAt(forks, block);
  if (root.num > forks.root.num) {
    forks.root = root;
    forget(forks);
  }
  return { removed, applied };
}

/** Two quorums in a row make the older one final: block N claims N-1, which claims N-2. */
export function irreversibleAt(forks: Forks, block: Block): Block {
  return ancestor(forks, block, ancestor(forks, block, block.qc).qc);
}

/** The highest block up to `tip`, in its branch, that more than two thirds of the producers voted for. */
export function quorumUpTo(forks: Forks, tip: Block): number {
  const threshold = voteThreshold(forks.schedule);
  const lowest = Math.max(tip.qc, forks.root.num);
  for (let block = tip; block.num > lowest; block = parentOf(forks, block)) {
    if ((forks.votes.get(block.id)?.voters.size ?? 0) >= threshold) return block.num;
  }
  return tip.qc;
}

export function voteThreshold(schedule: readonly string[]): number {
  return Math.floor((schedule.length * 2) / 3) + 1;
}

/** Notes votes; false when all of them were known. */
export function recordVotes(forks: Forks, id: string, num: number, voters: readonly string[]): boolean {
  if (num <= forks.root.num) return false;
  const known = forks.votes.get(id) ?? { num, voters: new Set<string>() };
  const before = known.voters.size;
  for (const voter of voters) if (forks.schedule.includes(voter)) known.voters.add(voter);
  forks.votes.set(id, known);
  return known.voters.size > before;
}

/** Whether this node votes for its head, which it remembers: never for a branch against the quorum it has seen, unless that branch has a newer one. */
export function voteForHead(forks: Forks): boolean {
  const { head, locked, voted } = forks;
  if (head.slot <= voted.slot) return false;
  if (!isAncestor(forks, locked, head) && head.qc <= locked.num) return false;
  forks.voted = head;
  forks.locked = ancestor(forks, head, head.qc);
  return true;
}

/** The ancestor of `block` with that number, or the oldest one that is still known. */
export function ancestor(forks: Forks, block: Block, num: number): Block {
  const onBranch = forks.branch.get(block.num) === block.id ? forks.blocks.get(forks.branch.get(num) ?? '') : undefined;
  if (onBranch !== undefined && num <= block.num) return onBranch;
  let current = block;
  while (current.num > num) {
    const parent = forks.blocks.get(current.previous);
    if (parent === undefined) return current;
    current = parent;
  }
  return current;
}

function isAncestor(forks: Forks, block: Block, of: Block): boolean {
  return block.num <= of.num && (ancestor(forks, of, block.num).id === block.id || block.num <= forks.root.num);
}

function parentOf(forks: Forks, block: Block): Block {
  const parent = forks.blocks.get(block.previous);
  if (parent === undefined) throw new Error(`block ${block.num} ${block.id} has no known parent ${block.previous}`);
  return parent;
}

function forget(forks: Forks): void {
  const oldest = Math.max(forks.earliest, Math.min(forks.root.num, forks.head.num - retainedBlocks));
  // A block is always added after its parent, so a map's order is good enough to drop whole branches.
  for (const block of forks.blocks.values()) {
    const isIrreversible = block.num <= forks.root.num;
    const kept = isIrreversible
      ? forks.branch.get(block.num) === block.id && block.num >= oldest
      : forks.blocks.has(block.previous);
    if (!kept) forks.blocks.delete(block.id);
  }
  for (let num = forks.earliest; num < oldest; num++) forks.branch.delete(num);
  forks.earliest = oldest;
  for (const [id, { num }] of forks.votes) if (num <= forks.root.num) forks.votes.delete(id);
  if (forks.blocks.has(forks.best.id)) return;
  forks.best = forks.head;
  for (const block of forks.blocks.values()) if (isBetter(block, forks.best)) forks.best = block;
}
