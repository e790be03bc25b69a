// What canary and promote have in common: inputs in, a part of the rollout, and everything people and later steps want to know out.

import { error, getInput, notice, setFailed, setOutput, warning } from '@actions/core';
import type { RolloutReport } from '#core/rollout/report.ts';
import { describeStep, renderSummary } from '#core/rollout/summary.ts';
import { openFleet } from '#operations/fleet.ts';
import type { Fleet } from '#operations/ports.ts';
import type { RolloutEvent, RolloutOptions } from '#operations/rollout.ts';
import { type FleetInputs, type RunFacts, readFlag, readFleetInputs, readRunFacts, refuse } from './action-inputs.ts';
import { printForeign, say, sayWaiting, writeSummary } from './action-log.ts';
import { openDeploymentStatus, stateAfter } from './deployment-status.ts';

export interface RolloutInputs extends FleetInputs {
  dryRun: boolean;
  token: string;
  /** Deployment of an earlier step. */
  deployment: number | undefined;
}

/** Throws InputError with everything that is wrong. */
export function readRolloutInputs(): RolloutInputs {
  const problems: string[] = [];
  const fleet = readFleetInputs(problems);
  const dryRun = readFlag('dry-run', problems);
  const deployment = getInput('deployment');
  if (!/^\d*$/.test(deployment)) {
    problems.push(`input deployment is ${JSON.stringify(deployment)}; expected the output of an earlier step.`);
  }
  refuse(problems);
  const token = getInput('token');
  return { ...fleet, dryRun, token, deployment: deployment === '' ? undefined : Number(deployment) };
}

/** Runs one part to its end. Exit code 1 when it failed or was refused. */
export async function runRolloutAction(
  inputs: RolloutInputs,
  runPart: (fleet: Fleet, options: RolloutOptions) => Promise<RolloutReport>,
): Promise<void> {
  const run = readRunFacts();
  const fleet = await openFleet(inputs);
  const status = inputs.dryRun
    ? undefined
    : await openDeploymentStatus(run, inputs.token, inputs.environment, inputs.deployment);
  await status?.set('in_progress', 'looking at the fleet');
  let report: RolloutReport;
  try {
    report = await runPart(fleet, {
      by: `${run.actor} (run ${run.runId})`,
      id: `${run.runId}-${run.attempt}`,
      dryRun: inputs.dryRun,
      report: printEvent,
    });
  } catch (cause) {
    await status?.set('error', cause instanceof Error ? cause.message : String(cause));
    throw cause;
  }
  const state = stateAfter(report);
  if (state !== undefined) await status?.set(state, report.why);
  await publish(report, status?.id, run);
}

function printEvent(event: RolloutEvent): void {
  switch (event.kind) {
    case 'planned':
      say(`${event.part}: ${event.steps.length} steps`);
      for (const [index, step] of event.steps.entries()) say(`  ${index + 1}. ${describeStep(step)}: ${step.why}`);
      say(`  then: ${event.end}`);
      return;
    case 'started':
      say(event.text);
      return;
    case 'waiting':
      sayWaiting(event.text);
      return;
    case 'finished':
      say(`  ${event.outcome} after ${event.seconds.toFixed(1)} s${event.text === '' ? '' : `: ${event.text}`}`);
      return;
  }
}

async function publish(report: RolloutReport, deployment: number | undefined, run: RunFacts): Promise<void> {
  setOutput('outcome', report.outcome);
  setOutput('rollout-id', report.rolloutId);
  setOutput('deployment', deployment ?? '');
  setOutput('handover', report.handover === undefined ? '' : `${report.handover.from}>${report.handover.to}`);
  setOutput('report', JSON.stringify(report));
  await writeSummary(renderSummary(report));
  const title = `${report.part} of ${report.environment}`;
  const { failure } = report;
  if (failure !== undefined) {
    printForeign(`warnings of ${failure.node ?? 'the fleet'}:`, failure.events);
    printForeign(`logs of ${failure.node ?? 'the fleet'}:`, failure.logs);
    if (failure.rollback === 'failed') error(`The rollback failed: ${failure.rollbackNote}`, { title });
    if (failure.rollback === 'done') warning(`Rolled back once. ${failure.rollbackNote}`, { title });
  }
  switch (report.outcome) {
    case 'failed':
    case 'refused':
      setFailed(`${title} ${report.outcome}: ${report.why}`);
      return;
    case 'waiting':
      notice(report.why, { title });
      return;
    case 'done':
    case 'nothing-to-do':
    case 'planned':
      say(`${title}: ${report.outcome}, ${report.why} (commit ${run.commit.slice(0, 12)})`);
      return;
  }
}
