// Decides whether this machine can hold a sandbox, before anything is started.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { namespaceArguments } from './enter.ts';

export interface MachineFacts {
  platform: string;
  architecture: string;
  userId: number;
  availableBytes: number;
  missingCommands: string[];
  /** What `unshare` complained about; undefined when it made the namespaces, or was not asked. */
  namespaceProblem: string | undefined;
}

const gibibyte = 2 ** 30;
const neededBytes = 4 * gibibyte;

/** Which package brings a command, as Debian, Fedora and their kin name it. */
const neededCommands: Record<string, string> = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  mount: 'util-linux (Debian: mount)',
  umount: 'util-linux (Debian: mount)',
  cp: 'coreutils',
  git: 'git',
  openssl: 'openssl',
};

/** One sentence for each reason why no sandbox can be started here; empty when one can. */
export function machineProblems(facts: MachineFacts): string[] {
  if (facts.platform !== 'linux' || !['x64', 'arm64'].includes(facts.architecture)) {
    return [
      `A fleet runs on Linux on x64 or arm64: found ${facts.platform} on ${facts.architecture}. Use a Linux machine or virtual machine.`,
    ];
  }
  const problems: string[] = [];
  for (const command of facts.missingCommands) {
    problems.push(
      `The command ${command} is needed: found none on PATH. Install the package ${neededCommands[command]}.`,
    );
  }
  if (facts.userId !== 0) {
    problems.push(
      `Root is needed to make network and process namespaces: found user id ${facts.userId}. Run it again as root, for example with sudo.`,
    );
  } else if (facts.namespaceProblem !== undefined) {
    problems.push(
      `Namespaces are needed: unshare failed with "${facts.namespaceProblem}". Inside a container, run it with --privileged.`,
    );
  }
  if (facts.availableBytes < neededBytes) {
    const found = (facts.availableBytes / gibibyte).toFixed(1);
    problems.push(
      `At least ${neededBytes / gibibyte} GiB of available memory are needed: found ${found} GiB. Close other programs or use a larger machine.`,
    );
  }
  return problems;
}

/** Looks at this machine and says what stands against a sandbox here, one sentence each. */
export function checkMachine(): string[] {
  return machineProblems(observeMachine());
}

function observeMachine(): MachineFacts {
  const userId = process.getuid?.() ?? -1;
  const missingCommands = Object.keys(neededCommands).filter(name => !isOnPath(name));
  const canTry = process.platform === 'linux' && userId === 0 && missingCommands.length === 0;
  return {
    platform: process.platform,
    architecture: process.arch,
    userId,
    availableBytes: process.availableMemory(),
    missingCommands,
    namespaceProblem: canTry ? tryNamespaces() : undefined,
  };
}

function tryNamespaces(): string | undefined {
  const tried = spawnSync('unshare', [...namespaceArguments, 'true'], { encoding: 'utf8', timeout: 10_000 });
  if (tried.status === 0) return undefined;
  return tried.stderr?.trim() || tried.error?.message || `exit code ${tried.status}`;
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
