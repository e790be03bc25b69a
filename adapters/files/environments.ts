// Reads the files of environments/ from a checkout. What they say is core/environment's to decide.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EnvironmentFiles } from '#core/environment/assemble.ts';

export class EnvironmentFilesError extends Error {
  readonly code: 'not-found' | 'unreadable';

  constructor(code: 'not-found' | 'unreadable', message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'EnvironmentFilesError';
    this.code = code;
  }
}

/**
 * Names of the environments of a checkout, sorted.
 * @param root folder of the checkout
 * @throws {EnvironmentFilesError}
 */
export async function listEnvironments(root: string): Promise<string[]> {
  const entries = await read(join(root, 'environments'), folder => readdir(folder, { withFileTypes: true }));
  return entries
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort();
}

/**
 * The texts of one environment, with paths relative to the checkout.
 * @throws {EnvironmentFilesError}
 */
export async function readEnvironmentFiles(root: string, name: string): Promise<EnvironmentFiles> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    const expected = 'expected a name of a-z, 0-9 and -, as the folder under environments/ has it';
    throw new EnvironmentFilesError('not-found', `No environment can be called ${JSON.stringify(name)}; ${expected}.`);
  }
  const file = `environments/${name}/environment.yaml`;
  const folder = `environments/${name}/values`;
  const text = await read(join(root, file), path => readFile(path, 'utf8'));
  const names = await readdir(join(root, folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw unreadable(folder, error);
  });
  const values = names
    .filter(each => each.endsWith('.yaml'))
    .sort()
    .map(async each => ({
      cluster: each.slice(0, -'.yaml'.length),
      file: `${folder}/${each}`,
      text: await read(join(root, folder, each), path => readFile(path, 'utf8')),
    }));
  return { file, text, values: await Promise.all(values) };
}

async function read<T>(path: string, reader: (path: string) => Promise<T>): Promise<T> {
  try {
    return await reader(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const message = `There is no ${path}; expected a checkout with environments/<name>/environment.yaml. Check the name and the folder.`;
      throw new EnvironmentFilesError('not-found', message, error);
    }
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): EnvironmentFilesError {
  const reason = cause instanceof Error ? cause.message : 'unknown reason';
  return new EnvironmentFilesError('unreadable', `${path} cannot be read: ${reason}.`, cause);
}
