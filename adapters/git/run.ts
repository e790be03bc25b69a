// Runs one git command that only reads, within bounds: no hook, filter, file watcher or pager of the repository is started by it.

import { spawn } from 'node:child_process';
import { GitError } from './error.ts';

export interface GitRun {
  exitCode: number;
  output: Buffer;
  errors: string;
}

const limitMs = 60_000;
/** Bounds on files are checked before they are read; this is for the case that git does not keep to what it said. */
const mostBytes = 256 * 1024 * 1024;
const mostErrors = 4096;

/** Settings that would start something, whatever the repository's own configuration says. */
const harmless = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'core.quotePath=false', 'gc.auto=0'];

/**
 * What git printed, whatever its exit code is.
 * @throws {GitError} `missing`, `timeout`, `failed`
 */
export function runGit(folder: string, args: readonly string[], input = ''): Promise<GitRun> {
  const all = ['--no-pager', '--literal-pathspecs', ...harmless.flatMap(each => ['-c', each]), ...args];
  const what = `git ${args[0]}`;
  return new Promise((resolve, reject) => {
    const child = spawn('git', all, { cwd: folder, env: environment(), stdio: ['pipe', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let errors = '';
    let problem: GitError | undefined;
    const stop = (why: GitError) => {
      problem ??= why;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => {
      stop(new GitError('timeout', `${what} did not end within ${limitMs / 1000} s in ${folder}.`));
    }, limitMs);
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > mostBytes) stop(new GitError('failed', `${what} printed more than ${mostBytes} bytes in ${folder}.`));
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors = (errors + chunk).slice(0, mostErrors);
    });
    // One that ends without reading says why on stderr.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', cause => {
      clearTimeout(timer);
      const message = `git cannot be started in ${folder}: ${cause.message}. Install git, and check the folder.`;
      reject(new GitError('missing', message, { cause }));
    });
    child.on('close', code => {
      clearTimeout(timer);
      if (problem !== undefined) reject(problem);
      else resolve({ exitCode: code ?? -1, output: Buffer.concat(chunks), errors: errors.trim() });
    });
  });
}

/** What git printed, as text. @throws {GitError} also when it failed */
export async function gitText(folder: string, args: readonly string[]): Promise<string> {
  const { exitCode, output, errors } = await runGit(folder, args);
  if (exitCode === 0) return output.toString();
  throw new GitError('failed', `git ${args[0]} failed in ${folder}: ${errors || `exit code ${exitCode}`}`);
}

/** Without what a git that started us, as for a hook, tells its own commands; and without fetching what is missing. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || name.startsWith('GIT_CONFIG'));
  return {
    ...Object.fromEntries(own),
    LC_ALL: 'C.UTF-8',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
  };
}
