// Judges a change before it is merged: reads both sides, holds the new one to the rules, renders both with Helm, tells what differs, and
// forecasts the rollout. It changes nothing, and starts nothing of what it reads.

import { HelmError } from '#adapters/helm/error.ts';
import type { Environment, Release } from '#core/environment/environment.ts';
import { forecastRemoval } from '#core/rollout/forecast.ts';
import { type JudgedEnvironment, judgeRevision } from '#core/validation/judge.ts';
import { findStraySecrets, redactVerdict } from '#core/validation/stray-secrets.ts';
import { changeOf, compareFiles, type FileChanges, renamedFrom } from '#core/validation/touched.ts';
import type { EnvironmentVerdict, RuleProblem, Verdict } from '#core/validation/verdict.ts';
import { type ChartFolder, writeCharts } from './chart-folder.ts';
import { type ComparedReleases, compareReleases, stateByInputs } from './compare-releases.ts';
import { forecastFleet } from './forecast.ts';
import { OperationError } from './operation-error.ts';
import type { Fleet } from './ports.ts';
import { fullBudget, type RenderBudget, type RenderCache } from './render.ts';
import { type RevisionOptions, readSides, type Side, type Sides } from './revisions.ts';

export interface ValidateOptions extends RevisionOptions {
  /** Environments to tell about; empty: all. Rules across environments see all in any case. */
  only: readonly string[];
  /** Path or name of the helm binary; undefined: nothing is rendered. */
  helm: string | undefined;
  /** Such as 2026-12-01, for waivers that expire. */
  today: string;
  /** Opens the live fleet of an environment, where it may be looked at. */
  openFleet?: (environment: string) => Promise<Fleet>;
  report?: (text: string) => void;
}

/** @throws {GitError} when a side cannot be read, {OperationError} when there is no environment in it */
export async function validate(options: ValidateOptions): Promise<Verdict> {
  const report = options.report ?? (() => {});
  const sides = await readSides(options);
  const { head, base } = sides;
  report(`read ${head.commit.slice(0, 12)}${base === undefined ? '' : ` and ${base.commit.slice(0, 12)}`}`);
  if (head.folders.length + (base?.folders.length ?? 0) === 0) {
    const message = `${options.directory} has no folder in environments/; expected a checkout with environments/<name>/environment.yaml.`;
    throw new OperationError('invalid-environment', message);
  }
  const changes = base && compareFiles(base.files, head.files);
  const judged = judgeRevision(filesOf(head), base && filesOf(base, head), options.today);
  const before = base === undefined ? [] : judgeRevision(filesOf(base), undefined, options.today);
  const folders = await chartFolders(sides, options.helm);
  const scene: Scene = { options, sides, changes, judged, before, folders, cache: new Map(), budget: fullBudget() };
  try {
    const environments: EnvironmentVerdict[] = [];
    for (const name of namesOf(sides, options.only)) {
      report(`judging ${name}`);
      environments.push(await judgeEnvironment(scene, name));
    }
    const all = environments.flatMap(each => each.problems);
    return redactVerdict({
      base: base?.commit,
      head: head.commit,
      checks: sides.checks,
      environments,
      problems: [
        ...head.chartProblems.filter(problem => !all.includes(problem)),
        ...findStraySecrets(head.files, head.charts),
      ],
    });
  } finally {
    await Promise.all([scene.folders?.base?.remove(), scene.folders?.head.remove()]);
  }
}

interface Scene {
  options: ValidateOptions;
  sides: Sides;
  changes: FileChanges | undefined;
  judged: JudgedEnvironment[];
  before: JudgedEnvironment[];
  /** Charts of both sides; undefined when nothing is rendered. */
  folders: { base: ChartFolder | undefined; head: ChartFolder } | undefined;
  cache: RenderCache;
  budget: RenderBudget;
}

/** @param other an environment whose files cannot be read there is not taken for one that is gone */
function filesOf({ folders }: Side, other?: Side) {
  const unreadable = (name: string) => other?.folders.some(each => each.name === name && each.files === undefined);
  return folders.flatMap(({ name, files }) => (files === undefined || unreadable(name) ? [] : [files]));
}

function namesOf({ base, head }: Sides, only: readonly string[]): string[] {
  const names = [...new Set([...head.folders, ...(base?.folders ?? [])].map(({ name }) => name))].sort();
  return only.length === 0 ? names : names.filter(name => only.includes(name));
}

async function chartFolders({ base, head }: Sides, helm: string | undefined): Promise<Scene['folders']> {
  if (helm === undefined) return undefined;
  return { head: await writeCharts(head.charts), base: base && (await writeCharts(base.charts)) };
}

async function judgeEnvironment(scene: Scene, name: string): Promise<EnvironmentVerdict> {
  const { sides, changes, judged, before, options } = scene;
  const [folder, oldFolder] = [sides.head, sides.base].map(side => side?.folders.find(each => each.name === name));
  const own = judged.find(each => each.name === name);
  const old = before.find(each => each.name === name);
  const change = changeOf(name, { base: oldFolder !== undefined, head: folder !== undefined }, changes);
  const problems: RuleProblem[] = [...(folder?.problems ?? []), ...(own?.problems ?? [])];
  const verdict: EnvironmentVerdict = {
    name,
    change,
    problems,
    waived: own?.waived ?? [],
    quorum: own?.quorum,
    forecast: undefined,
    diffs: undefined,
    notes: change === 'untouched' ? [] : [...sides.notes],
  };
  if (change === 'untouched') return old === undefined || options.only.includes(name) ? verdict : excuse(verdict, old);
  if (change === 'removed') return describeRemoved(verdict, old, scene);
  // A values file that could not be read is missing from what was put together.
  const isWhole = folder?.problems.length === 0 && sides.head.chartProblems.length === 0;
  if (own?.environment === undefined || own.releases === undefined || !isWhole) {
    const note = 'There is no plan and no diff as long as the files cannot be read as a whole: see the problems.';
    return { ...verdict, notes: [...verdict.notes, note] };
  }
  return foresee(scene, verdict, { environment: own.environment, releases: own.releases }, old);
}

