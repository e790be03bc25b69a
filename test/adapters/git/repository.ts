// A git repository in a temporary folder, with the machine's own settings left out.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';

export interface GitRepository {
  folder: string;
  git: (...args: string[]) => string;
  /** Writes files and commits them with everything else; returns the commit. */
  commit: (files?: Record<string, string | Buffer>) => string;
  read: (path: string) => string;
  write: (files: Record<string, string | Buffer>) => void;
}

const settings = ['user.name=test', 'user.email=test@example.com', 'commit.gpgsign=false', 'core.autocrlf=false'];

export function createRepository(t: ExecutionContext): GitRepository {
  const folder = mkdtempSync(join(tmpdir(), 'active-eos-repository-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const git = (...args: string[]) =>
    execFileSync('git', [...settings.flatMap(each => ['-c', each]), ...args], { cwd: folder, stdio: 'pipe' })
      .toString()
      .trim();
  const write = (files: Record<string, string | Buffer>) => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  };
  git('init', '--quiet', '--initial-branch=main');
  return {
    folder,
    git,
    write,
    read: path => readFileSync(join(folder, path), 'utf8'),
    commit: (files = {}) => {
      write(files);
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', 'change');
      return git('rev-parse', 'HEAD');
    },
  };
}
