// How the monitor's image starts node: what is measured is what is shipped.

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Processes } from './processes.ts';

export interface ImageEnvironment {
  NODE_OPTIONS?: string;
  /** Where the image keeps code that is compiled already. */
  NODE_COMPILE_CACHE?: string;
}

/** The part of a Dockerfile's ENV lines that changes what a node process costs. */
export function parseImageEnvironment(dockerfile: string): ImageEnvironment {
  const read = (name: string) => {
    const [, quoted, plain] = new RegExp(`^ENV\\s(?:.*\\s)?${name}=(?:"([^"]*)"|(\\S+))`, 'm').exec(dockerfile) ?? [];
    const value = quoted ?? plain;
    return value === undefined ? {} : { [name]: value };
  };
  return { ...read('NODE_OPTIONS'), ...read('NODE_COMPILE_CACHE') };
}

/** The image's environment for processes on this machine; code is compiled once beforehand where the image's is. */
export async function prepareImageEnvironment({ folder, start }: Processes): Promise<ImageEnvironment> {
  const environment = parseImageEnvironment(readFileSync(new URL('../monitor/Dockerfile', import.meta.url), 'utf8'));
  if (environment.NODE_COMPILE_CACHE === undefined) return environment;
  const local = { ...environment, NODE_COMPILE_CACHE: join(folder, 'compiled') };
  // Without arguments the monitor says what it lacks and ends, all its code loaded.
  if (!existsSync(local.NODE_COMPILE_CACHE))
    await once(start(process.execPath, ['monitor/main.ts'], 'compile', local), 'exit');
  return local;
}
