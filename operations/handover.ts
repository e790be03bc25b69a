// Hands production from the node that signs to another, by asking its monitor and seeing that it did.

import type { HandoverMoment } from '#core/failover/requests.ts';
import { handoverLimitSeconds } from '#core/rollout/duration.ts';
import { type Asking, type Move, moveClaim } from './move-claim.ts';
import type { Crew } from './ports.ts';
import { readClaim } from './register.ts';

export interface HandoverOptions extends Asking {
  /** undefined lets the holder choose its best standby. */
  target: string | undefined;
  moment: HandoverMoment;
  /** Who asks. */
  by: string;
  /** Unique to this request. */
  id: string;
}

export type HandoverResult =
  | { kind: 'done'; from: string; to: string; epoch: number; seconds: number }
  | Exclude<Move, { kind: 'done' }>;

export async function handOver(crew: Crew, options: HandoverOptions): Promise<HandoverResult> {
  const { target, moment, by, id, onWait, signal } = options;
  const before = await readClaim(crew);
  if (before.kind !== 'held') {
    return { kind: 'refused', reason: 'nobody holds the claim, so there is nothing to hand over.' };
  }
  const unknown = target === undefined ? undefined : await describeUnknown(crew, target);
  if (unknown !== undefined) return { kind: 'refused', reason: unknown };
  if (target === before.holder) return { kind: 'refused', reason: `${target} holds the claim already.` };
  const startedMs = crew.clock.now();
  const moved = await moveClaim(crew, {
    request: { v: 1, kind: 'handover', id, target: target ?? null, moment, by },
    before,
    limitMs: handoverLimitSeconds[moment] * 1000,
    onWait,
    signal,
  });
  if (moved.kind !== 'done') return moved;
  return { ...moved, from: before.holder, seconds: (crew.clock.now() - startedMs) / 1000 };
}

/** What to say of a node that nobody knows; undefined when it is known. */
export async function describeUnknown(crew: Crew, node: string): Promise<string | undefined> {
  const names = await crew.nodes.names();
  if (names.includes(node)) return undefined;
  return `there is no node ${node}; ${crew.environment.name} has ${names.join(', ') || 'none'}.`;
}
