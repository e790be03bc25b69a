// Tells how a handover or a failover ended.

import type { FailoverResult } from '#operations/failover.ts';
import type { HandoverResult } from '#operations/handover.ts';
import { exitCodes } from './command.ts';
import { print, printJson } from './terminal.ts';

/** Prints it; gives the exit code. */
export function describeMove(what: string, result: HandoverResult | FailoverResult, json: boolean): number {
  if (json) printJson(result);
  else print(render(what, result));
  switch (result.kind) {
    case 'done':
      return exitCodes.done;
    case 'withdrawn':
      return exitCodes.interrupted;
    case 'refused':
    case 'unconfirmed':
      return exitCodes.failed;
  }
}

function render(what: string, result: HandoverResult | FailoverResult): string {
  switch (result.kind) {
    case 'done':
      return `${result.from || 'nobody'} → ${result.to} after ${result.seconds.toFixed(1)} s, epoch ${result.epoch}.`;
    case 'unconfirmed':
      return `not confirmed: ${result.reason} Run "active-eos status".`;
    case 'withdrawn':
      return `no ${what}: ${result.reason}`;
    case 'refused':
      return `no ${what}: ${result.reason}`;
  }
}
