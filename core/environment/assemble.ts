// Puts an environment together from its files: environment.yaml, and what each cluster adds to the charts' values.

import { readDocument } from './document.ts';
import type { Environment, Release } from './environment.ts';
import { parseEnvironment } from './parse.ts';
import { type Finding, nearest, type Problem, renderPath } from './problem.ts';
import { type ClusterValues, releasesOf } from './releases.ts';

/** The texts of an environment's files, with paths as messages shall name them. */
export interface EnvironmentFiles {
  file: string;
  text: string;
  values: { cluster: string; file: string; text: string }[];
  /** What else lies in the folder, such as login.sh: searched for secrets only. */
  others?: { file: string; text: string }[];
}

export type AssembledEnvironment =
  | { environment: Environment; releases: Release[]; problems: [] }
  | { environment?: undefined; releases?: undefined; problems: Problem[] };

const charts = ['block-producer', 'etcd'] as const;

/** The environment with all its releases, or every problem of all its files. */
export function assembleEnvironment(files: EnvironmentFiles): AssembledEnvironment {
  const parsed = parseEnvironment(files.text, files.file);
  const problems: Problem[] = [...parsed.problems];
  const clusterValues: Record<string, ClusterValues> = {};
  for (const { cluster, file, text } of files.values) {
    const read = readValues(text, file);
    problems.push(...read.problems);
    clusterValues[cluster] = read.values;
    if (parsed.environment) problems.push(...checkCluster(parsed.environment, cluster, file, read));
  }
  if (!parsed.environment || problems.length > 0) return { problems };
  return { environment: parsed.environment, releases: releasesOf(parsed.environment, clusterValues), problems: [] };
}

interface ReadValues {
  values: ClusterValues;
  problems: Problem[];
  locate: (finding: Finding) => Problem;
}

function readValues(text: string, file: string): ReadValues {
  const { value, problems, locate } = readDocument(text, file);
  if (value === undefined) return { values: {}, problems, locate };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = `The file is no mapping; expected the keys ${charts.join(' and ')}. Put each value under its chart's name.`;
    return {
      values: {},
      problems: [...problems, locate({ path: [], at: 'value', message, rule: 'values-file' })],
      locate,
    };
  }
  const findings = Object.entries(value).flatMap(([key, inner]): Finding[] => {
    if (!charts.some(chart => chart === key)) {
      const near = nearest(key, charts);
      const remedy = near === undefined ? "Put each value under its chart's name." : `Did you mean ${near}?`;
      return [{ path: [key], at: 'key', message: `${key} is no chart; expected ${charts.join(' or ')}. ${remedy}` }];
    }
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) return [];
    return [{ path: [key], at: 'value', message: `${key} is no mapping; expected values of the chart. Correct it.` }];
  });
  return {
    values: findings.length > 0 ? {} : (value as ClusterValues),
    problems: [...problems, ...findings.map(finding => locate({ ...finding, rule: 'values-file' }))],
    locate,
  };
}

function checkCluster(environment: Environment, cluster: string, file: string, read: ReadValues): Problem[] {
  const known = environment.clusters.map(({ name }) => name);
  if (!known.includes(cluster)) {
    const near = nearest(cluster, known);
    const remedy = near === undefined ? 'Rename or remove the file.' : `Did you mean ${near}.yaml?`;
    const message = `The file is named after the cluster "${cluster}"; expected one of ${known.join(', ')}. ${remedy}`;
    return [{ file, line: 1, column: 1, message, rule: 'values-file' }];
  }
  const computed = releasesOf(environment).filter(release => release.cluster === cluster);
  return charts.flatMap(chart => {
    const release = computed.find(({ chart: folder }) => folder.endsWith(`/${chart}`));
    const paths = overlaps(read.values[chart] ?? {}, release?.values ?? {}, [chart]);
    return paths.map(path => {
      const message = `${renderPath(path)} is computed from environment.yaml; expected only values that are not. Remove it here.`;
      return read.locate({ path, at: 'key', message, rule: 'computed-value' });
    });
  });
}

/** Paths that stand in both, down to where one of them is no mapping: there what is computed would win silently. */
function overlaps(own: object, computed: object, path: string[]): string[][] {
  const fields = new Map<string, unknown>(Object.entries(computed));
  return Object.entries(own).flatMap(([key, value]: [string, unknown]) => {
    const other = fields.get(key);
    if (other === undefined) return [];
    const deeper = [value, other].every(each => typeof each === 'object' && each !== null && !Array.isArray(each));
    return deeper ? overlaps(value as object, other as object, [...path, key]) : [[...path, key]];
  });
}
