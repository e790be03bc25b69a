// Lets one installation run at a time. The kernel holds the lock (flock), so a dead process never keeps it.
import { spawn } from 'node:child_process';
import { ToolError } from './tool-error.ts';

/**
 * Runs `work` while holding `lockFile`.
 * @param waiting called once when somebody else holds it
 * @param timeoutSeconds how long to wait for the other
 */
export async function withLock<Result>(
  lockFile: string,
  timeoutSeconds: number,
  waiting: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  let release = await take(lockFile, 0);
  if (!release) {
    waiting();
    release = await take(lockFile, timeoutSeconds);
  }
  if (!release) {
    throw new ToolError(
      'lock-timeout',
      `${lockFile} is held by another installation for more than ${timeoutSeconds} s. Let it finish or end it, then try again.`,
    );
  }
  try {
    return await work();
  } finally {
    await release();
  }
}

/** A process that holds the lock for as long as its standard input, our pipe, is open; undefined when the lock was not to be had in time. */
function take(lockFile: string, timeoutSeconds: number): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const holder = spawn('flock', ['--timeout', String(timeoutSeconds), lockFile, 'sh', '-c', 'echo held; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = new Promise<void>(done => holder.once('close', () => done()));
    const release = () => {
      holder.stdin.end();
      return ended;
    };
    holder.once('error', cause =>
      reject(
        new ToolError('missing-command', 'flock could not be started. Install util-linux and try again.', { cause }),
      ),
    );
    holder.stdout.once('data', () => resolve(release));
    holder.once('close', () => resolve(undefined));
  });
}
