// The control group above all containers: what they get of the processor, and what is left of it when a sandbox was killed.
// The kernel keeps groups then, since they belong to no namespace.
import { mkdir, readdir, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroupName } from './node-files.ts';

const root = '/sys/fs/cgroup';

/**
 * Containers come before everything else on this machine: in a real fleet they share no processor with control planes and runners.
 * Without this a busy runner would cost blocks that no fleet would lose.
 */
export async function favourContainers(): Promise<void> {
  const isVersion1 = (await folders(root)).includes('cpu');
  const group = join(root, isVersion1 ? 'cpu' : '', cgroupName);
  await mkdir(group, { recursive: true });
  // Each the largest that the kernel takes; a version 2 kernel without the controller here has no such file, and the fleet does without.
  const [file, weight] = isVersion1 ? ['cpu.shares', '262144'] : ['cpu.weight', '10000'];
  await writeFile(join(group, file), weight).catch(() => undefined);
}

/** Removes our groups that are empty and at least `ageMs` old. One with a process in it cannot be removed, so another sandbox's stay. */
export async function removeGroups(ageMs: number): Promise<void> {
  // Version 2 has one tree; version 1 has one per controller.
  const trees = [root, ...(await folders(root)).map(name => join(root, name))];
  for (const tree of trees) {
    const group = join(tree, cgroupName);
    for (const name of await folders(group)) await removeGroup(join(group, name), ageMs);
  }
}

async function removeGroup(group: string, ageMs: number): Promise<void> {
  try {
    for (const name of await folders(group)) await removeGroup(join(group, name), ageMs);
    if (Date.now() - (await stat(group)).mtimeMs >= ageMs) await rmdir(group);
  } catch {
    // A process is in it, or another sandbox was quicker.
  }
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
}
