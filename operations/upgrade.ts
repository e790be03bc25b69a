// Applies one release, and takes it back once when it turns out bad. The node that holds the claim is never touched.

import { isFresh } from '#core/rollout/fleet-view.ts';
import type { ClaimView, ReleaseObservation } from '#core/rollout/observation.ts';
import { imagesOf, rollbackTarget, rolloutDescription } from '#core/rollout/release.ts';
import type { FailureReport } from '#core/rollout/report.ts';
import { observeWorkload } from './observe.ts';
import { describeError } from './operation-error.ts';
import { type Fleet, releaseOf } from './ports.ts';
import type { RolloutLock } from './rollout-lock.ts';

export type Upgrade = { kind: 'applied' } | { kind: 'overtaken'; why: string };

const lookEveryMs = 2000;

/** Applies a node's release, unless the node has taken the claim since the plan was made. */
export async function upgradeNode(fleet: Fleet, lock: RolloutLock, node: string, rolloutId: string): Promise<Upgrade> {
  const claim = await lock.confirm();
  if (mayHold(claim, node)) return { kind: 'overtaken', why: `${node} may hold the claim by now` };
  await applyRelease(fleet, { node }, rolloutId);
  return { kind: 'applied' };
}

/** Applies an etcd member's release. The caller has asked whether etcd can do without it. */
export async function upgradeMember(fleet: Fleet, lock: RolloutLock, member: string, rolloutId: string): Promise<void> {
  await lock.confirm();
  await applyRelease(fleet, { member }, rolloutId);
}

async function applyRelease(fleet: Fleet, name: { node: string } | { member: string }, rolloutId: string) {
  const release = releaseOf(fleet, name);
  const deployed = await fleet.helm.deployed(release);
  if (deployed?.status.startsWith('pending-')) {
    // A run was killed inside Helm, which refuses everything but a rollback from now on.
    const target = rollbackTarget(await fleet.helm.history(release));
    if (target !== undefined) await fleet.helm.rollback(release, target);
  }
  await fleet.helm.upgrade(release, rolloutDescription(rolloutId));
}

function mayHold(claim: ClaimView, node: string): boolean {
  return claim.kind === 'unreadable' || (claim.kind === 'held' && claim.holder === node);
}

/** What went wrong with a node, and what was done about it. */
export async function failNode(
  fleet: Fleet,
  lock: RolloutLock,
  node: string,
  why: string,
  release: ReleaseObservation,
): Promise<FailureReport> {
  const target = releaseOf(fleet, { node });
  const events = await fleet.workloads.warnings(target);
  const logs = await fleet.workloads.logs(target);
  try {
    const note = await rollBackNode(fleet, lock, node, release);
    return { node, why, events, logs, rollback: note.kind, rollbackNote: note.text };
  } catch (error) {
    return { node, why, events, logs, rollback: 'failed', rollbackNote: describeError(error) };
  }
}

async function rollBackNode(
  fleet: Fleet,
  lock: RolloutLock,
  node: string,
  seen: ReleaseObservation,
): Promise<{ kind: FailureReport['rollback']; text: string }> {
  const release = releaseOf(fleet, { node });
  if (!seen.touched) return { kind: 'none', text: 'This rollout did not deploy it.' };
  if (mayHold(await lock.confirm(), node)) return { kind: 'none', text: 'It may hold the claim: it is left alone.' };
  if (await hasRunLong(fleet, node, seen)) {
    return { kind: 'none', text: 'It has run the revision for long, so that the revision is not to blame.' };
  }
  const target = rollbackTarget(await fleet.helm.history(release));
  if (target === undefined) return { kind: 'none', text: 'It was its first revision: there is nothing to go back to.' };
  await fleet.helm.rollback(release, target);
  const images = imagesOf((await fleet.helm.deployed(release))?.manifest ?? '');
  const back: ReleaseObservation = { ...seen, state: 'current', desiredImages: images };
  const { clock, environment } = fleet;
  const endMs = clock.now() + environment.rollout.readyTimeoutSeconds * 1000;
  let problem = '';
  while (clock.now() < endMs) {
    const problemNow = await settleRollback(fleet, lock, node, back);
    if (problemNow === undefined) return { kind: 'done', text: `It runs revision ${target} again.` };
    problem = problemNow;
    await lock.keep();
    await clock.sleep(lookEveryMs);
  }
  return { kind: 'failed', text: `Revision ${target} was not ready in time: ${problem}.` };
}

async function hasRunLong(fleet: Fleet, node: string, seen: ReleaseObservation): Promise<boolean> {
  const { workload } = await observeWorkload(fleet, releaseOf(fleet, { node }), seen);
  const readyFor = workload.kind === 'running' ? (fleet.clock.now() - workload.readySinceMs) / 1000 : 0;
  return !isFresh(readyFor, fleet.environment.rollout);
}

/** One look at a node on its way back; deletes the bad pod, for which the StatefulSet would wait for ever (kubernetes#67250). */
async function settleRollback(
  fleet: Fleet,
  lock: RolloutLock,
  node: string,
  back: ReleaseObservation,
): Promise<string | undefined> {
  const release = releaseOf(fleet, { node });
  const { workload, pod } = await observeWorkload(fleet, release, back);
  if (workload.kind === 'running') return undefined;
  const statefulSet = await fleet.workloads.statefulSet(release);
  const settled = statefulSet !== undefined && statefulSet.observedGeneration >= statefulSet.generation;
  if (settled && pod !== undefined && !pod.deleting && !pod.ready && pod.revision !== statefulSet.updateRevision) {
    const claim = await lock.confirm();
    if (!mayHold(claim, node)) await fleet.workloads.deletePod(release, pod.uid);
  }
  return workload.kind === 'updating' ? workload.why : 'there is no StatefulSet';
}
