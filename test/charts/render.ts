// Renders our charts with the real helm, with the values of an environment or of a test.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { readEnvironmentFiles } from '#adapters/files/environments.ts';
import { Helm } from '#adapters/helm/helm.ts';
import { assembleEnvironment } from '#core/environment/assemble.ts';
import type { Release } from '#core/environment/environment.ts';
import { mergeValues } from '#core/environment/releases.ts';
import { ensureTools } from '#tools/install.ts';

export const repository = join(import.meta.dirname, '../..');

/** A rendered object, as far as the tests look into it. */
export interface Manifest {
  kind: string;
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: a manifest is whatever the chart made of it, and the tests say what it should be
  spec?: any;
  data?: Record<string, string>;
}

export async function helmBinary(): Promise<string> {
  return (await ensureTools(['helm'], { report: () => {} })).path('helm');
}

/** A release of an environment of this repository, with further values on top. */
export async function releaseOf(
  environment: string,
  name: string,
  values: Record<string, unknown> = {},
): Promise<Release> {
  const { releases } = assembleEnvironment(await readEnvironmentFiles(repository, environment));
  const found = releases?.find(release => release.name === name);
  if (!found) throw new Error(`environments/${environment} has no release ${name}`);
  return { ...found, values: mergeValues(found.values, values) };
}

export async function renderText(release: Release): Promise<string> {
  const helm = new Helm({ binary: await helmBinary(), kubeconfig: '/dev/null', context: 'none', root: repository });
  return helm.template(release);
}

export async function render(release: Release): Promise<Manifest[]> {
  const documents = parseAllDocuments(await renderText(release));
  if (!Array.isArray(documents)) throw new Error('helm rendered nothing');
  return documents.map(document => document.toJS() as Manifest | null).filter(each => each !== null);
}

/** The one object of a kind; its name only where there are several. */
export function one(manifests: Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter(each => each.kind === kind && (name === undefined || each.metadata.name === name));
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`Expected one ${kind}, found ${found.length}`);
  return first;
}

/** What `helm lint --strict` says; empty when it is content. */
export async function lint(chart: string, release: Release): Promise<string> {
  const child = promisify(execFile)(await helmBinary(), ['lint', '--strict', '--quiet', chart, '--values=-'], {
    cwd: repository,
    timeout: 60_000,
  });
  child.child.stdin?.end(JSON.stringify(release.values));
  const { stdout } = await child;
  return stdout.trim();
}
