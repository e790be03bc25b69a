// Judges a revision of environments/: every problem of every environment at once, what is waived, and whether etcd keeps its majority.

import { assembleEnvironment, type EnvironmentFiles } from '../environment/assemble.ts';
import { readDocument } from '../environment/document.ts';
import type { Environment, Release } from '../environment/environment.ts';
import { outlineOf } from '../environment/outline.ts';
import type { Problem } from '../environment/problem.ts';
import { checkedRules, findRule } from './catalog.ts';
import { releasePlaces } from './places.ts';
import { proveQuorum } from './quorum.ts';
import type { Source, Subject } from './rule.ts';
import { findSecrets, withoutSecrets } from './secret-forms.ts';
import type { QuorumProof, RuleProblem, WaivedProblem } from './verdict.ts';
import { applyWaivers } from './waivers.ts';

export interface JudgedEnvironment {
  name: string;
  /** undefined when it cannot be read: a rollout would refuse it. */
  environment: Environment | undefined;
  releases: Release[] | undefined;
  problems: RuleProblem[];
  waived: WaivedProblem[];
  quorum: QuorumProof | undefined;
}

/**
 * @param head all environments of the revision
 * @param base those before; undefined when there is nothing to compare with: rules about changes are silent then
 * @param today such as 2026-12-01, for the waivers
 * @returns one for each environment of head, and one for each that base alone has
 */
export function judgeRevision(
  head: readonly EnvironmentFiles[],
  base: readonly EnvironmentFiles[] | undefined,
  today: string,
): JudgedEnvironment[] {
  const before = (base ?? []).map(files => subjectOf(files, undefined));
  const subjects = head.map(files => {
    const name = nameOf(files);
    return subjectOf(
      files,
      before.find(each => each.name === name),
    );
  });
  const gone = before.filter(({ name }) => subjects.every(each => each.name !== name));
  return [
    ...subjects.map(subject => judge({ ...subject, fellows: subjects.filter(each => each !== subject) }, today)),
    ...gone.map(each => removedEnvironment(each, subjects)),
  ];
}

function judge(subject: Subject, today: string): JudgedEnvironment {
  const { environment, releases, problems } = assembleEnvironment(subject.files);
  const found = [
    ...problems,
    ...checkedRules.flatMap(rule => rule.check(subject).map(problem => ({ ...problem, rule: rule.id }))),
  ];
  const verdict = applyWaivers(subject, found.map(withLevel), today);
  // A key in the wrong field is quoted by the rule about that field, and one that was there before by rules about changes.
  const secrets = [subject, ...(subject.base ? [subject.base] : [])].flatMap(({ main, values }) =>
    [main, ...values].flatMap(source => findSecrets(source).map(({ secret }) => secret)),
  );
  const clean = <Told extends Problem>(problem: Told): Told => ({
    ...problem,
    message: withoutSecrets(problem.message, secrets),
  });
  return {
    name: subject.name,
    environment,
    releases,
    problems: verdict.problems.map(clean).sort(byPlace),
    waived: verdict.waived.map(clean).sort(byPlace),
    quorum: proveQuorum(subject.outline),
  };
}

function withLevel(problem: Problem): RuleProblem {
  const rule = problem.rule ?? 'yaml';
  const known = findRule(rule);
  if (known === undefined) throw new Error(`a problem names the rule ${rule}, which the catalogue does not know`);
  return { ...problem, rule, level: known.level };
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

function subjectOf(files: EnvironmentFiles, base: Subject | undefined): Subject {
  const main = sourceOf(files.text, files.file);
  // Of a file that cannot be read nothing is known to have changed.
  const isReadable = main.value !== undefined && base?.main.value !== undefined;
  return {
    name: nameOf(files),
    files,
    main,
    outline: outlineOf(main.value),
    values: files.values.map(({ cluster, file, text }) => ({ ...sourceOf(text, file), cluster })),
    base: isReadable ? base : undefined,
    fellows: [],
  };
}

function sourceOf(text: string, file: string): Source {
  const { value, locate } = readDocument(text, file);
  return { file, text, value, locate };
}

/** `environments/<name>/environment.yaml` → `<name>`. */
function nameOf({ file }: EnvironmentFiles): string {
  return file.split('/').at(-2) ?? '';
}

function removedEnvironment(gone: Subject, left: readonly Subject[]): JudgedEnvironment {
  const { name, main } = gone;
  const places = new Set(releasePlaces(gone).map(({ key }) => key));
  const heir = left.find(each => each.base === undefined && releasePlaces(each).some(({ key }) => places.has(key)));
  const message =
    heir === undefined
      ? `The environment ${name} is removed, but a rollout uninstalls nothing: its nodes go on signing and its etcd goes on running. Stop and uninstall them by hand before this is merged.`
      : `The environment ${name} is now called ${heir.name}, which takes over the releases of the same names in the same clusters; what it does not name goes on running. Uninstall that by hand.`;
  const problem: RuleProblem = { file: main.file, line: 1, column: 1, message, rule: 'node-removed', level: 'warning' };
  return { name, environment: undefined, releases: undefined, problems: [problem], waived: [], quorum: undefined };
}
