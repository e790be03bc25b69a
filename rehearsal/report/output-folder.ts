// Takes the folder that a long run writes to: for itself alone, and never with files in it that somebody else wrote.

import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface OutputUse {
  /** What runs, for messages: `rehearsal`. */
  run: string;
  /** Part of its command line, by which a process is known to be such a run. */
  program: string;
  /** Names of the files and folders that it writes, and that one of an earlier run is emptied of. */
  written: readonly string[];
}

/** Takes the folder for this process, and empties it of an earlier run; or says why it cannot be taken. */
export async function takeOutputFolder(
  output: string,
  { run, program, written }: OutputUse,
): Promise<string | undefined> {
  const mark = `.${run}`;
  try {
    await makeFolder(output);
    const found = await readdir(output);
    const strange = found.find(name => written.includes(name));
    if (strange !== undefined && !found.includes(mark)) {
      return `--output ${output} has a ${strange} that no ${run} wrote, and a ${run} would replace it. Name another folder.`;
    }
    const owner = found.includes(mark) ? Number(await readFile(join(output, mark), 'utf8')) : 0;
    if (isRunning(owner, program)) {
      return `another ${run} (process ${owner}) writes to ${output}. Name another --output, or end it.`;
    }
    await writeFile(join(output, mark), String(process.pid));
    for (const name of written) await rm(join(output, name), { recursive: true, force: true });
    return undefined;
  } catch (error) {
    return `--output ${output} cannot be written to: ${(error as Error).message}. Name a folder that can.`;
  }
}

/** Made one level at a time, and two at most: a recursive mkdir below /proc does not return. */
async function makeFolder(output: string): Promise<void> {
  for (const folder of [dirname(output), output]) {
    if (!existsSync(folder)) await mkdir(folder);
  }
}

function isRunning(pid: number, program: string): boolean {
  try {
    return pid !== 0 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program);
  } catch {
    return false;
  }
}
