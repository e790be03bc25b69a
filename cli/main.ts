#!/usr/bin/env -S node --disable-warning=DEP0123
// `active-eos`: the operator's command line. Reads its arguments and hands over to one command.

import { readFileSync } from 'node:fs';
import { CommandError, exitCodes } from './command.ts';
import { handoverCommand } from './handover.ts';
import { installCommand } from './install.ts';
import { rolloutCommand } from './rollout.ts';
import { statusCommand } from './status.ts';
import { plain } from './terminal.ts';

const commands = {
  install: installCommand,
  status: statusCommand,
  rollout: rolloutCommand,
  handover: handoverCommand,
};

const help = `active-eos runs an EOS block producer across clouds.

  active-eos install ENVIRONMENT              bring a new environment up: etcd, nodes, the claim
  active-eos status ENVIRONMENT               who signs, and how every node and etcd member is
  active-eos rollout ENVIRONMENT              canary, then promote, as the workflow does it
      --dry-run                               only say what would be done
      --canary                                stop after the canary
  active-eos handover ENVIRONMENT             hand production over
      --to NODE                               to this node; otherwise to the best standby
      --moment gap|now                        between our windows (default), or at once

Options of every command:
  --kubeconfig PATH[:PATH…]                   default: KUBECONFIG, then ~/.kube/config
  --directory PATH                            the checkout; default: the current folder
  --helm PATH                                 default: helm on PATH
  --json                                      print the result as JSON

  --version                                   print the version

Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 3 a person has to go on (supervised).
`;

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...rest]: string[]): Promise<number> {
  if (
    name === undefined ||
    name === 'help' ||
    name === '--help' ||
    name === '-h' ||
    rest.includes('--help') ||
    rest.includes('-h')
  ) {
    process.stdout.write(help);
    return name === undefined ? exitCodes.usage : exitCodes.done;
  }
  if (name === '--version' || name === 'version') {
    process.stdout.write(`${readVersion()}\n`);
    return exitCodes.done;
  }
  const command = Object.entries(commands).find(([known]) => known === name)?.[1];
  try {
    if (command === undefined) {
      const known = Object.keys(commands).join(', ');
      throw new CommandError(`there is no command ${JSON.stringify(name)}; expected one of ${known}.`);
    }
    return await command(rest);
  } catch (error) {
    process.stderr.write(`active-eos: ${plain(error instanceof Error ? error.message : String(error))}\n`);
    return error instanceof CommandError ? exitCodes.usage : exitCodes.failed;
  }
}

function readVersion(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
