// What a step makes of an event, and the moves that several states make.

import { type Claim, claimFormat } from './claim.ts';
import { ownRequestId } from './handover.ts';
import type { Request, RequestAnswer } from './requests.ts';
import type { Command, Knowledge, MonitorEvent, State } from './state.ts';
import type { Presence } from './status.ts';

export interface Next {
  state?: State;
  knows?: Partial<Knowledge>;
  commands?: Command[];
}

/** How long a new holder waits for the claimed block before it goes on without it: whoever claimed it may have died with it. */
const claimedBlockPatienceMs = 60;
/** A claim that was given carries a block that was signed, and may still be on its way. */
export const givenBlockPatienceMs = 250;

/** The way to signing, from its beginning. */
export function resuming(nowMs: number, reason: string, patienceMs = claimedBlockPatienceMs): State {
  return { kind: 'resuming', sinceMs: nowMs, reason, asked: false, notBeforeMs: 0, patienceMs };
}

/** A node that is not the holder keeps its nodeos paused, whoever resumed it. */
export function keepPaused(event: MonitorEvent, reason: string): Next | undefined {
  if (event.type !== 'nodeos' || event.view.paused !== false) return undefined;
  return { commands: [{ type: 'pause', reason }] };
}

/** The same slot and digest under a new holder: nothing signed before is forgotten. The format may rise once all can read it. */
export function claimFor({ node, incarnation }: Presence, from: Claim, nodes: readonly Presence[]): Claim {
  const v = claimFormat(nodes.map(each => each.claimFormat));
  return { v, slot: from.slot, digest: from.digest, holder: node, incarnation, epoch: from.epoch + 1 };
}

/** What is answered to a request; a node that asked itself says it to its own log. */
export function answerTo(request: Request, outcome: RequestAnswer['outcome'], node: string, reason: string): Command {
  return request.id === ownRequestId
    ? { type: 'say', decision: `handover ${outcome}`, reason }
    : { type: 'answer', answer: { v: 1, id: request.id, outcome, node, reason } };
}

export function refuse(request: Request, { self }: Knowledge, reason: string): Next {
  return { knows: { dealtWith: request.id }, commands: [answerTo(request, 'refused', self.node, reason)] };
}
