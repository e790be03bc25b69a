// Makes `npm ci` inside a workflow work without a network: everything it needs must be in npm's cache on this machine.

import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '#tools/command.ts';
import { WorkflowError } from './workflow-error.ts';

export interface PackageCache {
  /** Environment for steps; with it npm never waits for a network that is not there. */
  environment: Record<string, string>;
}

export interface PackageOptions {
  /** Folder with the package.json and package-lock.json that workflows install from. */
  repositoryFolder: string;
  /** Where to make a folder for the trial, by default in memory where there is such a place: that takes 2 s, on a disk 7 s. */
  scratchFolder?: string;
  timeoutMs: number;
}

/** How workflows install; the same arguments, so that the same files are looked for. */
const installArguments = ['ci', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund'];

/**
 * Tries the installation once, without a network; if something is missing, once more with one, which fills npm's cache.
 * Call it where the network can be reached, before the sandbox is entered.
 * @throws {WorkflowError} `packages-missing`
 */
export async function preparePackages(options: PackageOptions): Promise<PackageCache> {
  const { repositoryFolder, timeoutMs } = options;
  const parent = options.scratchFolder ?? memoryFolder();
  await mkdir(parent, { recursive: true });
  const scratchFolder = await mkdtemp(join(parent, 'packages-'));
  const npm = async (args: string[]) => runCommand('npm', args, { cwd: scratchFolder, timeoutMs });
  try {
    for (const file of ['package.json', 'package-lock.json']) {
      await copyFile(join(repositoryFolder, file), join(scratchFolder, file));
    }
    const environment = npmEnvironment(
      (await npm(['config', 'get', 'cache'])).output.trim(),
      (await npm(['config', 'get', 'userconfig'])).output.trim(),
    );
    const offline = await npm([...installArguments, '--offline']);
    if (offline.exitCode === 0) return { environment };
    const online = await npm([...installArguments, '--prefer-offline', '--fetch-retries=1', '--fetch-timeout=30000']);
    if (online.exitCode === 0) return { environment };
    throw new WorkflowError(
      'packages-missing',
      `npm's cache lacks packages that the workflows install, and they could not be fetched: ${online.lastLines}\nRun \`npm ci\` once where the registry can be reached.`,
    );
  } finally {
    await rm(scratchFolder, { recursive: true, force: true });
  }
}

/** A tmpfs that Linux has as a rule; else the usual place. */
function memoryFolder(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}

/**
 * @param cache npm's cache folder; the HOME of a workflow is another one, so that npm would not find it
 * @param userConfig npm's settings of the user: a registry set there is part of the cache's keys
 */
export function npmEnvironment(cache: string, userConfig: string): Record<string, string> {
  return {
    npm_config_cache: cache,
    npm_config_userconfig: userConfig,
    // Wins over --prefer-offline, with which npm retries for 71 s when a package is missing and nothing answers.
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
    npm_config_progress: 'false',
  };
}
