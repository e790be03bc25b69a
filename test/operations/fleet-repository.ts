// A repository with an environment and the charts, as somebody has it who changes it; and what validate says of it.

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { EnvironmentVerdict, Verdict } from '#core/validation/verdict.ts';
import { type ValidateOptions, validate } from '#operations/validate.ts';
import { createRepository, type GitRepository } from '../adapters/git/repository.ts';
import { repository as source } from '../charts/render.ts';

/** That of the environment testnet. */
export const file = 'environments/testnet/environment.yaml';
const otherKey = 'EOS8Znrtgwt8TfpmbVpTKvA2oB8Nqey625CLN8bCN3TEbgx86Dsvr';

export interface FleetRepository extends GitRepository {
  edit: (path: string, from: string | RegExp, to: string) => void;
}

/** With the environment testnet on its only branch, main. */
export function createFleetRepository(t: ExecutionContext): FleetRepository {
  const repository = createRepository(t);
  cpSync(join(source, 'environments/rehearsal'), join(repository.folder, 'environments/testnet'), { recursive: true });
  cpSync(join(source, 'charts'), join(repository.folder, 'charts'), { recursive: true });
  repository.commit();
  return {
    ...repository,
    edit: (path, from, to) => {
      const text = repository.read(path);
      const edited = text.replace(from, to);
      if (edited === text) throw new Error(`${path} does not hold ${from}`);
      repository.write({ [path]: edited });
    },
  };
}

/** With the environment mainnet too, on a branch that will be changed. */
export function fleet(t: ExecutionContext): FleetRepository {
  const repository = createFleetRepository(t);
  cpSync(join(source, 'environments/rehearsal'), join(repository.folder, 'environments/mainnet'), { recursive: true });
  const other = 'environments/mainnet/environment.yaml';
  const text = repository
    .read(other)
    .replace('activeeosbp1', 'mainnetbp11')
    .replace(/publicKey: \S+/, `publicKey: ${otherKey}`)
    .replaceAll('10.', '11.');
  repository.commit({ [other]: `namespace: mainnet\n${text}` });
  repository.git('switch', '--quiet', '--create', 'change');
  return repository;
}

export function judge({ folder }: GitRepository, changes: Partial<ValidateOptions> = {}): Promise<Verdict> {
  const options = { directory: folder, head: undefined, base: 'main', only: [], helm: undefined, today: '2026-12-01' };
  return validate({ ...options, ...changes });
}

export function of(verdict: Verdict, name: string): EnvironmentVerdict {
  const found = verdict.environments.find(each => each.name === name);
  if (found === undefined) throw new Error(`no verdict on ${name}`);
  return found;
}

/** Problems as an editor lists them, of the rules about files. */
export function told({ problems }: { problems: Verdict['problems'] }): string[] {
  return problems.map(({ file: path, line, column, rule }) => `${path}:${line}:${column} ${rule}`);
}
