// Decides how long the steps of a rollout are expected to take, and how long they may take at most before they give up.

import type { RolloutSettings } from '#core/environment/environment.ts';
import type { HandoverMoment } from '#core/failover/requests.ts';
import { slotMs, slotsPerWindow } from '#core/slots.ts';
import type { FleetView } from './fleet-view.ts';
import { afterStep, type Step } from './plan.ts';

export interface TimedStep {
  step: Step;
  expectedSeconds: number;
  longestSeconds: number;
}

/** What the limits of steps come from. */
export type DurationSettings = Pick<RolloutSettings, 'readyTimeoutSeconds' | 'handover'>;

/** How long a handover may be waited for: in the gap a round of 21 producers, and once more for a moment that was missed. */
export const handoverLimitSeconds: Record<HandoverMoment, number> = {
  gap: (2 * 21 * slotsPerWindow * slotMs) / 1000,
  now: 30,
};
/** How long a new holder may take until it signs or could. */
export const settleLimitSeconds = 30;
/** Length of the window in which etcd is asked before anything is changed, and around the upgrade of a member. */
export const stabilityWindowSeconds = 5;
/** How long the restart of a member is kept out of our window: a window, and the way to its beginning. */
export const memberGapLimitSeconds = (2 * slotsPerWindow * slotMs) / 1000;

/** Helm is asked what is deployed, and applies; each has 60 s, and 10 s to end: adapters/helm/helm.ts. */
const applyLimitSeconds = 2 * 70;
const applySeconds = 3;
const handoverSeconds = 5;
const memberRestartSeconds = 10;
const activeRecoverySeconds = 10;
const restartCapSeconds = 120;

/**
 * How long a node is expected to take from its upgrade until it passes its gates: nodeos stops, an image is pulled, nodeos starts and
 * catches up. readyTimeout says how patient one must be with this fleet; a good restart takes a quarter of that, and hardly two minutes.
 */
export function restartSeconds({ readyTimeoutSeconds }: Pick<DurationSettings, 'readyTimeoutSeconds'>): number {
  return Math.min(restartCapSeconds, readyTimeoutSeconds / 4);
}

/** A node that was never there fetches the chain first, from a snapshot or block by block. */
export function firstStartSeconds({ readyTimeoutSeconds }: Pick<DurationSettings, 'readyTimeoutSeconds'>): number {
  return readyTimeoutSeconds / 2;
}

/** The steps with their times. A soak counts from when the node was ready: what has passed by then is not waited for again. */
export function timeSteps(fleet: FleetView, steps: readonly Step[], settings: DurationSettings): TimedStep[] {
  const isNew = new Set(fleet.nodes.filter(each => each.release === 'missing').map(each => each.node));
  const readySince = new Map(fleet.nodes.filter(each => each.running).map(each => [each.node, -each.readySeconds]));
  let imagined = fleet;
  let nowSeconds = 0;
  return steps.map((step, index) => {
    let expectedSeconds = 0;
    if (step.kind === 'prove') {
      const isSound = imagined.nodes.find(each => each.node === step.node)?.sound === true;
      const startSeconds = isNew.has(step.node) ? firstStartSeconds(settings) : restartSeconds(settings);
      const wellAfter = isSound ? 0 : startSeconds;
      const since = readySince.get(step.node) ?? nowSeconds + wellAfter;
      readySince.set(step.node, since);
      expectedSeconds = Math.max(wellAfter, since + step.soakSeconds - nowSeconds);
    } else if (!isPartOf(step, steps[index - 1])) expectedSeconds = expectedOf(step, settings);
    if (step.kind === 'upgrade') readySince.delete(step.node);
    nowSeconds += expectedSeconds;
    imagined = afterStep(imagined, step);
    return { step, expectedSeconds, longestSeconds: longestOf(step, settings) };
  });
}

/** The upgrade of an etcd member waits for it by itself. */
function isPartOf(step: Step, before: Step | undefined): boolean {
  return step.kind === 'prove-member' && before?.kind === 'upgrade-member' && before.member === step.member;
}

function expectedOf(step: Exclude<Step, { kind: 'prove' }>, { readyTimeoutSeconds }: DurationSettings): number {
  const memberSeconds = Math.min(memberRestartSeconds, readyTimeoutSeconds);
  switch (step.kind) {
    case 'await-active':
      return Math.min(activeRecoverySeconds, readyTimeoutSeconds);
    case 'upgrade':
      return applySeconds;
    case 'handover':
      return handoverSeconds;
    case 'upgrade-member':
      return 2 * stabilityWindowSeconds + applySeconds + memberSeconds;
    case 'prove-member':
      return memberSeconds + stabilityWindowSeconds;
  }
}

function longestOf(step: Step, { readyTimeoutSeconds, handover }: DurationSettings): number {
  switch (step.kind) {
    case 'await-active':
      return readyTimeoutSeconds;
    case 'upgrade':
      return applyLimitSeconds;
    case 'prove':
      return readyTimeoutSeconds + step.soakSeconds;
    case 'handover':
      return handoverLimitSeconds[handover] + settleLimitSeconds;
    case 'upgrade-member':
      return memberGapLimitSeconds + applyLimitSeconds + readyTimeoutSeconds + 2 * stabilityWindowSeconds;
    case 'prove-member':
      return readyTimeoutSeconds + stabilityWindowSeconds;
  }
}
