// Gives seeds to worker processes until enough faults were injected; outcomes come in the order of the seeds.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Scenario } from './faults.ts';
import type { Outcome } from './run.ts';

const worker = fileURLToPath(new URL('worker.ts', import.meta.url));

export interface Task {
  seed: number;
  isTraced: boolean;
  plant: string | undefined;
  /** Given apart from a plant to show that the product passes where the plant fails. */
  scenario?: Scenario | undefined;
  workers: number;
  /** Whether the next seed is wanted after this outcome. */
  isEnough(outcome: Outcome): boolean;
}

/** Rejects when a worker dies. Seeds begun beyond the last one wanted are thrown away. */
export async function runSeeds(task: Task): Promise<void> {
  const outcomes = new Map<number, Outcome>();
  let next = task.seed;
  let due = task.seed;
  let isOver = false;
  const over = Promise.withResolvers<void>();
  const work = async (child: ChildProcess) => {
    while (!isOver) {
      child.send({ seed: next++, isTraced: task.isTraced, scenario: task.scenario });
      const outcome = await answerOf(child);
      outcomes.set(outcome.seed, outcome);
      for (let done = outcomes.get(due); done !== undefined && !isOver; done = outcomes.get(due)) {
        outcomes.delete(due++);
        isOver = task.isEnough(done);
        if (isOver) over.resolve();
      }
    }
  };
  const children = Array.from({ length: task.workers }, () =>
    fork(worker, [task.plant ?? ''], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Counting the coverage of a simulation would only slow it down.
      env: { ...process.env, NODE_V8_COVERAGE: '' },
    }),
  );
  try {
    // The first to see that it is enough ends it for all.
    await Promise.race([over.promise, Promise.all(children.map(work))]);
  } finally {
    isOver = true;
    for (const child of children) child.kill('SIGKILL');
  }
}

async function answerOf(child: ChildProcess): Promise<Outcome> {
  const died = new AbortController();
  const exit = (code: number | null, signal: string | null) =>
    died.abort(new Error(`a worker ended with ${code ?? signal}`));
  child.once('exit', exit);
  try {
    const [outcome] = (await once(child, 'message', { signal: died.signal })) as [Outcome];
    return outcome;
  } catch (error) {
    throw died.signal.aborted ? died.signal.reason : error;
  } finally {
    child.off('exit', exit);
  }
}
