// Several members as one: a member that is slow to answer is overtaken by the next, so that one dead member costs milliseconds.

import type { Time } from '#core/time.ts';
import { EtcdError } from './error.ts';
import { connectMember, type Member, type MemberOptions } from './member.ts';

export interface EtcdCluster {
  /**
   * Asks the member that answered best; when it is slow or fails, the next one as well, and takes the first answer.
   * `ask` may therefore happen at several members: it must do no harm when it happens twice.
   */
  ask<T>(ask: (member: Member) => Promise<T>): Promise<T>;
  /** Asks every member by itself; the answers come in the order in which the endpoints were given. */
  askEach<T>(ask: (member: Member) => Promise<T>): Promise<PromiseSettledResult<T>[]>;
  /** Asks all members and forgets what they say: connections and code stay warm. The one that answers clearly first is asked first from then on. */
  keepWarm(ask: (member: Member) => Promise<unknown>): Promise<void>;
  close(): void;
}

/** A member slower than this many times the usual is overtaken, within bounds. */
const slowFactor = 4;
const [leastHedgeMs, mostHedgeMs] = [40, 200];

/** A cluster whose connections can be made anew. */
export interface RenewableCluster extends EtcdCluster {
  /**
   * Tries new clients with these certificates. When a member answers one, they are used; the old ones are closed when their calls have
   * ended, and their watches with them. When none does, all stays as it was.
   */
  renew(tls: NonNullable<MemberOptions['tls']>): Promise<Renewal>;
}

export type Renewal = { kind: 'renewed' } | { kind: 'kept'; reason: string };

/** Opens clients for all members; nothing is sent until the first call. @param endpoints nearest first */
export function connectCluster({
  endpoints,
  time,
  ...options
}: Omit<MemberOptions, 'endpoint'> & { endpoints: readonly string[]; time: Time }): RenewableCluster {
  const connect = (changes?: Pick<MemberOptions, 'tls'>) =>
    endpoints.map(endpoint => connectMember({ ...options, ...changes, endpoint }));
  const cluster = combineMembers(connect(), time);
  return {
    ...cluster,
    renew: async tls => {
      const next = connect({ tls });
      const answers = await Promise.allSettled(next.map(member => member.status()));
      // What answers to nobody may be a bad certificate or an etcd that is away: the old clients lose nothing by a later trial.
      if (answers.every(({ status }) => status === 'rejected')) {
        for (const member of next) member.close();
        const [first] = answers;
        return { kind: 'kept', reason: first?.status === 'rejected' ? String(first.reason?.message) : 'no members' };
      }
      const old = cluster.replaceMembers(next);
      // The last member asked in turn has started when the others were overtaken.
      time.after(options.deadlineMs + endpoints.length * mostHedgeMs, () => {
        for (const member of old) member.close();
      });
      return { kind: 'renewed' };
    },
  };
}

/** Whether one answer came so much before another that it was no chance. */
function isClearlyLess(ms: number, thanMs: number): boolean {
  return ms < thanMs * 0.75 - 1;
}

/** Makes one of several members. `replaceMembers` gives those that are asked no more. @param given nearest first */
export function combineMembers(
  given: readonly Member[],
  time: Time,
): EtcdCluster & { replaceMembers(next: readonly Member[]): readonly Member[] } {
  let members = given;
  let order = given;
  let usualMs = leastHedgeMs / slowFactor;
  // One that was replaced meanwhile is asked no more.
  const toFront = (member: Member) => {
    if (order[0] !== member && order.includes(member)) order = [member, ...order.filter(other => other !== member)];
  };
  const toBack = (member: Member) => {
    if (order.includes(member)) order = [...order.filter(other => other !== member), member];
  };
  return {
    ask: ask => {
      const sentMs = time.nowMs();
      const answered = (member: Member, isFirst: boolean) => {
        if (isFirst) usualMs += (time.nowMs() - sentMs - usualMs) / 8;
        toFront(member);
      };
      const hedgeMs = Math.min(mostHedgeMs, Math.max(leastHedgeMs, slowFactor * usualMs));
      return askInTurn([...order], ask, { hedgeMs, time }, { answered, failed: toBack });
    },
    askEach: ask => Promise.allSettled(members.map(ask)),
    keepWarm: async ask => {
      const sentMs = time.nowMs();
      const tookMs = new Map<Member, number>();
      await Promise.allSettled(
        members.map(async member => {
          await ask(member);
          tookMs.set(member, time.nowMs() - sentMs);
        }),
      );
      const [quickest, quickestMs] = [...tookMs].sort(([, a], [, b]) => a - b)[0] ?? [];
      const firstMs = order[0] === undefined ? undefined : tookMs.get(order[0]);
      if (quickest === undefined || quickestMs === undefined) return;
      if (firstMs === undefined || isClearlyLess(quickestMs, firstMs)) toFront(quickest);
    },
    replaceMembers: next => {
      const old = members;
      members = next;
      order = next;
      return old;
    },
    close: () => {
      for (const member of members) member.close();
    },
  };
}

interface Outcomes {
  answered(member: Member, isFirst: boolean): void;
  failed(member: Member): void;
}

/** The first answer wins; a refusal is an answer. Rejects with the first failure once all have failed. */
function askInTurn<T>(
  members: readonly Member[],
  ask: (member: Member) => Promise<T>,
  { hedgeMs, time }: { hedgeMs: number; time: Time },
  outcomes: Outcomes,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let started = 0;
    let failed = 0;
    let isOver = false;
    let firstError: unknown = new EtcdError('refused', 'no etcd member is configured');
    let cancel: () => void = () => undefined;
    const finish = (settle: () => void) => {
      if (isOver) return;
      isOver = true;
      cancel();
      settle();
    };
    const startNext = () => {
      cancel();
      const member = members[started];
      if (member === undefined || isOver) return;
      const isFirst = started++ === 0;
      cancel = time.after(hedgeMs, startNext);
      ask(member).then(
        value =>
          finish(() => {
            outcomes.answered(member, isFirst);
            resolve(value);
          }),
        (error: unknown) => {
          if (error instanceof EtcdError && error.code === 'refused') return finish(() => reject(error));
          outcomes.failed(member);
          if (failed++ === 0) firstError = error;
          if (failed === members.length) finish(() => reject(firstError));
          else startNext();
        },
      );
    };
    if (members.length === 0) reject(firstError);
    else startNext();
  });
}
