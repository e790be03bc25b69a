// Finds the OpenAPI documents in the Go module of Kubernetes that tools/go/kubernetes pins.

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findCommand, runCommand } from '../command.ts';
import { ToolError } from '../tool-error.ts';

export interface OpenApi {
  /** Such as `1.36.3`. */
  version: string;
  /** Undefined when the module is not on this machine, and was not to be fetched. */
  documents: unknown[] | undefined;
}

const module = 'k8s.io/kubernetes';

/** @throws {ToolError} when the module cannot be fetched */
export async function readOpenApi(missing: 'download' | 'leave'): Promise<OpenApi> {
  const cwd = join(import.meta.dirname, '../go/kubernetes');
  const version = /k8s\.io\/kubernetes v(\S+)/.exec(await readFile(join(cwd, 'go.mod'), 'utf8'))?.[1] ?? '';
  const folder = await findModule(cwd, version);
  if (folder !== undefined) return { version, documents: await readDocuments(folder) };
  if (missing === 'leave') return { version, documents: undefined };
  const fetched = await runCommand('go', ['mod', 'download', module], { cwd, timeoutMs: 300_000 });
  const found = await findModule(cwd, version);
  if (fetched.exitCode === 0 && found !== undefined) return { version, documents: await readDocuments(found) };
  const message = `The module ${module} ${version} could not be fetched:\n${fetched.lastLines}\nCheck that the Go module proxy can be reached, then try again.`;
  throw new ToolError('download-failed', message);
}

/** Only looked for: nothing is fetched. */
async function findModule(cwd: string, version: string): Promise<string | undefined> {
  if (!findCommand('go')) return undefined;
  const { output } = await runCommand('go', ['env', 'GOMODCACHE'], { cwd, timeoutMs: 60_000 });
  const folder = join(output.trim(), `${module}@v${version}`, 'api/openapi-spec/v3');
  return existsSync(folder) ? folder : undefined;
}

async function readDocuments(folder: string): Promise<unknown[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.json')).sort();
  return Promise.all(names.map(async name => JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown));
}
