// Runs a rollout to its end: observe, plan, do one step, and again. Nothing is remembered from step to step but the report.

import { viewFleet } from '#core/rollout/fleet-view.ts';
import { judgeGates } from '#core/rollout/gates.ts';
import type { FleetObservation, ReleaseObservation } from '#core/rollout/observation.ts';
import { type Next, nextStep, type Part, planRollout, type Step } from '#core/rollout/plan.ts';
import type { FailureReport, NodeReport, RolloutOutcome, RolloutReport, StepReport } from '#core/rollout/report.ts';
import { describeStep } from '#core/rollout/summary.ts';
import { checkEtcdStability, defaultStability, type StabilityOptions } from './etcd-stability.ts';
import { type Desired, lookFirst, observeFleet } from './observe.ts';
import { describeError } from './operation-error.ts';
import type { Fleet } from './ports.ts';
import { lockRollout, type RolloutLock } from './rollout-lock.ts';
import { performStep, type StepContext } from './rollout-step.ts';

export interface RolloutOptions {
  /** Who runs it, for the lock and the history. */
  by: string;
  /** Unique to this run. */
  id: string;
  dryRun: boolean;
  stability?: StabilityOptions;
  report: (event: RolloutEvent) => void;
}

/** What happens while it happens, for logs and pages. */
export type RolloutEvent =
  | { kind: 'planned'; part: Part; steps: Step[]; end: string }
  | { kind: 'started'; step: Step; text: string }
  | { kind: 'waiting'; step: Step; text: string }
  | { kind: 'finished'; step: Step; outcome: StepReport['outcome']; seconds: number; text: string };

/** Upgrades one standby, proves it and watches it. */
export function runCanary(fleet: Fleet, options: RolloutOptions): Promise<RolloutReport> {
  return runPart(fleet, 'canary', options);
}

/** The rest: standbys cluster by cluster, the handover, the node that signed last, etcd. Refuses while no canary is proven. */
export function runPromote(fleet: Fleet, options: RolloutOptions): Promise<RolloutReport> {
  return runPart(fleet, 'promote', options);
}

/** What a run has found out so far. */
interface Run {
  part: Part;
  desired: Desired;
  startedMs: number;
  /** What Helm said of each release; forgotten when we change one. Asking is a process for each, and nobody else holds the lock. */
  known: Map<string, ReleaseObservation>;
  first: FleetObservation;
  last: FleetObservation;
  planned: Step[];
  steps: StepReport[];
  handover: RolloutReport['handover'];
  failure: FailureReport | undefined;
}

interface Ending {
  outcome: RolloutOutcome;
  why: string;
}

async function runPart(fleet: Fleet, part: Part, options: RolloutOptions): Promise<RolloutReport> {
  const startedMs = fleet.clock.now();
  const { desired, known, observation: first } = await lookFirst(fleet);
  const run: Run = {
    part,
    desired,
    startedMs,
    known,
    first,
    last: first,
    planned: [],
    steps: [],
    handover: undefined,
    failure: undefined,
  };
  return writeReport(fleet, run, await begin(fleet, run, options));
}

/** Decides whether to start at all; from the lock on, every way out gives it back. */
async function begin(fleet: Fleet, run: Run, options: RolloutOptions): Promise<Ending> {
  const view = viewFleet(run.first, fleet.environment);
  const next = nextStep(view);
  if (next.kind !== 'step') return endingOf(next, run);
  // A canary that only has to be proven (again) is proven here: nothing else is touched before it is.
  if (run.part === 'promote' && next.step.part === 'canary' && next.step.kind !== 'prove') {
    return {
      outcome: 'refused',
      why: `no canary is proven: next is to ${describeStep(next.step)}. Run the canary first`,
    };
  }
  const plan = planRollout(view);
  run.planned = plan.steps.filter(step => run.part === 'promote' || step.part === 'canary');
  options.report({ kind: 'planned', part: run.part, steps: run.planned, end: plan.end.why });
  if (run.planned.length === 0 || endsCanary(run.part, next)) {
    return {
      outcome: 'nothing-to-do',
      why: 'the canary is proven already, or there is no standby to try the change on',
    };
  }
  if (options.dryRun)
    return { outcome: 'planned', why: `a dry run: ${run.planned.length} steps; then ${plan.end.why}` };
  const stability = await checkEtcdStability(fleet, options.stability ?? defaultStability);
  if (!stability.stable) return { outcome: 'refused', why: `etcd is not stable: ${stability.reasons.join('; ')}` };
  const locked = await lockRollout(fleet, { by: options.by, id: options.id });
  if (locked.kind === 'refused') return { outcome: 'refused', why: locked.reason };
  try {
    return await goOn(fleet, run, options, locked.lock);
  } catch (error) {
    const why = describeError(error);
    run.failure ??= { node: undefined, why, events: [], logs: [], rollback: 'none', rollbackNote: '' };
    return { outcome: 'failed', why };
  } finally {
    await locked.lock.release();
  }
}

