// Runs one helm command within a time limit and turns its failure into a HelmError.

import { spawn } from 'node:child_process';
import { classifyOutput, HelmError, lastLines } from './error.ts';

export interface HelmCommand {
  binary: string;
  root: string;
  args: string[];
  stdin: string;
  timeoutMs: number;
  /** Beside those of this process. */
  env?: Record<string, string>;
}

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
  overflowed: boolean;
}

/** After a SIGTERM helm marks its release as failed; only then it is killed. */
const terminationMs = 5000;
const maxOutput = 64 * 1024 * 1024;

/** What the command printed. @throws {HelmError} */
export async function runHelm(command: HelmCommand): Promise<string> {
  const { code, stdout, stderr, timedOut, overflowed } = await runToEnd(command);
  if (code === 0 && !timedOut) return stdout;
  const what = `helm ${command.args.slice(0, command.args[0] === 'get' ? 3 : 2).join(' ')}`;
  if (overflowed) {
    const found = `${what} printed more than ${maxOutput / 1024 / 1024} MiB, and was ended`;
    throw new HelmError('invalid', `${found}; expected the objects of one release. Look for a loop in the chart.`);
  }
  const reason = lastLines(stderr) || `exit code ${code}`;
  if (timedOut)
    throw new HelmError(
      'timeout',
      `${what} took longer than ${command.timeoutMs / 1000} s: ${reason}`,
      undefined,
      stderr,
    );
  const problem = classifyOutput(stderr);
  throw new HelmError(
    problem,
    `${what} failed: ${reason}${problem === 'missing' ? '\nHelm 4 is needed; this one is older.' : ''}`,
    undefined,
    stderr,
  );
}

function runToEnd({ binary, root, args, stdin, timeoutMs, env }: HelmCommand): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    let timedOut = false;
    let overflowed = false;
    const kill = setTimeout(() => child.kill('SIGKILL'), timeoutMs + terminationMs);
    const terminate = setTimeout(() => {
      timedOut = true;
      child.kill('SIGTERM');
    }, timeoutMs);
    const collect = (name: 'stdout' | 'stderr') => (chunk: string) => {
      output[name] += chunk;
      if (output[name].length <= maxOutput) return;
      overflowed = true;
      child.kill('SIGKILL');
    };
    child.stdout.setEncoding('utf8').on('data', collect('stdout'));
    child.stderr.setEncoding('utf8').on('data', collect('stderr'));
    // A helm that ends without reading its values says why on stderr.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
    const settle = () => {
      clearTimeout(kill);
      clearTimeout(terminate);
    };
    child.on('error', error => {
      settle();
      const message = `${binary} cannot be started: ${error.message}. Install helm 4, or name its path.`;
      reject(new HelmError('missing', message, error));
    });
    child.on('close', code => {
      settle();
      resolve({ code, ...output, timedOut, overflowed });
    });
  });
}
