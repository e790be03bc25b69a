// Keeps what the monitor decided: one log line per decision, the last of them for /status, counts and times for /metrics.

import type { RefusalReason } from '#core/failover/signing.ts';
import type { Role } from '#core/failover/status.ts';
import { slotAt } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import { type Alarm, type Measures, startMeasures } from './measures.ts';

export interface Decision {
  at: string;
  slot: number;
  decision: string;
  reason: string;
}

/** Where the monitor stands while it decides. */
export interface Situation {
  role: Role;
  /** Of the claim as last known; null when it is not. */
  epoch: number | null;
}

export interface Journal {
  /** A decision: logged and kept. */
  say(decision: string, reason: string): void;
  /** Something that goes on going wrong: said at once, and then once in a while. */
  trouble(what: string, detail: string): void;
  refuse(reason: RefusalReason, detail: string): void;
  /** What became of a write to etcd. */
  etcdWrite(action: string, error?: Error): void;
  /** A block of our producer that no claim carries. */
  alarm(block: Omit<Alarm, 'at'>, text: string): void;
  count(counter: 'claims' | 'takeovers' | 'handovers'): void;
  /** How long a claim took, and how much time was left before its signature had to leave; below zero it came too late. */
  observeClaim(roundTripMs: number, slackMs: number): void;
  /** The same for a claim made ahead, and later for the signature that it paid for. */
  observeAhead(roundTripMs: number): void;
  observePaidAhead(slackMs: number): void;
  /** Gives each later line the role and the epoch of its moment. */
  situate(situation: () => Situation): void;
  readonly decisions: readonly Decision[];
  readonly counters: { claims: number; takeovers: number; handovers: number; refusals: Record<string, number> };
  readonly measures: Measures;
  /** Newest last, until the monitor restarts. */
  readonly alarms: readonly Alarm[];
}

const keptDecisions = 200;
const keptAlarms = 24;
/** The same line right after itself says nothing new. */
const sameAgainMs = 10_000;
const troubleEveryMs = 30_000;
/** Kinds of trouble there can be: a handful, and some texts. */
const maxTroubles = 64;

/** @param write takes one line, without a line end */
export function startJournal(node: string, write: (line: string) => void, time: Time): Journal {
  const decisions: Decision[] = [];
  const alarms: Alarm[] = [];
  const counters = { claims: 0, takeovers: 0, handovers: 0, refusals: {} as Record<string, number> };
  const measures = startMeasures();
  const troubles = new Map<string, { saidAtMs: number; unsaid: number }>();
  const refusedAt = new Map<RefusalReason, number>();
  let situation: () => Situation | undefined = () => undefined;

  const say = (decision: string, reason: string) => {
    const now = time.wallMs();
    const last = decisions.at(-1);
    // What is tried again and again without effect: a pause of a nodeos that is down, say.
    if (last?.decision === decision && last.reason === reason && now - Date.parse(last.at) < sameAgainMs) return;
    const at = new Date(now).toISOString();
    const slot = slotAt(now);
    decisions.push({ at, slot, decision, reason });
    if (decisions.length > keptDecisions) decisions.shift();
    write(JSON.stringify({ at, slot, node, ...situation(), decision, reason }));
  };

  const etcdFailed = () => {
    measures.etcdErrors++;
    measures.etcdErrorAtMs = time.nowMs();
  };

  const trouble = (what: string, detail: string) => {
    const before = troubles.get(what);
    if (before !== undefined && time.nowMs() - before.saidAtMs < troubleEveryMs) {
      before.unsaid++;
      return;
    }
    troubles.delete(what);
    troubles.set(what, { saidAtMs: time.nowMs(), unsaid: 0 });
    for (const oldest of troubles.keys()) if (troubles.size > maxTroubles) troubles.delete(oldest);
    const unsaid =
      before === undefined || before.unsaid === 0 ? '' : ` (and ${before.unsaid} times since it was last said)`;
    say(what, `${detail}${unsaid}`);
  };

  return {
    say,
    trouble,
    refuse: (reason, detail) => {
      counters.refusals[reason] = (counters.refusals[reason] ?? 0) + 1;
      if (reason === 'etcd-silent') etcdFailed();
      const slot = slotAt(time.wallMs());
      // nodeos asks once or twice a slot; whoever else may reach the socket could ask without end.
      if (refusedAt.get(reason) !== slot) say('refused', `${reason}: ${detail}`);
      refusedAt.set(reason, slot);
    },
    etcdWrite: (action, error) => {
      measures.isEtcdFull = error?.message.includes('database space exceeded') ?? false;
      if (error === undefined) return;
      etcdFailed();
      trouble(`could not ${action}`, error.message);
    },
    alarm: (block, text) => {
      measures.unclaimedBlocks++;
      alarms.push({ at: new Date(time.wallMs()).toISOString(), ...block });
      if (alarms.length > keptAlarms) alarms.shift();
      trouble('ALARM', text);
    },
    count: counter => {
      counters[counter]++;
    },
    observeClaim: (roundTripMs, slackMs) => {
      counters.claims++;
      measures.claimRoundTripSeconds.observe(roundTripMs / 1000);
      measures.claimSlackSeconds.observe(Math.max(0, slackMs) / 1000);
    },
    observeAhead: roundTripMs => {
      measures.ahead.claims++;
      measures.claimRoundTripSeconds.observe(roundTripMs / 1000);
    },
    observePaidAhead: slackMs => {
      measures.ahead.signatures++;
      measures.claimSlackSeconds.observe(Math.max(0, slackMs) / 1000);
    },
    situate: now => {
      situation = now;
    },
    decisions,
    counters,
    measures,
    alarms,
  };
}
