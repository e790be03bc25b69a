// Ends every process of a workflow run, found by a mark in its environment: act puts each step in a process group of its own.

import { readdir, readFile } from 'node:fs/promises';

/** Environment variable that marks the processes of one run. */
export const markVariable = 'ACTIVE_EOS_WORKFLOW_RUN';

/** A process may start another while we look: look again, at most so often. */
const rounds = 10;

/** Kills all processes that carry the mark; returns how many there were. */
export async function killMarked(mark: string): Promise<number> {
  const killed = new Set<number>();
  for (let round = 0; round < rounds; round++) {
    const found = await findMarked(mark);
    if (found.length === 0) break;
    for (const pid of found) {
      killed.add(pid);
      kill(pid);
    }
  }
  return killed.size;
}

/** Ids of the processes that carry the mark, this one apart. */
export async function findMarked(mark: string): Promise<number[]> {
  const entry = `${markVariable}=${mark}`;
  const marked: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    // Not ours to read, or gone already.
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(entry)) marked.push(Number(name));
  }
  return marked;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
