// `active-eos rollout`: canary and promote from a terminal, as the workflow does them.

import { randomUUID } from 'node:crypto';
import type { RolloutReport } from '#core/rollout/report.ts';
import { describeStep } from '#core/rollout/summary.ts';
import { openFleet } from '#operations/fleet.ts';
import { type RolloutEvent, type RolloutOptions, runCanary, runPromote } from '#operations/rollout.ts';
import { caller, exitCodes, readArguments } from './command.ts';
import { print, printJson, progress } from './terminal.ts';

export async function rolloutCommand(args: string[]): Promise<number> {
  const own = { 'dry-run': { type: 'boolean' }, canary: { type: 'boolean' } } as const;
  const { access, json, options } = readArguments(args, own);
  const fleet = await openFleet(access);
  const settings: RolloutOptions = {
    by: caller(),
    id: randomUUID(),
    dryRun: options['dry-run'] === true,
    report: reporter(),
  };
  const reports = [await runCanary(fleet, settings)];
  const goOn = reports[0]?.outcome === 'done' || reports[0]?.outcome === 'nothing-to-do';
  if (options.canary !== true && goOn) reports.push(await runPromote(fleet, settings));
  if (json) printJson(reports);
  else for (const report of reports) print(render(report));
  return exitCodeOf(reports.at(-1));
}

function reporter(): (event: RolloutEvent) => void {
  let said = '';
  return event => {
    if (event.kind === 'planned') {
      for (const step of event.steps) progress(`plan: ${describeStep(step)}: ${step.why}`);
      progress(`plan: then ${event.end}`);
      return;
    }
    const text =
      event.kind === 'finished' ? `${event.outcome} after ${event.seconds.toFixed(1)} s ${event.text}` : event.text;
    const pattern = text.replaceAll(/\d+/g, '');
    if (event.kind !== 'waiting' || pattern !== said) progress(text);
    said = pattern;
  };
}

function render({ part, outcome, why, failure }: RolloutReport): string {
  const lines = [`${part}: ${outcome.replaceAll('-', ' ')}: ${why}`];
  if (failure !== undefined) {
    lines.push(...failure.events.map(each => `  warning: ${each}`), ...failure.logs.map(each => `  log: ${each}`));
    if (failure.rollback !== 'none') lines.push(`  rollback ${failure.rollback}: ${failure.rollbackNote}`);
  }
  return lines.join('\n');
}

function exitCodeOf(report: RolloutReport | undefined): number {
  switch (report?.outcome) {
    case 'done':
    case 'nothing-to-do':
    case 'planned':
      return exitCodes.done;
    case 'waiting':
      return exitCodes.waiting;
    case 'failed':
    case 'refused':
    case undefined:
      return exitCodes.failed;
  }
}
