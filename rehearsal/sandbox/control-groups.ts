// Removes the empty control groups of containers. The kernel keeps them when a sandbox is killed, since they belong to no namespace.
import { readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroupName } from './node-files.ts';

const root = '/sys/fs/cgroup';

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
