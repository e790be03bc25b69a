// Decides what is wrong by a monitor's status, worst first: what an operator should read before anything else.

import type { MonitorStatus } from '#core/failover/status.ts';

export interface Problem {
  /** `alarm`: act now. `trouble`: a block may be lost. `notice`: to be known. */
  weight: 'alarm' | 'trouble' | 'notice';
  text: string;
}

export function problemsOf(status: MonitorStatus): Problem[] {
  return [...alarms(status), ...troubles(status), ...notices(status)];
}

function alarms({ alarms: unclaimed = [], producer }: MonitorStatus): Problem[] {
  const last = unclaimed.at(-1);
  if (last === undefined) return [];
  const text = `Somebody signs for ${producer} outside the register: block ${last.num} of slot ${last.slot} (${last.id}) is carried by no claim, and ${unclaimed.length === 1 ? 'it is the only one seen' : `it is one of ${unclaimed.length} seen`}. Stop every other nodeos that has the key; if there is none, register a new key.`;
  return [{ weight: 'alarm', text }];
}

function troubles(status: MonitorStatus): Problem[] {
  const { claim, nodes, node, etcd, window, solo } = status;
  const texts: string[] = [];
  if (solo) texts.push(`Solo, ${solo.phase}: ${solo.detail}.`);
  else if (!etcd.reachable)
    texts.push(`etcd does not answer: this node can neither sign nor take over (${etcd.detail}).`);
  if (claim === null) texts.push('The claim is missing or cannot be read: nobody signs.');
  const holder = nodes.find(other => other.node === claim?.holder && other.incarnation === claim.incarnation);
  if (claim !== null && etcd.reachable && holder === undefined)
    texts.push(`${claim.holder || 'Nobody'} holds the claim, but its monitor is not there: nobody signs.`);
  if (holder?.nodeos.alive === false) texts.push(`nodeos of ${holder.node}, which holds the claim, does not answer.`);
  const standbys = nodes.filter(other => other.node !== claim?.holder);
  if (holder !== undefined && !standbys.some(({ eligible }) => eligible))
    texts.push(`No other node could take over from ${holder.node}.`);
  if (status.unheardSlot !== null)
    texts.push(`${claim?.holder ?? 'The holder'} claimed slot ${status.unheardSlot}, but its block has not come here.`);
  if (window === null) texts.push(`${status.producer} is not in the schedule, or nodeos of ${node} has not told it.`);
  if (!status.eligible) texts.push(`This node could not sign: ${status.why.join('; ')}.`);
  for (const { node: name, eligible, why } of standbys)
    if (!eligible && name !== node) texts.push(`${name} could not take over: ${why.join('; ')}.`);
  return texts.map(text => ({ weight: 'trouble', text }));
}

function notices({ maintenance, slots }: MonitorStatus): Problem[] {
  const texts: string[] = [];
  if (maintenance !== null)
    texts.push(`Maintenance by ${maintenance.by}: nobody takes over (${maintenance.why || 'no reason given'}).`);
  if (slots !== undefined && slots.missed > 0)
    texts.push(`${slots.missed} of our slots had no block since this monitor started.`);
  return texts.map(text => ({ weight: 'notice', text }));
}
