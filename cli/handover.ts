// `active-eos handover`: hands production over to another node.

import { randomUUID } from 'node:crypto';
import { openFleet } from '#operations/fleet.ts';
import { handOver } from '#operations/handover.ts';
import { CommandError, caller, exitCodes, readArguments } from './command.ts';
import { print, printJson, progress } from './terminal.ts';

export async function handoverCommand(args: string[]): Promise<number> {
  const { access, json, options } = readArguments(args, { to: { type: 'string' }, moment: { type: 'string' } });
  const moment = options.moment ?? 'gap';
  if (moment !== 'gap' && moment !== 'now') {
    throw new CommandError(`--moment is ${JSON.stringify(moment)}; expected gap or now.`);
  }
  const target = typeof options.to === 'string' ? options.to : undefined;
  const fleet = await openFleet(access);
  let said = '';
  // The monitors have been asked by then, and do not need us.
  process.once('SIGINT', () => {
    progress('interrupted: what was asked for goes on without us; "active-eos status" shows who signs.');
    process.exit(130);
  });
  const result = await handOver(fleet, {
    target,
    moment,
    by: caller(),
    id: randomUUID(),
    onWait: async text => {
      if (text !== said) progress(text);
      said = text;
    },
  });
  if (json) printJson(result);
  else if (result.kind === 'done') {
    print(`${result.from} → ${result.to} after ${result.seconds.toFixed(1)} s, epoch ${result.epoch}.`);
  } else if (result.kind === 'unconfirmed') print(`not confirmed: ${result.reason} Run "active-eos status".`);
  else print(`no handover: ${result.reason}`);
  return result.kind === 'done' ? exitCodes.done : exitCodes.failed;
}
