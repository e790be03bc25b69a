#!/usr/bin/env -S node --disable-warning=DEP0123
// `active-eos`: the operator's command line. Reads its arguments and hands over to one command.

import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CommandError, exitCodes } from './command.ts';
import { plain } from './terminal.ts';

// A third of a short command is compiling what has not changed. In the user's own folder: what lies there is run.
enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'active-eos/compiled'));

type Command = (args: string[]) => Promise<number>;

/** Loaded when they are called: each needs other parts of the world. */
const commands: Record<string, () => Promise<Command>> = {
  install: async () => (await import('./install.ts')).installCommand,
  validate: async () => (await import('./validate.ts')).validateCommand,
  status: async () => (await import('./status.ts')).statusCommand,
  history: async () => (await import('./history.ts')).historyCommand,
  rollout: async () => (await import('./rollout.ts')).rolloutCommand,
  handover: async () => (await import('./handover.ts')).handoverCommand,
  failover: async () => (await import('./failover.ts')).failoverCommand,
  drain: async () => (await import('./drain.ts')).drainCommand,
  undrain: async () => (await import('./drain.ts')).undrainCommand,
  maintenance: async () => (await import('./maintenance.ts')).maintenanceCommand,
  solo: async () => (await import('./solo.ts')).soloCommand,
  'reset-claim': async () => (await import('./reset-claim.ts')).resetClaimCommand,
};

const help = `active-eos runs an EOS block producer across clouds.

  active-eos install ENVIRONMENT              bring a new environment up: etcd, nodes, the claim
  active-eos rollout ENVIRONMENT              canary, then promote, as the workflow does it
      --dry-run                               only say what would be done
      --canary                                stop after the canary

  active-eos validate [ENVIRONMENT]           what a pull request would be told: problems, plan, diff; changes nothing
      --base REVISION                         to be merged into this; otherwise origin's main branch
      --no-diff                               only problems and plan, without Helm

  active-eos status ENVIRONMENT               who signs, and how every node and etcd member is
      --watch                                 every 2 s, until Ctrl-C; without a terminal, at each change
      --quick                                 without comparing releases by Helm, which takes seconds (as --watch)
  active-eos history ENVIRONMENT              who held the claim when, newest first
      --limit N                               so many changes; 20 if not said

  active-eos handover ENVIRONMENT             hand production over; Ctrl-C withdraws it while it is not served
      --to NODE                               to this node; otherwise to the best standby
      --moment gap|now                        between our windows (default), or at once
  active-eos failover ENVIRONMENT             a standby takes the claim without asking its holder; reports only, unless
      --yes                                   do it
      --dry-run                               report, and exit with 0 if it could be done
      --to NODE                               this standby; otherwise the best
  active-eos drain ENVIRONMENT NODE           hand over and sign no more, until undrained; waits until it is so
      --why TEXT                              shown to everybody
  active-eos undrain ENVIRONMENT NODE         end that
  active-eos maintenance ENVIRONMENT on|off   while it is on, nobody takes over by itself; the holder goes on
      --why TEXT                              shown to everybody
  active-eos reset-claim ENVIRONMENT          set a claim back that lies more than an hour ahead; reports only, unless
      --yes                                   do it
      --dry-run                               report, and exit with 0 if it could be done
  active-eos solo ENVIRONMENT start|stop|status
                                              etcd is gone for good: one node signs without it (docs/solo.md first)
      --node NODE                             this one; all others must be scaled to zero
      --fenced NODE[,NODE…]                   those whose cluster cannot be asked, and that you have turned off by hand
      --fenced-again NODE[,NODE…]             the same, once more; without it you are asked to type the names

In a node's pod all but install, rollout and solo work without ENVIRONMENT, by the monitor's configuration:
  --monitor-config PATH                       default: /etc/active-eos/monitor.json, where there is one

Options of every command:
  --kubeconfig PATH[:PATH…]                   default: KUBECONFIG, then ~/.kube/config
  --directory PATH                            the checkout; default: the current folder
  --helm PATH                                 default: helm on PATH
  --json                                      print the result as JSON

  --version                                   print the version

Exit codes: 0 done, or it was so already; 1 failed, refused, not confirmed in time, or undone by another operator;
2 wrong usage (of validate: 1 problems found, 2 could not run); 3 nothing was changed and a person has to go on (--yes is missing, supervised); 130 interrupted
(Ctrl-C; status --watch ends with 0).
`;

const exitCode = await main(process.argv.slice(2));
// Something that did not answer in time must not hold us up; what was written so far goes out first.
process.stdout.write('', () => process.exit(exitCode));

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
  const load = Object.entries(commands).find(([known]) => known === name)?.[1];
  try {
    if (load === undefined) {
      const known = Object.keys(commands).join(', ');
      throw new CommandError(`there is no command ${JSON.stringify(name)}; expected one of ${known}.`);
    }
    const command = await load();
    return await command(rest);
  } catch (error) {
    process.stderr.write(`active-eos: ${plain(error instanceof Error ? error.message : String(error))}\n`);
    return error instanceof CommandError ? exitCodes.usage : exitCodes.failed;
  }
}

function readVersion(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
