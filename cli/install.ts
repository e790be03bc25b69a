// `active-eos install`: brings a new environment up.

import { openFleet } from '#operations/fleet.ts';
import { installEnvironment } from '#operations/install.ts';
import { exitCodes, readArguments } from './command.ts';
import { print, printJson, progress } from './terminal.ts';

export async function installCommand(args: string[]): Promise<number> {
  const { access, json } = readArguments(args);
  const fleet = await openFleet(access);
  const result = await installEnvironment(fleet, { report: progress });
  if (json) printJson(result);
  else if (result.kind === 'installed') print(`${access.environment} is up after ${Math.round(result.seconds)} s.`);
  else print(`${access.environment} is not up: ${result.why}`);
  return result.kind === 'installed' ? exitCodes.done : exitCodes.failed;
}
