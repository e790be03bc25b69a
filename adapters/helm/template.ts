// Renders a chart by helm, without a cluster, and tells when two renderings would be the same.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Release } from '#core/environment/environment.ts';
import { HelmError } from './error.ts';
import { runHelm } from './run.ts';

export interface TemplateOptions {
  /** Path of helm 4, or `helm` for the one on PATH. */
  binary: string;
  /** Folder that the release's chart path is relative to. */
  root: string;
  timeoutMs: number;
}

const maxFiles = 1000;
const maxBytes = 16 * 1024 * 1024;
/** One rendering lives a tenth of a second and spends a fifth of it collecting garbage that its end collects too. */
const env = { GOGC: 'off', GOMEMLIMIT: '512MiB' };

/** The manifests that a release would apply, as one YAML text. @throws {HelmError} */
export function renderChart({ binary, root, timeoutMs }: TemplateOptions, release: Release): Promise<string> {
  const args = ['template', release.name, `./${release.chart}`, '--values=-', `--namespace=${release.namespace}`];
  return runHelm({ binary, root, args, stdin: JSON.stringify(release.values), timeoutMs, env });
}

/**
 * A digest of all that helm reads of a chart; equal ones render alike.
 * @throws {HelmError} for what no chart of ours holds: links, which could lead out of the repository, and huge folders
 */
export async function digestChart(root: string, chart: string): Promise<string> {
  const hash = createHash('sha256');
  let [files, bytes] = [0, 0];
  for (const { path, isLink } of await listFiles(root, join(root, chart))) {
    files += 1;
    if (isLink)
      throw new HelmError('invalid', `${path} is a symbolic link; expected a file. Put the file itself there.`);
    const content = await readFile(join(root, path));
    bytes += content.length;
    if (files > maxFiles || bytes > maxBytes) {
      const found = `${chart} has more than ${maxFiles} files or ${maxBytes / 1024 / 1024} MiB`;
      throw new HelmError('invalid', `${found}; expected a chart. Remove what does not belong there.`);
    }
    // Lengths keep the end of one file from passing for the start of the next.
    hash.update(`${path.length} ${path} ${content.length} `).update(content);
  }
  return hash.digest('hex');
}

/** In one order, whatever the file system's; paths relative to `root`. */
async function listFiles(root: string, folder: string): Promise<{ path: string; isLink: boolean }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: Error) => {
    throw new HelmError('invalid', `${relative(root, folder)} cannot be read: ${error.message}. Add the chart.`, error);
  });
  return entries
    .filter(entry => !entry.isDirectory())
    .map(entry => ({ path: relative(root, join(entry.parentPath, entry.name)), isLink: !entry.isFile() }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
