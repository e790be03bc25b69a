// Renders every release of an environment with helm and checks the objects, without a cluster.

import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { HelmError } from '#adapters/helm/error.ts';
import { digestChart, renderChart } from '#adapters/helm/template.ts';
import { readSchemas } from '#adapters/kubernetes-schema/schemas.ts';
import type { Release } from '#core/environment/environment.ts';
import { checkObject, type Schemas } from '#core/manifest/check.ts';
import type { RenderedRelease } from '#core/manifest/diff.ts';
import { type ManifestObject, readRelease } from '#core/manifest/objects.ts';
import { redactText } from '#core/manifest/redact.ts';

export interface HelmPlace {
  /** Path of helm 4, or `helm` for the one on PATH. */
  binary: string;
  /** Folder with the charts of one revision. */
  root: string;
}

export interface RenderProblem {
  cluster: string;
  release: string;
  /** What helm said. */
  message: string;
  /** The template that helm blames, relative to `root`. */
  file?: string;
  line?: number;
  column?: number;
}

export interface ObjectProblem {
  cluster: string;
  release: string;
  /** Such as `StatefulSet aws-a`. */
  object: string;
  /** Template that made it, relative to the root; empty when it is not known. */
  file: string;
  /** Of the field; empty for the object as a whole. */
  path: string;
  message: string;
}

/** What was rendered before: hand the same one to several calls, and equal charts with equal values are rendered once. */
export type RenderCache = Map<string, Promise<string>>;

/** Time that is left for all of several calls together; each takes from it what it needed. */
export interface RenderBudget {
  leftMs: number;
}

const timeoutMs = 60_000;

export function fullBudget(): RenderBudget {
  return { leftMs: timeoutMs };
}

/** Every release that renders, in the order given, and a problem for each that does not. */
export async function renderReleases(
  helm: HelmPlace,
  releases: readonly Release[],
  cache: RenderCache = new Map(),
  budget: RenderBudget = fullBudget(),
): Promise<{ rendered: RenderedRelease[]; problems: RenderProblem[] }> {
  const started = performance.now();
  const leftMs = () => budget.leftMs - (performance.now() - started);
  const digests = new Map<string, Promise<string>>();
  const rendered = new Map<number, RenderedRelease>();
  const problems = new Map<number, RenderProblem>();
  const queue = releases.entries();
  const work = async () => {
    for (const [index, release] of queue) {
      const outcome = await renderOne(helm, release, digests, { cache, leftMs });
      if ('manifest' in outcome) rendered.set(index, outcome);
      else problems.set(index, outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
  budget.leftMs = leftMs();
  const inOrder = <T>(outcomes: Map<number, T>): T[] => [...outcomes].sort(([a], [b]) => a - b).map(([, each]) => each);
  return { rendered: inOrder(rendered), problems: inOrder(problems) };
}

async function renderOne(
  { binary, root }: HelmPlace,
  release: Release,
  digests: Map<string, Promise<string>>,
  { cache, leftMs }: { cache: RenderCache; leftMs: () => number },
): Promise<RenderedRelease | RenderProblem> {
  const { cluster, name, namespace, chart, values } = release;
  try {
    const digest = digests.get(chart) ?? digestChart(root, chart);
    digests.set(chart, digest);
    const key = createHash('sha256')
      .update(JSON.stringify([await digest, chart, name, namespace, values]))
      .digest('hex');
    const manifest = cache.get(key) ?? renderWithin(leftMs(), { binary, root }, release);
    cache.set(key, manifest);
    return { cluster, release: name, chart, manifest: await manifest };
  } catch (error) {
    // Without helm nothing can be said of any release.
    if (!(error instanceof HelmError) || error.code === 'missing') throw error;
    return { cluster, release: name, ...readHelmOutput(error, chart) };
  }
}

async function renderWithin(leftMs: number, helm: HelmPlace, release: Release): Promise<string> {
  if (leftMs > 0) return renderChart({ ...helm, timeoutMs: Math.ceil(leftMs) }, release);
  const message = `there is no time left: all releases together may take ${timeoutMs / 1000} s. Look for a loop in a chart.`;
  throw new HelmError('timeout', message);
}

/** helm's own sentences, without its advice about flags, and the place they name. */
function readHelmOutput(
  { output, message }: HelmError,
  chart: string,
): Pick<RenderProblem, 'message' | 'file' | 'line' | 'column'> {
  const said = (output || message)
    .split('\n')
    .filter(line => line.trim() !== '' && !/^(?:WARNING:|level=|Use --debug flag)/.test(line))
    .join('\n')
    .replace(/^Error: /, '');
  const place =
    /([\w.-]+\/(?:templates|charts)\/[\w./-]+?):(\d+)(?::(\d+))?|on ([\w.-]+\/(?:templates|charts)\/[\w./-]+):/.exec(
      said,
    );
  const [, inCode, line, column, asYaml] = place ?? [];
  const file = inCode ?? asYaml;
  return {
    message: redactText(said),
    ...(file === undefined ? {} : { file: `${dirname(chart)}/${file}` }),
    ...(line === undefined ? {} : { line: Number(line) }),
    ...(column === undefined ? {} : { column: Number(column) }),
  };
}

/** Problems of the objects themselves, by the definitions of the pinned Kubernetes. */
export async function checkObjects(rendered: readonly RenderedRelease[]): Promise<ObjectProblem[]> {
  const schemas = await readSchemas();
  return rendered.flatMap(each => checkRelease(each, schemas));
}

function checkRelease(rendered: RenderedRelease, schemas: Schemas): ObjectProblem[] {
  const { cluster, release, chart } = rendered;
  const { objects, unreadable } = readRelease(rendered);
  const problemOf = (object: string, source: string, path: string, message: string): ObjectProblem => {
    return { cluster, release, object, file: source === '' ? '' : `${dirname(chart)}/${source}`, path, message };
  };
  const seen = new Set<string>();
  return [
    ...unreadable.map(({ name, source, message }) => problemOf(name, source, '', message)),
    ...objects.flatMap(object => {
      const fields = checkObject(object, schemas) ?? [];
      const key = JSON.stringify([object.apiVersion, object.kind, object.namespace, object.name]);
      const again = seen.has(key)
        ? [{ path: '', message: 'found it a second time; expected each object once. Remove one.' }]
        : [];
      const nameless =
        object.name === '' ? [{ path: 'metadata.name', message: 'found nothing; expected a name. Add it.' }] : [];
      seen.add(key);
      return [...again, ...nameless, ...fields].map(({ path, message }) =>
        problemOf(titleOf(object), object.source, path, message),
      );
    }),
  ];
}

/** Kinds that cannot be checked, such as those of custom resources, each once: `monitoring.coreos.com/v1 ServiceMonitor`. */
export async function findUncheckedKinds(rendered: readonly RenderedRelease[]): Promise<string[]> {
  const schemas = await readSchemas();
  const unchecked = rendered
    .flatMap(each => readRelease(each).objects)
    .filter(object => checkObject(object, schemas) === undefined)
    .map(({ apiVersion, kind }) => redactText(`${apiVersion} ${kind}`));
  return [...new Set(unchecked)].sort();
}

export function titleOf({ kind, name }: ManifestObject): string {
  return redactText(`${kind} ${name}`);
}
