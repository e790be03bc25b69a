// Imports the images once, then gives each node's containerd its own copy by hard links: unpacked layers never change, so they can be one file on disk.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstalledTools } from '#tools/install.ts';
import { isListening, runToEnd, startComponent, untilReady } from './component.ts';

export interface ImageStoreOptions {
  folder: string;
  /** Image archives of `packImages`. */
  archives: readonly string[] | Promise<readonly string[]>;
  tools: InstalledTools;
  logFile: string;
}

const importTimeoutMs = 120_000;

/** Imports all archives into a containerd that runs for this alone; returns the folder to copy. */
export async function importImages({ folder, archives, tools, logFile }: ImageStoreOptions): Promise<string> {
  const root = join(folder, 'root');
  const socket = '/run/image-import.sock';
  await mkdir(root, { recursive: true });
  const config = ['--root', root, '--state', join(folder, 'state'), '--address', socket];
  const containerd = startComponent(tools.path('containerd'), config, { name: 'containerd for images', logFile });
  await untilReady('containerd for images', () => isListening(socket), [containerd], importTimeoutMs);
  for (const archive of await archives) {
    const args = ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', archive];
    await runToEnd(tools.path('containerd', 'ctr'), args, importTimeoutMs);
  }
  // Its databases are complete on disk only once it has ended.
  await containerd.stop(5_000);
  return root;
}

/** Copies an image store to where a node's containerd will look for it. */
export async function copyImages(store: string, containerdFolder: string): Promise<void> {
  await mkdir(containerdFolder, { recursive: true });
  await runToEnd('cp', ['--archive', '--link', `${store}/.`, containerdFolder]);
  // What containerd writes to must be the node's own.
  const databases = ['io.containerd.metadata.v1.bolt/meta.db', 'io.containerd.snapshotter.v1.overlayfs/metadata.db'];
  for (const database of databases) {
    const copy = join(containerdFolder, database);
    await runToEnd('cp', ['--remove-destination', join(store, database), copy]);
  }
}
