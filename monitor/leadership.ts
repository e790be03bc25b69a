// Looks at every etcd member again and again, and moves etcd's leadership where the configuration wants it: core/failover/leadership.ts decides.

import type { EtcdCluster } from '#adapters/etcd/cluster.ts';
import { decideLeadership, type MemberView, startLeadership } from '#core/failover/leadership.ts';
import type { Monitor } from '#core/failover/state.ts';
import { compareStandbys } from '#core/failover/takeover.ts';
import type { Time } from '#core/time.ts';
import type { MonitorConfig } from './config.ts';
import type { Journal } from './journal.ts';
import type { Repeater } from './repeat.ts';

const everyMs = 2000;
/** One slow answer says nothing about the way. */
const rememberedRoundTrips = 5;

/** Gives what to say of it in /status; undefined where leadership is left alone, and nothing is asked. */
export function keepLeadership(
  config: Pick<MonitorConfig, 'node' | 'site' | 'etcd' | 'claimAhead'>,
  parts: { cluster: EtcdCluster; repeater: Repeater; journal: Pick<Journal, 'say'>; time: Time },
  monitor: () => Monitor,
): () => string | undefined {
  const { leader: place = 'anywhere', endpoints, sites = [] } = config.etcd;
  if (place === 'anywhere') return () => undefined;
  const { cluster, repeater, journal, time } = parts;
  const roundTrips = endpoints.map((): number[] => []);
  let memory = startLeadership(time.nowMs());
  let said = 'etcd was not asked yet who leads';

  const look = async (): Promise<MemberView[]> => {
    const answers = await cluster.askEach(async member => {
      const sentMs = time.nowMs();
      const status = await member.status();
      return { status, roundTripMs: time.nowMs() - sentMs };
    });
    return answers.map((answer, index) => {
      const times = roundTrips[index] ?? [];
      if (answer.status === 'fulfilled') times.push(answer.value.roundTripMs);
      times.splice(0, times.length - rememberedRoundTrips);
      return {
        endpoint: endpoints[index] ?? '',
        site: sites[index] ?? '',
        answer: answer.status === 'fulfilled' ? answer.value.status : undefined,
        roundTripMs: median(times),
      };
    });
  };

  const move = async (from: string, targetId: string, reason: string) => {
    const outcomes = await cluster.askEach(async member =>
      member.endpoint === from ? member.moveLeader(targetId) : undefined,
    );
    const failed = outcomes.find(outcome => outcome.status === 'rejected');
    if (failed === undefined) journal.say("etcd's leadership moved", reason);
    else journal.say("etcd's leadership did not move", `${(failed.reason as Error).message}; wanted ${reason}`);
  };

  repeater.every(
    () => everyMs,
    async () => {
      const members = await look();
      const { state, knows } = monitor();
      const [next] = knows.nodes
        .filter(({ node, eligible }) => eligible && node !== config.node)
        .toSorted((a, b) => compareStandbys(a, b, config.site));
      const decided = decideLeadership(memory, {
        place,
        isHolder: state.kind === 'holding',
        site: config.site,
        standbySite: next?.site,
        members,
        windows: knows.windows,
        produceBlockOffsetMs: knows.produceBlockOffsetMs,
        claimAhead: config.claimAhead ?? 0,
        nowMs: time.nowMs(),
        wallMs: time.wallMs(),
      });
      memory = decided.memory;
      const { decision } = decided;
      said = decision.kind === 'stay' ? `leader: ${decision.reason}` : `leader: it moves ${decision.reason}`;
      if (decision.kind === 'move') await move(decision.from, decision.targetId, decision.reason);
    },
  );
  return () => said;
}

/** Without any time it is far: nothing was heard of it. */
function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.POSITIVE_INFINITY;
}
