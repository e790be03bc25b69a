// The stand-in for GitHub with a repository of one small file.

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GitHub, startGitHub } from '#rehearsal/github/github.ts';
import { createScratchRepository, type ScratchRepository } from '#rehearsal/github/scratch-repository.ts';

export interface StandIn {
  github: GitHub;
  scratch: ScratchRepository;
  close(): Promise<void>;
}

/** @param repository owner and name */
export async function startStandIn(repository: string): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'github-'));
  const source = join(folder, 'source');
  await mkdir(join(source, 'environments'), { recursive: true });
  await writeFile(join(source, 'environments/image.yaml'), 'image: 1\n');
  await writeFile(join(source, 'notes.txt'), 'not taken\n');
  execFileSync('git', ['init', '--quiet'], { cwd: source });
  execFileSync('git', ['add', '--all'], { cwd: source });
  const scratch = await createScratchRepository({
    sourceFolder: source,
    paths: ['environments'],
    folder: join(folder, 'scratch'),
    repository,
  });
  const github = await startGitHub({ repositoryFolder: scratch.folder, repository });
  return {
    github,
    scratch,
    close: async () => {
      await github.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
