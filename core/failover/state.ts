// What a monitor is made of: its state, what it knows, what can happen to it and what it can ask for. machine.ts gives them their meaning.

import type { Window } from '../slots.ts';
import type { Claim, StoredClaim } from './claim.ts';
import type { HandoverRequest, Notice, Request, RequestAnswer } from './requests.ts';
import type { NodeosView, Presence } from './status.ts';

/** Where the monitor stands. `kind` is its role. */
export type State =
  | { kind: 'starting' }
  | { kind: 'standby' }
  | { kind: 'taking'; reason: string }
  | {
      kind: 'resuming';
      sinceMs: number;
      reason: string;
      asked: boolean;
      notBeforeMs: number;
      /** How long the claimed block is waited for. */
      patienceMs: number;
    }
  | { kind: 'holding' }
  | {
      kind: 'handing';
      /** Of an operator, or the node's own (`ownRequestId`). */
      request: HandoverRequest;
      phase: 'waiting' | 'pausing' | 'finishing' | 'giving';
      target: Presence;
      pausedAtMs: number;
    }
  | { kind: 'deposed'; reason: string };

/** What the monitor knows, besides its state. All times are the monotonic clock's ms unless they say `wall`. */
export interface Knowledge {
  self: Presence;
  /** The claim as last read or written; undefined when missing or unreadable. */
  stored: StoredClaim | undefined;
  nodes: readonly Presence[];
  /** When those were read. */
  nodesAtMs: number;
  /** Windows in which a block of ours may be signed: by the active and the pending schedule. */
  windows: readonly Window[];
  /** Whether nodeos has told a schedule: only then no windows means that we are not in it. */
  isScheduleKnown: boolean;
  /** Windows in which blocks of ours are due: by the active schedule alone. */
  dueWindows: readonly Window[];
  /** When the first of the answers came that all said that nodeos is paused, and when the last of them was asked for. */
  pausedSinceMs: number | undefined;
  pausedUntilMs: number | undefined;
  /** When the last of them was asked for by the wall clock, ms since the Unix epoch. */
  pausedUntilWallMs: number | undefined;
  /** The claim's text when nodeos was last asked to resume: every block since lies above its slot. */
  begunWith: string | undefined;
  holderGoneSinceMs: number | undefined;
  /** Since when the holder has said that it does not sign. */
  holderIdleSinceMs: number | undefined;
  /** When its presence was last seen to be new, or else when we last had to do with it. */
  holderHeardAtMs: number;
  lateness: readonly number[];
  /** Whether our clock moved, and too few claims were seen since. */
  clockUnlearned: boolean;
  /** First slot of the window in which somebody last took over for lateness. */
  tookInWindow: number | undefined;
  request: Request | undefined;
  maintenance: Notice | undefined;
  /** Digest of our last block while no claim names it: it was signed on a claim made ahead. */
  unnamed: string | undefined;
  /** Since when this node has not been eligible. */
  unfitSinceMs: number | undefined;
  /** Why this node, which would rather not sign, cannot hand over; and when it tries again. */
  cannotLeave: string | undefined;
  leaveNotBeforeMs: number;
  /** Id of the request this monitor has dealt with last. */
  dealtWith: string | undefined;
  /** As nodeos says it is now; before it has said so, as configured. */
  produceBlockOffsetMs: number;
}

export interface Monitor {
  state: State;
  knows: Knowledge;
}

/** Something that happened, or time that passed. `nowMs` is monotonic, `wallMs` the wall clock. */
export type MonitorEvent = { nowMs: number; wallMs: number } & (
  | { type: 'tick' }
  | { type: 'claim'; stored: StoredClaim | undefined }
  | { type: 'nodes'; nodes: readonly Presence[] }
  /** `askedAtMs`: when the question left; what it says held at some time after that. */
  | { type: 'nodeos'; view: NodeosView; askedAtMs: number }
  | { type: 'windows'; windows: readonly Window[]; dueWindows: readonly Window[]; produceBlockOffsetMs: number }
  | { type: 'request'; request: Request | undefined }
  | { type: 'maintenance'; notice: Notice | undefined }
  | { type: 'took'; outcome: 'put' | 'changed'; stored: StoredClaim | undefined }
  | { type: 'resumed'; ok: boolean }
  | { type: 'paused'; ok: boolean }
  /** The wall clock moved against the monotonic one. */
  | { type: 'clock-moved' }
  /** A signature was written to a nodeos that still waited for it. `isNamed`: the claim that it used carries the digest. */
  | { type: 'signed'; digest: string; isNamed: boolean }
  | { type: 'gave'; outcome: 'put' | 'changed'; stored: StoredClaim | undefined }
);

/** What the edges shall do; each answers with an event. */
export type Command =
  | { type: 'pause'; reason: string }
  | { type: 'resume'; reason: string }
  /** `silent`: the holder's presence, which must not have been written since it was read. */
  | { type: 'take'; expected: StoredClaim; claim: Claim; reason: string; silent?: Presence }
  | { type: 'give'; expected: StoredClaim; claim: Claim; reason: string }
  | { type: 'answer'; answer: RequestAnswer }
  | { type: 'say'; decision: string; reason: string };

export interface Step {
  state: State;
  knows: Knowledge;
  commands: Command[];
}
