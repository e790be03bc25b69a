// SIGSTOP and, a while later, SIGCONT: a process that was paused by its machine goes on as if nothing had been.

import { etcdProcess, processesOf, signal } from '../field.ts';
import { type Fault, insideMs, type Scene, shortLeadMs, tellMoment, untilMoment } from '../scene.ts';

const durationsSeconds = [1, 8, 40];
const victims = [
  { name: 'nodeos', parts: ['nodeos'] },
  { name: 'monitor', parts: ['monitor'] },
  { name: 'both', parts: ['nodeos', 'monitor'] },
] as const;

export const stopFaults: Fault[] = victims.flatMap(({ name, parts }) =>
  durationsSeconds.map(
    (seconds): Fault => ({
      name: `stop-${name}-${seconds}s`,
      what: `the holder's ${parts.join(' and ')} stopped for ${seconds} s within our window, then continued`,
      leadMs: shortLeadMs,
      // What was made before the stop may leave only after it.
      mayFork: true,
      inject: scene => stopParts(scene, parts, seconds * 1000),
    }),
  ),
);

async function stopParts(scene: Scene, parts: readonly ('nodeos' | 'monitor')[], ms: number): Promise<string> {
  const atMs = insideMs(scene);
  await untilMoment(atMs);
  const processes = processesOf(scene.holder);
  await stopFor(
    parts.map(part => processes[part]),
    ms,
  );
  return `${parts.join(' and ')} stopped ${tellMoment(scene, atMs)}, for ${ms / 1000} s`;
}

/** Stops processes for a while. */
export async function stopFor(pids: readonly (number | undefined)[], ms: number): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGSTOP');
  try {
    await untilMoment(Date.now() + ms);
  } finally {
    for (const pid of pids) signal(pid, 'SIGCONT');
  }
}

/** Stops etcd members for a while. */
export function stopMembers(names: readonly string[], ms: number): Promise<void> {
  return stopFor(names.map(etcdProcess), ms);
}
