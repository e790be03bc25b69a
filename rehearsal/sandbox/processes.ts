// Finds the processes of a node and kills them all as near to at once as a loop can.
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessRow {
  pid: number;
  parent: number;
  commandLine: string;
}

/**
 * A node's processes, innermost first: what runs in its containers, then the shims, then the given roots (kubelet, containerd).
 * Shims are no children of their containerd: they are known by its socket on their command line.
 */
export function processesOfNode(rows: readonly ProcessRow[], roots: readonly number[], socket: string): number[] {
  const shims = rows.filter(row => row.commandLine.includes('containerd-shim') && row.commandLine.includes(socket));
  const children = Map.groupBy(rows, row => row.parent);
  const found: number[] = [];
  const visit = (pid: number) => {
    if (found.includes(pid)) return;
    found.push(pid);
    for (const child of children.get(pid) ?? []) visit(child.pid);
  };
  for (const pid of roots) visit(pid);
  for (const shim of shims) visit(shim.pid);
  const outer = new Set([...roots, ...shims.map(shim => shim.pid)]);
  return [...found.filter(pid => !outer.has(pid)), ...outer];
}

const roundLimit = 10;

/** Kills every process that `find` names: first all are stopped, so that none notices or starts another, then all are killed. */
export function killAll(find: (rows: ProcessRow[]) => number[]): number {
  const stopped = new Set<number>();
  for (let round = 0; round < roundLimit; round++) {
    const fresh = find(listProcesses()).filter(pid => !stopped.has(pid));
    if (fresh.length === 0) break;
    for (const pid of fresh.toReversed()) {
      signal(pid, 'SIGSTOP');
      stopped.add(pid);
    }
  }
  for (const pid of stopped) signal(pid, 'SIGKILL');
  return stopped.size;
}

/** Every process of this pid namespace. */
export function listProcesses(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      const commandLine = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      rows.push({ pid: Number(name), parent, commandLine });
    } catch {
      // It ended while we looked.
    }
  }
  return rows;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended before.
  }
}