async function goOn(fleet: Fleet, run: Run, options: RolloutOptions, lock: RolloutLock): Promise<Ending> {
  // Every step may be overtaken a few times by an unplanned takeover; beyond that something fights us.
  const bound = 4 * (run.planned.length + 2);
  for (let count = 0; count < bound; count++) {
    if (count > 0) run.last = await observeFleet(fleet, run.desired, run.known);
    const next = nextStep(viewFleet(run.last, fleet.environment));
    if (next.kind !== 'step') return endingOf(next, run);
    if (endsCanary(run.part, next)) return { outcome: 'done', why: 'the canary is proven' };
    const context: StepContext = {
      fleet,
      lock,
      observation: run.last,
      options: { by: options.by, id: `${options.id}-${count}`, stability: options.stability ?? defaultStability },
      onWait: async text => {
        await lock.keep();
        options.report({ kind: 'waiting', step: next.step, text });
      },
    };
    const ending = await doStep(fleet, run, options, next.step, context);
    if (ending !== undefined) return ending;
  }
  return { outcome: 'failed', why: `not done after ${bound} steps: the fleet keeps changing under the rollout` };
}

async function doStep(
  fleet: Fleet,
  run: Run,
  { report }: RolloutOptions,
  step: Step,
  context: StepContext,
): Promise<Ending | undefined> {
  const startedMs = fleet.clock.now();
  report({ kind: 'started', step, text: `${describeStep(step)}: ${step.why}` });
  const result = await performStep(context, step);
  forgetChanged(run, step);
  const seconds = (fleet.clock.now() - startedMs) / 1000;
  const note = result.kind === 'done' ? '' : result.kind === 'overtaken' ? result.why : result.failure.why;
  run.steps.push({ step, outcome: result.kind, seconds, note });
  report({ kind: 'finished', step, outcome: result.kind, seconds, text: note });
  if (result.kind === 'done' && result.handover !== undefined) run.handover = result.handover;
  if (result.kind !== 'failed') return undefined;
  run.failure = result.failure;
  const who = result.failure.node === undefined ? '' : `${result.failure.node}: `;
  return { outcome: 'failed', why: `${who}${result.failure.why}` };
}

/** A step on a node may have applied its release or rolled it back. */
function forgetChanged({ known }: Run, step: Step): void {
  if ('node' in step) known.delete(step.node);
  if ('member' in step) known.delete(`etcd-${step.member}`);
}

/** A canary is over as soon as what comes next belongs to the second part. */
function endsCanary(part: Part, next: Next): boolean {
  return part === 'canary' && next.kind === 'step' && next.step.part === 'promote';
}

function endingOf(next: Exclude<Next, { kind: 'step' }>, run: Run): Ending {
  switch (next.kind) {
    case 'done':
      return run.steps.length === 0
        ? { outcome: 'nothing-to-do', why: 'nothing changed' }
        : { outcome: 'done', why: next.why };
    case 'ask':
      // The canary's part is through; only the second part has a person to wait for.
      return run.part === 'canary' && run.steps.length > 0
        ? { outcome: 'done', why: 'the canary is proven' }
        : { outcome: 'waiting', why: next.why };
    case 'blocked':
      return { outcome: run.steps.length === 0 ? 'refused' : 'failed', why: next.why };
  }
}

async function writeReport(fleet: Fleet, run: Run, ending: Ending): Promise<RolloutReport> {
  // A last look, so that the report tells how things are and not how they were before the last step.
  const seen =
    run.steps.length === 0 ? run.last : await observeFleet(fleet, run.desired, run.known).catch(() => run.last);
  return {
    environment: fleet.environment.name,
    part: run.part,
    rolloutId: run.desired.rolloutId,
    ...ending,
    steps: run.steps,
    planned: run.planned,
    nodes: nodeReports(fleet, run.first, seen),
    handover: run.handover,
    failure: run.failure,
    startedMs: run.startedMs,
    finishedMs: fleet.clock.now(),
  };
}

function nodeReports(fleet: Fleet, first: FleetObservation, seen: FleetObservation): NodeReport[] {
  const { gates } = fleet.environment.rollout;
  return seen.nodes.map(each => ({
    node: each.node,
    cluster: each.cluster,
    role: each.monitor?.role ?? 'unknown',
    imagesBefore: first.nodes.find(before => before.node === each.node)?.release.deployedImages ?? [],
    imagesAfter: each.release.deployedImages,
    release: each.release.state,
    gates: judgeGates(each, seen.claim, gates),
  }));
}
