// Decides whether a rollout went as the pull request had told: the same steps in the same order, but for what time alone decides.

import type { Step } from '#core/rollout/plan.ts';
import type { StepReport } from '#core/rollout/report.ts';
import { describeStep } from '#core/rollout/summary.ts';
import type { Forecast } from '#core/validation/verdict.ts';

export type PlanCheck =
  /** `allowed`: differences that time explains, a sentence each. */
  { kind: 'as-told'; steps: number; allowed: string[] } | { kind: 'otherwise'; why: string };

/**
 * Holds a rollout against a forecast. One from the files has assumed who holds the claim, and tells no more than the order of upgrades
 * for the case that it is another.
 * @param holder who held the claim when the rollout began
 */
export function checkForecast(forecast: Forecast, went: readonly StepReport[], holder: string): PlanCheck {
  const told = forecast.steps.map(each => each.step);
  const assumed = told.find(step => step.kind === 'handover')?.from;
  if (forecast.source === 'live' || assumed === undefined || assumed === holder) return checkPlan(told, went);
  const orders = forecast.assumptions.flatMap(each => [...each.matchAll(/([\w-]+) holds it: ([\w-]+(?:, [\w-]+)*)/g)]);
  const order = orders.find(match => match[1] === holder)?.[2];
  const upgrades = went.flatMap(({ step }) => (step.kind === 'upgrade' ? [step.node] : [])).join(', ');
  const what = `${holder} held the claim, where ${assumed} was assumed`;
  if (order === upgrades) return { kind: 'as-told', steps: went.length, allowed: [`${what}: the order for that case`] };
  return otherwise(told, went, `${what}; told for that case was ${order ?? 'nothing'}, upgraded were ${upgrades}`);
}

export function checkPlan(told: readonly Step[], went: readonly StepReport[]): PlanCheck {
  const allowed: string[] = [];
  let next = 0;
  for (const { step, outcome } of went) {
    if (outcome === 'overtaken') return otherwise(told, went, `${describeStep(step)} was overtaken`);
    if (outcome === 'failed') return otherwise(told, went, `${describeStep(step)} failed`);
    // Nobody can tell beforehand that the active node needs a moment.
    if (step.kind === 'await-active') {
      allowed.push(`${describeStep(step)}: ${step.why}`);
      continue;
    }
    while (next < told.length && !isSame(told[next], step) && isLeftOut(told, next)) {
      allowed.push(`"${describeAt(told, next)}" was not waited for: it was so already`);
      next += 1;
    }
    if (!isSame(told[next], step))
      return otherwise(told, went, `"${describeStep(step)}" was done, "${describeAt(told, next)}" was next`);
    next += 1;
  }
  while (next < told.length && isLeftOut(told, next)) next += 1;
  if (next < told.length) return otherwise(told, went, `"${describeAt(told, next)}" was told and not done`);
  return { kind: 'as-told', steps: went.length, allowed };
}

/** A soak that is over when its turn comes, and the check of a member that its upgrade has made, are no steps in the event. */
function isLeftOut(told: readonly Step[], index: number): boolean {
  const [step, before] = [told[index], told[index - 1]];
  if (step?.kind === 'prove') return step.soakSeconds > 0;
  return step?.kind === 'prove-member' && before?.kind === 'upgrade-member' && before.member === step.member;
}

function isSame(a: Step | undefined, b: Step): boolean {
  return a !== undefined && describeStep(a) === describeStep(b);
}

function describeAt(steps: readonly Step[], index: number): string {
  const step = steps[index];
  return step === undefined ? 'nothing' : describeStep(step);
}

function otherwise(told: readonly Step[], went: readonly StepReport[], what: string): PlanCheck {
  const list = (steps: readonly Step[]) => steps.map(describeStep).join(', ') || 'nothing';
  return {
    kind: 'otherwise',
    why: `the rollout did not go as the pull request told: ${what}. Told: ${list(told)}. Went: ${list(went.map(each => each.step))}`,
  };
}
