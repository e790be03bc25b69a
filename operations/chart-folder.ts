// Puts the charts of a revision into a folder of their own, for Helm: regular files alone, at paths that were checked.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import type { ChartFile } from '#core/validation/repository-file.ts';

export interface ChartFolder {
  /** Holds `charts/`. */
  root: string;
  remove: () => Promise<void>;
}

export async function writeCharts(charts: readonly ChartFile[]): Promise<ChartFolder> {
  const root = await mkdtemp(join(tmpdir(), 'active-eos-charts-'));
  const remove = () => rm(root, { recursive: true, force: true });
  try {
    await mkdir(join(root, 'charts'));
    for (const { path, content } of charts) {
      const target = resolve(root, path);
      if (!target.startsWith(`${root}${sep}charts${sep}`)) throw new Error(`${path} leads out of charts/`);
      await mkdir(dirname(target), { recursive: true });
      // Nothing is followed and nothing replaced: every file is new here.
      await writeFile(target, content, { flag: 'wx' });
    }
    return { root, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
