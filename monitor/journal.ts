// Keeps what the monitor decided: one log line per decision, the last of them for /status, counters for /metrics.

import type { RefusalReason } from '#core/failover/signing.ts';
import { slotAt } from '#core/slots.ts';
import type { Time } from '#core/time.ts';

export interface Decision {
  at: string;
  slot: number;
  decision: string;
  reason: string;
}

export interface Journal {
  /** A decision: logged and kept. */
  say(decision: string, reason: string): void;
  refuse(reason: RefusalReason, detail: string): void;
  count(counter: 'claims' | 'takeovers' | 'handovers'): void;
  /** How long a claim took, and how much time was left before its slot's end. */
  observeClaim(roundTripMs: number, slackMs: number): void;
  readonly decisions: readonly Decision[];
  readonly counters: { claims: number; takeovers: number; handovers: number; refusals: Record<string, number> };
  readonly claimTimes: { roundTripMs: number; slackMs: number; sumMs: number };
}

const kept = 200;

/** @param write takes one line, without a line end */
export function startJournal(node: string, write: (line: string) => void, time: Time): Journal {
  const decisions: Decision[] = [];
  const counters = { claims: 0, takeovers: 0, handovers: 0, refusals: {} as Record<string, number> };
  const claimTimes = { roundTripMs: 0, slackMs: 0, sumMs: 0 };
  const say = (decision: string, reason: string) => {
    const now = time.wallMs();
    const entry = { at: new Date(now).toISOString(), slot: slotAt(now), decision, reason };
    decisions.push(entry);
    if (decisions.length > kept) decisions.shift();
    write(JSON.stringify({ ...entry, node }));
  };
  return {
    say,
    refuse: (reason, detail) => {
      counters.refusals[reason] = (counters.refusals[reason] ?? 0) + 1;
      say('refused', `${reason}: ${detail}`);
    },
    count: counter => {
      counters[counter]++;
    },
    observeClaim: (roundTripMs, slackMs) => {
      counters.claims++;
      Object.assign(claimTimes, { roundTripMs, slackMs, sumMs: claimTimes.sumMs + roundTripMs });
    },
    decisions,
    counters,
    claimTimes,
  };
}
