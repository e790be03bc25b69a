// Does one step of a rollout and says what became of it. Who holds the claim is read again right before anything changes.

import { memberGapLimitSeconds } from '#core/rollout/duration.ts';
import type { FleetObservation, ReleaseObservation } from '#core/rollout/observation.ts';
import type { Step } from '#core/rollout/plan.ts';
import type { FailureReport, HandoverReport } from '#core/rollout/report.ts';
import { isInWindow, slotAt } from '#core/slots.ts';
import { checkEtcdStability, type StabilityOptions } from './etcd-stability.ts';
import { handOver } from './handover.ts';
import { describeError } from './operation-error.ts';
import { type Fleet, releaseOf } from './ports.ts';
import { proveMember, proveNode } from './prove.ts';
import { readClaim } from './register.ts';
import type { RolloutLock } from './rollout-lock.ts';
import { failNode, upgradeMember, upgradeNode } from './upgrade.ts';

export interface StepContext {
  fleet: Fleet;
  lock: RolloutLock;
  observation: FleetObservation;
  options: { by: string; id: string; stability: StabilityOptions };
  onWait: (text: string) => Promise<void>;
}

export type StepResult =
  | { kind: 'done'; handover?: HandoverReport }
  /** The world moved on; look again. */
  | { kind: 'overtaken'; why: string }
  | { kind: 'failed'; failure: FailureReport };

export async function performStep(context: StepContext, step: Step): Promise<StepResult> {
  switch (step.kind) {
    case 'await-active':
      return await awaitActive(context, step.node);
    case 'upgrade':
      return await upgrade(context, step.node);
    case 'prove':
      return await prove(context, step.node, step.soakSeconds);
    case 'handover':
      return await handover(context, step.from, step.to);
    case 'upgrade-member':
      return await upgradeEtcdMember(context, step.member, step.moveLeadership);
    case 'prove-member':
      return await checkMember(context, step.member);
  }
}

const lookEveryMs = 2000;

/** Until the holder signs, or another node has taken over. */
async function awaitActive({ fleet, onWait }: StepContext, node: string): Promise<StepResult> {
  const { clock, environment } = fleet;
  const endMs = clock.now() + environment.rollout.readyTimeoutSeconds * 1000;
  let problem = 'its monitor does not answer';
  while (clock.now() < endMs) {
    const claim = await readClaim(fleet);
    if (claim.kind !== 'held' || claim.holder !== node) return { kind: 'overtaken', why: `${node} lost the claim` };
    const status = await fleet.monitors.status(releaseOf(fleet, { node }));
    if (status?.role === 'holding') return { kind: 'done' };
    problem = status === undefined ? problem : `it is ${status.role}`;
    await onWait(`${node} holds the claim, but ${problem}`);
    await clock.sleep(lookEveryMs);
  }
  return failed(node, `the active node is not well, and no standby is taken from it: ${problem}`);
}

async function upgrade({ fleet, lock, observation }: StepContext, node: string): Promise<StepResult> {
  try {
    const applied = await upgradeNode(fleet, lock, node, observation.rolloutId);
    return applied.kind === 'applied' ? { kind: 'done' } : applied;
  } catch (error) {
    // Helm may have applied half of it.
    const release = { ...releaseSeen(observation, node), touched: true };
    return { kind: 'failed', failure: await failNode(fleet, lock, node, describeError(error), release) };
  }
}

async function prove(context: StepContext, node: string, soakSeconds: number): Promise<StepResult> {
  const { fleet, lock, observation, onWait } = context;
  const release = releaseSeen(observation, node);
  const proof = await proveNode(fleet, node, { release, soakSeconds, onLook: onWait });
  if (proof.kind === 'proven') return { kind: 'done' };
  return { kind: 'failed', failure: await failNode(fleet, lock, node, proof.why, release) };
}

