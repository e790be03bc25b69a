// The monitor's state machine: who holds the claim as far as this node knows, and what to do about it next.
//
//                      ┌──────────── c ────────────┐
//                      ▼                           │
// [starting] ─ a ─▶ [standby] ──────── b ─────▶ [taking]
//                    ▲  ▲  │                       │
//                    │  │  └── d ─▶ [resuming] ◀ e ┘      ↺ p at [resuming]
//                    │  │             │  │ ▲ ▲
//                    │  │             │  │ │ └─────── m ───────┐
//                    │  │             g  f h                   │
//                    │  │             │  ▼ │                   │
//                    │  │             │ [holding] ─── i ──▶ [handing]
//                    │  │             │  │   ▲                │ │ │
//                    │  │             │  │   └────── l ───────┘ │ │
//                    │  │             │  j                      │ │
//                    │  │             ▼  ▼                      │ │
//                    │  │          [deposed] ◀────── n ─────────┘ │
//                    │  └─────────────│────────── k ──────────────┘
//                    └─────── o ──────┘
//
// a  starting → standby    tick: nodeos was seen paused for a whole slot, and the claim is read
// b  standby → taking      tick: the holder is late, gone or not heard; or a failover is asked for
// c  taking → standby      took: the claim had moved
// d  standby → resuming    claim: it was handed to us
// e  taking → resuming     took: the claim is ours
// f  resuming → holding    resumed, asked for past the claimed slot and with the claimed block as head
// g  resuming → deposed    claim: it is another's
// p  resuming → resuming  clock-moved, while it was being resumed
// h  holding → resuming    nodeos: it is paused, and not by us; or clock-moved, and no standby to take it
// i  holding → handing     request: a handover, and a standby to take it; or tick, clock-moved: this node would rather not sign
// j  holding → deposed     claim: it is another's
// k  handing → standby     gave, or claim: it is the target's
// l  handing → holding     the handover stopped before nodeos was paused
// m  handing → resuming    the handover stopped after that
// n  handing → deposed     claim: it is a third node's
// o  deposed → standby     tick: nodeos was seen paused for a whole slot
//
// Every other event leaves the state as it is. Only `holding`, and `handing` until the claim is given, sign (signing.ts).
// standby.ts and holder.ts have a function for each state; test/tidy.test.ts holds this drawing to them.

import { inHanding, inHolding, inResuming } from './holder.ts';
import { learn } from './knowledge.ts';
import type { Next } from './next.ts';
import { inDeposed, inStandby, inStarting, inTaking } from './standby.ts';
import type { Knowledge, Monitor, MonitorEvent, State, Step } from './state.ts';
import type { Presence, Role } from './status.ts';

/** A monitor that has just started: a standby in the making, whatever the claim says. */
export function startMonitor(self: Presence, produceBlockOffsetMs: number): Monitor {
  return {
    state: { kind: 'starting' },
    knows: {
      self,
      stored: undefined,
      nodes: [],
      nodesAtMs: Number.NEGATIVE_INFINITY,
      windows: [],
      isScheduleKnown: false,
      dueWindows: [],
      pausedSinceMs: undefined,
      pausedUntilMs: undefined,
      pausedUntilWallMs: undefined,
      begunWith: undefined,
      holderGoneSinceMs: undefined,
      holderIdleSinceMs: undefined,
      holderHeardAtMs: Number.NEGATIVE_INFINITY,
      lateness: [],
      clockUnlearned: false,
      tookInWindow: undefined,
      request: undefined,
      maintenance: undefined,
      unnamed: undefined,
      unfitSinceMs: undefined,
      cannotLeave: undefined,
      leaveNotBeforeMs: Number.NEGATIVE_INFINITY,
      dealtWith: undefined,
      produceBlockOffsetMs,
    },
  };
}

/** The role to announce. */
export function roleOf(state: State): Role {
  return state.kind;
}

/** One step: first what the event teaches, then what the state makes of it. Same input, same output. */
export function step(monitor: Monitor, event: MonitorEvent): Step {
  const knows = learn(monitor.knows, event);
  const { state } = monitor;
  const next = stepIn(state, knows, event);
  return { state: next?.state ?? state, knows: { ...knows, ...next?.knows }, commands: next?.commands ?? [] };
}

function stepIn(state: State, knows: Knowledge, event: MonitorEvent): Next | undefined {
  switch (state.kind) {
    case 'starting':
      return inStarting(knows, event);
    case 'standby':
      return inStandby(knows, event);
    case 'taking':
      return inTaking(state, event);
    case 'resuming':
      return inResuming(state, knows, event);
    case 'holding':
      return inHolding(knows, event);
    case 'handing':
      return inHanding(state, knows, event);
    case 'deposed':
      return inDeposed(state, knows, event);
  }
}
