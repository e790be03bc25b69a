// Renders the releases of an environment on both sides with Helm, and tells what differs and what Kubernetes would refuse.

import { dirname } from 'node:path';
import type { EnvironmentFiles } from '#core/environment/assemble.ts';
import type { Environment, Release } from '#core/environment/environment.ts';
import { diffReleases, type RenderedRelease } from '#core/manifest/diff.ts';
import { readRelease } from '#core/manifest/objects.ts';
import { redactText } from '#core/manifest/redact.ts';
import type { ComparedRelease } from '#core/rollout/files-view.ts';
import { sameManifest } from '#core/rollout/release.ts';
import { checkedRenderedRules } from '#core/validation/catalog.ts';
import { locateRelease } from '#core/validation/locate.ts';
import type { RenderedRule } from '#core/validation/rendered.ts';
import type { ReleaseDiff, RuleProblem } from '#core/validation/verdict.ts';
import {
  checkObjects,
  findUncheckedKinds,
  type ObjectProblem,
  type RenderBudget,
  type RenderCache,
  renderReleases,
  titleOf,
} from './render.ts';

export interface RenderSide {
  releases: readonly Release[];
  /** Folder that holds the side's charts/. */
  root: string;
}

export interface RenderOptions {
  helm: string;
  environment: Environment;
  files: EnvironmentFiles;
  base: RenderSide;
  head: RenderSide;
  /** Paths of files that differ: a problem is told where somebody has just been. */
  changed: ReadonlySet<string>;
  cache: RenderCache;
  budget: RenderBudget;
}

export interface ComparedReleases {
  /** undefined when not all could be rendered. */
  states: ComparedRelease[] | undefined;
  diffs: ReleaseDiff[] | undefined;
  problems: RuleProblem[];
  notes: string[];
}

/** @throws {HelmError} `missing` when there is no usable helm */
export async function compareReleases(options: RenderOptions): Promise<ComparedReleases> {
  const { helm, base, head, cache, budget } = options;
  const after = await renderReleases({ binary: helm, root: head.root }, head.releases, cache, budget);
  const before = await renderReleases({ binary: helm, root: base.root }, base.releases, cache, budget);
  const refused = await checkObjects(after.rendered);
  const problems = [
    ...placed('chart-renders', after.problems, options, ({ message }) => `Helm cannot render it: ${message}`),
    ...placed('kubernetes-schema', refused, options, ({ object, path, message }) =>
      [object, path, message].filter(part => part !== '').join(': '),
    ),
    ...checkedRenderedRules.flatMap(rule =>
      placed(rule.id, breachesOf(rule, head.releases, after.rendered), options, ({ object, path, message }) =>
        [object, path, message].filter(part => part !== '').join(': '),
      ),
    ),
  ];
  const unchecked = await findUncheckedKinds(after.rendered);
  const notes = [
    ...(unchecked.length === 0 ? [] : [`Not held to a schema, since none is known here: ${unchecked.join(', ')}.`]),
    ...before.problems.map(({ release, message }) => `What ${release} was cannot be rendered: ${message}`),
  ];
  if (after.problems.length + before.problems.length > 0) {
    return { states: undefined, diffs: undefined, problems, notes: [...notes, 'So there is no diff.'] };
  }
  const states = head.releases.map(release => ({ release, state: stateOf(release, before.rendered, after.rendered) }));
  return { states, diffs: diffReleases(before.rendered, after.rendered), problems, notes };
}

function breachesOf(
  rule: RenderedRule,
  releases: readonly Release[],
  all: readonly RenderedRelease[],
): ObjectProblem[] {
  return all.flatMap(rendered => {
    const { cluster, release: name, chart } = rendered;
    const release = releases.find(each => each.cluster === cluster && each.name === name);
    if (release === undefined) return [];
    const { objects } = readRelease(rendered);
    return rule.check({ release, objects }).map(({ object, path, message }) => ({
      cluster,
      release: name,
      object: object === undefined ? '' : titleOf(object),
      file: object === undefined || object.source === '' ? '' : `${dirname(chart)}/${object.source}`,
      path: redactText(path),
      message: redactText(message),
    }));
  });
}

/** Without Helm: a release whose values and chart are the same is the same. */
export function stateByInputs(
  before: readonly Release[],
  after: readonly Release[],
  sameCharts: boolean,
): ComparedRelease[] {
  return after.map(release => {
    const old = before.find(each => each.cluster === release.cluster && each.name === release.name);
    if (old === undefined) return { release, state: 'missing' };
    return { release, state: sameCharts && sameInputs(old, release) ? 'current' : 'outdated' };
  });
}

function sameInputs(a: Release, b: Release): boolean {
  return a.namespace === b.namespace && a.chart === b.chart && JSON.stringify(a.values) === JSON.stringify(b.values);
}

function stateOf(
  release: Release,
  before: readonly RenderedRelease[],
  after: readonly RenderedRelease[],
): ComparedRelease['state'] {
  const find = (rendered: readonly RenderedRelease[]) =>
    rendered.find(each => each.cluster === release.cluster && each.release === release.name);
  const [old, young] = [find(before), find(after)];
  if (old === undefined) return 'missing';
  return young !== undefined && sameManifest(old.manifest, young.manifest) ? 'current' : 'outdated';
}

interface Trouble {
  cluster: string;
  release: string;
  file?: string;
  line?: number;
  column?: number;
}

/** The same trouble of several releases is told once, at the first of them, or at the template if that has just been changed. */
function placed<T extends Trouble>(
  rule: string,
  troubles: readonly T[],
  options: RenderOptions,
  say: (trouble: T) => string,
): RuleProblem[] {
  const groups = new Map<string, T[]>();
  for (const trouble of troubles) {
    const key = JSON.stringify([trouble.file, say(trouble).replaceAll(trouble.release, '{release}')]);
    groups.set(key, [...(groups.get(key) ?? []), trouble]);
  }
  return [...groups.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const { file, line, column } = placeOf(first, options);
    const source = first.file === undefined || first.file === '' || first.file === file ? '' : ` (${first.file})`;
    const message = `${group.map(each => each.release).join(', ')}: ${say(first)}${source}`;
    return [{ rule, level: 'error', file, line, column, message }];
  });
}

function placeOf(trouble: Trouble, { head, environment, files, changed }: RenderOptions) {
  const { file = '', line = 1, column = 1 } = trouble;
  if (changed.has(file)) return { file, line, column };
  const release = head.releases.find(each => each.cluster === trouble.cluster && each.name === trouble.release);
  if (release === undefined) return { file: files.file, line: 1, column: 1 };
  return locateRelease(files, environment, release);
}
