// Decides what calls for action in a fleet's status, gravest first. Values only.

import { isAboutClock } from '#core/failover/eligibility.ts';
import { slotAt, slotMs } from '#core/slots.ts';
import type { FleetRecord } from './describe-record.ts';
import type { FleetStatus, MemberStatus } from './describe-status.ts';
import type { Picture } from './picture.ts';
import { describeSpan, leastAheadMs } from './reset-claim.ts';

/** A chain of 21 producers moves twice a second; ten seconds are more than a whole window of somebody who is down. */
const stalledAfterMs = 10_000;
/** Claims of full blocks lie a few slots ahead; one that lies further bars everybody. */
const farAheadMs = 7000;
/** Two rounds of 21 producers take half of it. */
const unclaimedForMs = 300_000;

/** Blocks of our producer that no node of ours has signed: the gravest of all, told once however many have seen them. */
export function findStrangers({ unclaimed }: FleetRecord): string[] {
  return unclaimed.map(
    ({ slot, num, id }) =>
      `block ${num} (slot ${slot}, ${id}) is ours, but no claim carries it: somebody else signs with our key`,
  );
}

export function findAlarms(
  { claim, nodes, members, maintenance }: Omit<FleetStatus, 'alarms'>,
  picture: Picture | undefined,
  { nowMs, bestSlot }: { nowMs: number; bestSlot: number | undefined },
): string[] {
  const alarms = findEtcdAlarms(members);
  const voting = members.filter(each => each.votes).length;
  if (claim.kind === 'unknown')
    alarms.push(`no etcd member can be asked from here (without etcd nobody signs): ${claim.problem}`);
  else if (voting <= Math.floor(members.length / 2))
    alarms.push(`etcd has no majority: ${voting} of ${members.length} members are healthy, so nobody can claim`);
  else if (voting < members.length)
    alarms.push(
      `etcd members in trouble: ${members
        .filter(each => !each.votes)
        .map(each => each.member)
        .join(', ')}`,
    );
  if (claim.kind === 'missing') alarms.push('there is no claim, so nobody may sign: run "active-eos install"');
  if (claim.kind === 'unreadable') alarms.push(`the claim is unreadable, so nobody may sign: ${claim.problem}`);
  if (claim.ageSeconds !== null && claim.ageSeconds * -1000 > farAheadMs) {
    const ahead = describeSpan(claim.ageSeconds * 1000);
    const remedy = claim.ageSeconds * -1000 > leastAheadMs ? ': see "active-eos reset-claim"' : '';
    alarms.push(`the claim lies ${ahead} ahead of this clock, and bars everybody until then${remedy}`);
  }
  if (claim.holderProblems.length > 0)
    alarms.push(`${claim.holder} holds the claim, but ${claim.holderProblems.join(', ')}`);
  if (claim.kind === 'held' && claim.ageSeconds !== null && claim.ageSeconds * 1000 > unclaimedForMs)
    alarms.push(
      `no slot of ours was claimed for ${describeSpan(claim.ageSeconds * 1000)}: nobody produces, unless the producer is not in the schedule`,
    );
  const standbys = nodes.filter(each => each.node !== claim.holder && each.eligible === true);
  if (picture !== undefined && standbys.length === 0) alarms.push('no standby could take over');
  if (bestSlot !== undefined && (slotAt(nowMs) - bestSlot) * slotMs > stalledAfterMs)
    alarms.push(
      `the newest head is ${describeSpan((slotAt(nowMs) - bestSlot) * slotMs)} old: the chain, or all our nodes, stand still`,
    );
  if (claim.kind === 'vacant' && maintenance !== null)
    alarms.push('nobody holds the claim, and in maintenance nobody takes it');
  if (isHolderGone(picture) && maintenance !== null)
    alarms.push(
      'its holder is gone, and in maintenance nobody takes it: end the maintenance, or "active-eos failover"',
    );
  for (const { node, problems, why } of nodes)
    alarms.push(...[...problems, ...why.filter(isAboutClock)].map(each => `${node}: ${each}`));
  return alarms;
}

/** Whether no living monitor is the process that the claim names. */
function isHolderGone(picture: Picture | undefined): boolean {
  const { stored, nodes = [] } = picture ?? {};
  if (stored === undefined || stored.holder === '') return false;
  return !nodes.some(each => each.node === stored.holder && each.incarnation === stored.incarnation);
}

/** Each member tells of the alarms of all. */
function findEtcdAlarms(members: readonly MemberStatus[]): string[] {
  const raised = [...new Set(members.flatMap(each => each.alarms))];
  return raised.map(alarm =>
    alarm === 'NOSPACE'
      ? "etcd's database is full, so nobody can claim: compact and defragment it, then disarm the alarm (etcdctl alarm disarm)"
      : `etcd raises the alarm ${alarm}: see etcdctl alarm list`,
  );
}