/** What was wrong before, in an environment that the change leaves alone, does not fail it. */
function excuse(verdict: EnvironmentVerdict, old: JudgedEnvironment): EnvironmentVerdict {
  const wasThere = (problem: RuleProblem) =>
    old.problems.some(
      each => each.rule === problem.rule && each.file === problem.file && each.message === problem.message,
    );
  if (!verdict.problems.some(each => each.level === 'error' && wasThere(each))) return verdict;
  const problems = verdict.problems.map(each => (wasThere(each) ? { ...each, level: 'warning' as const } : each));
  const note = 'This was wrong before, and the change does not touch it: it is a warning here.';
  return { ...verdict, problems, notes: [...verdict.notes, note] };
}

function describeRemoved(
  verdict: EnvironmentVerdict,
  old: JudgedEnvironment | undefined,
  scene: Scene,
): EnvironmentVerdict {
  if (old?.environment === undefined || old.releases === undefined) return verdict;
  const { environment, releases } = old;
  const successor = scene.judged
    .filter(each => isNew(scene, each.name))
    .find(each => each.environment && renamedFrom(each.environment, [environment]) !== undefined);
  if (successor !== undefined) {
    const note = `It looks renamed: ${successor.name} has the same producer in the same clusters.`;
    const problems = verdict.problems.filter(each => each.rule !== 'node-removed');
    return { ...verdict, problems, notes: [...verdict.notes, note] };
  }
  return { ...verdict, forecast: forecastRemoval(environment, releases) };
}

type Whole = { environment: Environment; releases: Release[] };

async function foresee(
  scene: Scene,
  verdict: EnvironmentVerdict,
  head: Whole,
  old: JudgedEnvironment | undefined,
): Promise<EnvironmentVerdict> {
  const notes = [...verdict.notes];
  const base = old ?? renamed(scene, head.environment, notes);
  if (scene.changes?.code === true) {
    notes.push(
      'The code that computes releases (core/environment) changes as well. Both sides were computed by one and the same code (that of the base, of a pull request), so the diff does not show what that does.',
    );
  }
  if (old !== undefined && old.releases === undefined) {
    notes.push('What was there before cannot be read, so everything is shown as new.');
  }
  const compared = await compare(scene, head, base?.releases ?? [], notes);
  const removed = (base?.releases ?? []).filter(
    each => !head.releases.some(one => one.cluster === each.cluster && one.name === each.name),
  );
  const fleet = await openFleet(scene, verdict.name, head, notes);
  const states = compared.states ?? stateByInputs(base?.releases ?? [], head.releases, scene.changes?.charts === false);
  const foreseen = await forecastFleet({ environment: head.environment, states, removed, fleet });
  return {
    ...verdict,
    problems: [...verdict.problems, ...compared.problems],
    diffs: compared.diffs,
    forecast: foreseen.forecast,
    notes: [...notes, ...compared.notes, ...foreseen.notes],
  };
}

function renamed(scene: Scene, environment: Environment, notes: string[]): JudgedEnvironment | undefined {
  const gone = scene.before.filter(each => isGone(scene, each.name)).flatMap(each => each.environment ?? []);
  const name = renamedFrom(environment, gone);
  if (name === undefined) return undefined;
  notes.push(
    `It looks renamed from ${name}, which has the same producer in the same clusters, and is compared with that.`,
  );
  return scene.before.find(each => each.name === name);
}

function isGone({ sides }: Scene, name: string): boolean {
  return !sides.head.folders.some(each => each.name === name);
}

function isNew({ sides }: Scene, name: string): boolean {
  return sides.base?.folders.every(each => each.name !== name) === true;
}

async function compare(
  { folders, options, changes, sides, cache, budget }: Scene,
  head: Whole,
  baseReleases: readonly Release[],
  notes: string[],
): Promise<ComparedReleases> {
  const without = (why: string) => {
    notes.push(`${why}: nothing is rendered, so there is no diff, and objects were not held to Kubernetes' schemas.`);
    return { states: undefined, diffs: undefined, problems: [], notes: [] };
  };
  if (folders === undefined || options.helm === undefined) return without('Helm was left out');
  const files = sides.head.folders.find(each => each.name === head.environment.name)?.files;
  if (files === undefined) throw new Error(`${head.environment.name} was judged without files`);
  try {
    return await compareReleases({
      helm: options.helm,
      environment: head.environment,
      files,
      base: { releases: baseReleases, root: folders.base?.root ?? '' },
      head: { releases: head.releases, root: folders.head.root },
      changed: new Set(changes?.paths),
      cache,
      budget,
    });
  } catch (error) {
    if (error instanceof HelmError && error.code === 'missing') return without(error.message.replace(/\.$/, ''));
    throw error;
  }
}

async function openFleet({ options }: Scene, name: string, head: Whole, notes: string[]): Promise<Fleet | undefined> {
  if (options.openFleet === undefined) return undefined;
  try {
    return { ...(await options.openFleet(name)), ...head };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    notes.push(`The live fleet cannot be reached, so the forecast is from the files: ${why}`);
    return undefined;
  }
}
