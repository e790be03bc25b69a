// Reads the text of environment.yaml into an Environment, or tells every problem in it with its position.

import type * as z from 'zod';
import { readDocument } from './document.ts';
import type { Environment } from './environment.ts';
import { type Finding, nearest, type Problem, renderFound, renderPath } from './problem.ts';
import { parseDurationMs } from './quantity.ts';
import { checkRules } from './rules.ts';
import { type EnvironmentFile, environmentSchema, fits, knownKeys } from './schema.ts';

export type ParsedEnvironment =
  | { environment: Environment; problems: [] }
  | { environment?: undefined; problems: Problem[] };

/**
 * @param text content of the file
 * @param file its path; the folder it lies in is the environment's name, as in `environments/<name>/environment.yaml`
 */
export function parseEnvironment(text: string, file: string): ParsedEnvironment {
  const document = readDocument(text, file);
  if (document.value === undefined) return { problems: document.problems };
  const parsed = environmentSchema.safeParse(document.value);
  const malformed = parsed.success
    ? []
    : parsed.error.issues.flatMap(issue =>
        describe(issue, document.value).map(finding => ({ ...finding, rule: 'schema' })),
      );
  const problems = [...document.problems, ...[...malformed, ...checkRules(document.value)].map(document.locate)];
  if (!parsed.success || problems.length > 0) return { problems: problems.sort(byPosition) };
  return { environment: toEnvironment(parsed.data, nameOf(file)), problems: [] };
}

function byPosition(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column;
}

function describe(issue: z.core.$ZodIssue, value: unknown): Finding[] {
  const path = issue.path.map(part => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => describeUnknownKey([...path, key]));
  const found = valueAt(value, path);
  const where = path.length === 0 ? 'The file' : renderPath(path);
  const expected = expectation(issue);
  if (found === undefined) return [{ path, at: 'key', message: `${where} is missing; expected ${expected}. Add it.` }];
  const quoted = typeof found !== 'string' && fits(path, JSON.stringify(found));
  const remedy = found === null ? 'Fill it in.' : quoted ? 'Put it in quotes.' : 'Correct it.';
  // Somebody may have put the private half there: it must not travel on into logs and comments.
  const shown =
    where === 'chain.publicKey' ? 'no public key (not shown, since it may be a private one)' : renderFound(found);
  return [{ path, at: 'value', message: `${where} is ${shown}; expected ${expected}. ${remedy}` }];
}

function describeUnknownKey(path: Finding['path']): Finding {
  const known = knownKeys(path.slice(0, -1));
  const near = nearest(String(path.at(-1)), known);
  const remedy = near === undefined ? 'Remove it.' : `Did you mean ${near}?`;
  return {
    path,
    at: 'key',
    message: `${renderPath(path)} is not known; expected one of ${known.join(', ')}. ${remedy}`,
  };
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return issue.message;
  return issue.expected === 'object' ? 'a mapping' : `a value of kind ${issue.expected}`;
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}

/** `environments/testnet/environment.yaml` → `testnet`. */
function nameOf(file: string): string {
  return file.split(/[\\/]/).at(-2) ?? 'environment';
}

function toEnvironment(file: EnvironmentFile, name: string): Environment {
  const { heartbeat, election, members, ...etcd } = file.etcd;
  const { soak, readyTimeout, ...rollout } = file.rollout;
  return {
    name,
    namespace: file.namespace,
    chain: file.chain,
    images: file.images,
    etcd: {
      ...etcd,
      heartbeatMs: milliseconds(heartbeat),
      electionMs: milliseconds(election),
      members: members.map(({ storage, ...member }) => (storage ? { ...member, storage } : member)),
    },
    clusters: file.clusters.map(({ nodes, ...cluster }) => ({
      ...cluster,
      nodes: nodes.map(({ priority, finalizerSecret, ...node }) => ({
        ...node,
        priority: priority ?? defaultPriority,
        ...(finalizerSecret === undefined ? {} : { finalizerSecret }),
      })),
    })),
    rollout: {
      ...rollout,
      soakSeconds: milliseconds(soak) / 1000,
      readyTimeoutSeconds: milliseconds(readyTimeout) / 1000,
    },
  };
}

/** Equal priorities leave the choice to the monitors: another site than the holder's first. */
const defaultPriority = 100;

function milliseconds(duration: string): number {
  const ms = parseDurationMs(duration);
  if (ms === undefined) throw new Error(`The schema let the duration ${duration} pass`);
  return ms;
}