async function handover({ fleet, lock, options, onWait }: StepContext, from: string, to: string): Promise<StepResult> {
  const claim = await lock.confirm();
  if (claim.kind !== 'held' || claim.holder !== from) {
    return { kind: 'overtaken', why: `${from} does not hold the claim any more` };
  }
  const { handover: moment } = fleet.environment.rollout;
  const result = await handOver(fleet, { target: to, moment, by: options.by, id: options.id, onWait });
  if (result.kind === 'done') {
    return { kind: 'done', handover: { from, to, seconds: result.seconds, epoch: result.epoch } };
  }
  const now = await readClaim(fleet);
  if (now.kind === 'held' && now.holder !== from && now.holder !== to) return { kind: 'overtaken', why: result.reason };
  return failed(undefined, `the handover from ${from} to ${to} did not happen: ${result.reason}`);
}

async function upgradeEtcdMember(context: StepContext, member: string, moveLeadership: boolean): Promise<StepResult> {
  const { fleet, lock, observation, options } = context;
  const verdict = await checkEtcdStability(fleet, options.stability);
  if (!verdict.stable) return failed(member, `etcd is not stable: ${verdict.reasons.join('; ')}`);
  if (verdict.leader === member && !moveLeadership) return { kind: 'overtaken', why: `${member} leads by now` };
  await awaitGap(context, member);
  try {
    if (moveLeadership && verdict.leader === member) await moveLeaderAway(fleet, member);
    await upgradeMember(fleet, lock, member, observation.rolloutId);
    return await checkMember(context, member);
  } catch (error) {
    return failed(member, describeError(error));
  }
}

async function checkMember({ fleet, observation, options, onWait }: StepContext, member: string): Promise<StepResult> {
  const seen = observation.members.find(each => each.member === member);
  if (seen === undefined) return failed(member, 'it is not in the environment');
  const release: ReleaseObservation = { ...seen.release, state: 'current' };
  const proof = await proveMember(fleet, member, { release, soakSeconds: 0, onLook: onWait });
  if (proof.kind === 'failed') return failed(member, proof.why);
  const verdict = await checkEtcdStability(fleet, options.stability);
  return verdict.stable
    ? { kind: 'done' }
    : failed(member, `etcd is not stable after it: ${verdict.reasons.join('; ')}`);
}

/** Slots that the restart of a member, or an election, shall lie ahead of our next window. */
const gapSlots = 10;

/** Each claim in our window needs etcd at once: a member is restarted between windows, where nobody waits for it. */
async function awaitGap({ fleet, onWait }: StepContext, member: string): Promise<void> {
  const { clock } = fleet;
  const claim = await readClaim(fleet);
  if (claim.kind !== 'held' || !fleet.releases.some(each => each.node === claim.holder)) return;
  const endMs = clock.now() + memberGapLimitSeconds * 1000;
  while (clock.now() < endMs) {
    const status = await fleet.monitors.status(releaseOf(fleet, { node: claim.holder }));
    const window = status?.window ?? undefined;
    if (status === undefined || window === undefined) return;
    const near = { first: window.first - gapSlots, last: window.last + 1 };
    if (!isInWindow(near, slotAt(status.wallMs))) return;
    await onWait(`etcd member ${member} waits until our window is over`);
    await clock.sleep(lookEveryMs / 4);
  }
}

/** Leadership goes to a member in another cluster, where one is. */
async function moveLeaderAway(fleet: Fleet, member: string): Promise<void> {
  const { members } = fleet.environment.etcd;
  const own = members.find(each => each.name === member)?.cluster;
  const target = members
    .filter(each => each.name !== member)
    .toSorted((a, b) => Number(a.cluster === own) - Number(b.cluster === own))[0];
  if (target === undefined) return;
  const { memberId } = await fleet.etcd.use(target.name, session => session.status());
  await fleet.etcd.use(member, session => session.moveLeader(memberId));
}

function releaseSeen(observation: FleetObservation, node: string): ReleaseObservation {
  const seen = observation.nodes.find(each => each.node === node);
  if (seen === undefined) throw new Error(`the observation has no node ${node}`);
  return seen.release;
}

function failed(node: string | undefined, why: string): StepResult {
  return { kind: 'failed', failure: { node, why, events: [], logs: [], rollback: 'none', rollbackNote: '' } };
}
