// Says what a verdict means to a reviewer, as blocks: the verdict first, then what is wrong, what merging does, and what exactly changes.

import { groupDiffs } from '../manifest/group.ts';
import { describeDuration } from '../rollout/summary.ts';
import type { Block, ShownProblem, Span } from './report-block.ts';
import { countChanges, describeObjects, noiseOf } from './report-diff.ts';
import { describeForecast } from './report-forecast.ts';
import type { EnvironmentVerdict, QuorumProof, RuleProblem, Verdict, WaivedProblem } from './verdict.ts';

export interface ReportContext {
  /** Page of the repository, such as https://github.com/owner/name; undefined: nothing is linked. */
  repository: string | undefined;
  /** Values longer than this are told by their length. In characters. */
  longestValue: number;
  /** Where the whole is when something is told by its length, such as `the job summary`. */
  whole: string;
  /** What has to be said before everything else, such as who computed it. */
  caution?: string | undefined;
}

/** The whole report; its first block is the verdict in one line. */
export function describeVerdict(verdict: Verdict, context: ReportContext): Block[] {
  const told = verdict.environments.filter(isTold);
  const rest = verdict.environments
    .filter(each => !isTold(each))
    .map(({ name, waived }) => (waived.length === 0 ? name : `${name} (${waived.length} waived)`));
  return [
    { kind: 'heading', level: 2, text: [headline(verdict)] },
    ...(context.caution === undefined ? [] : [paragraph({ strong: 'Caution: ' }, context.caution)]),
    ...checksBlock(verdict),
    paragraph(...comparison(verdict, context)),
    ...problemBlocks(verdict.problems, [], verdict, context),
    ...told.flatMap(each => describeEnvironment(each, verdict, context)),
    ...(rest.length === 0 ? [] : [paragraph(`Untouched, and without problems: ${rest.join(', ')}.`)]),
  ];
}

/** Before all else: no rule can say whether a rule was rightly changed. */
function checksBlock({ checks }: Verdict): Block[] {
  if (checks.length === 0) return [];
  const text = `${few(checks)}. A pull request is judged by the checks of its base, so nothing here says whether these changes are right: read them.`;
  return [paragraph({ strong: 'This changes the checks themselves: ' }, text)];
}

/** One line: whether it may be merged, and what that does. */
export function headline(verdict: Verdict): string {
  const errors = problemsOf(verdict).filter(each => each.level === 'error');
  const warnings = problemsOf(verdict).length - errors.length;
  const excused = verdict.environments.flatMap(each => each.waived).filter(each => each.isNew).length;
  const also = [
    ...(warnings === 0 ? [] : [`, ${count(warnings, 'warning')}`]),
    ...(excused === 0 ? [] : [`, ${excused} excused by this very change`]),
  ].join('');
  if (errors.length > 0) {
    const where = verdict.environments
      .filter(each => each.problems.some(problem => problem.level === 'error'))
      .map(each => short(each.name));
    return `⛔ ${count(errors.length, 'problem')}${where.length === 0 ? '' : ` in ${few(where)}`}${also}: not ready to be merged`;
  }
  const changing = verdict.environments.filter(each => each.change !== 'untouched');
  const effects = changing.map(each => `${short(each.name)} ${effectOf(each)}`);
  const start = isFullyChecked(verdict) ? '✅ No problems' : '⚠ Not fully checked, since nothing was rendered';
  return `${start}${also}: ${effects.length === 0 ? 'no environment is touched' : few(effects, '; ')}`;
}

/** A plan without a diff: what the charts make of the change was looked at by nobody. */
export function isFullyChecked({ environments }: Verdict): boolean {
  return environments.every(
    ({ change, forecast, diffs }) =>
      change === 'untouched' || change === 'removed' || forecast === undefined || diffs !== undefined,
  );
}

/** Of all environments and of none. */
export function problemsOf(verdict: Verdict): RuleProblem[] {
  return [...verdict.problems, ...verdict.environments.flatMap(each => each.problems)];
}

function isTold({ change, problems, notes }: EnvironmentVerdict): boolean {
  return change !== 'untouched' || problems.length + notes.length > 0;
}

function effectOf({ change, forecast, diffs }: EnvironmentVerdict): string {
  if (change === 'removed') return 'is removed from the repository';
  if (forecast === undefined) return 'changes, and how it rolls out cannot be told';
  if (forecast.end.startsWith('blocked')) return 'changes, and its rollout is blocked';
  if (forecast.steps.length === 0) {
    const differs = diffs?.some(each => each.change !== 'unchanged') ?? true;
    return differs ? 'starts no rollout' : 'stays as it is';
  }
  const upgrades = [...forecast.steps, ...forecast.followedBy].filter(({ step }) => step.kind.startsWith('upgrade'));
  const missed = forecast.expectedMissedBlocks;
  const cost = missed === 0 ? 'no block' : count(missed, 'block');
  const waits = forecast.end.startsWith('ask') ? ', then waits for a person' : '';
  return `is rolled out in ${describeDuration(forecast.expectedSeconds)}${waits} (${count(upgrades.length, 'upgrade')}, expected to miss ${cost})`;
}

function comparison({ base, head }: Verdict, { repository }: ReportContext): Span[] {
  const judged: Span = head === 'working tree' ? 'The working tree' : commit(head, repository);
  if (base === undefined) return [judged, ' was judged by itself: there is nothing to compare it with.'];
  return [judged, ' against ', commit(base, repository), ', where it left the base branch.'];
}

function commit(id: string, repository: string | undefined): Span {
  const short = id.slice(0, 12);
  return repository === undefined || !isCommit(id)
    ? { code: short }
    : { link: short, url: `${repository}/commit/${id}` };
}

function describeEnvironment(each: EnvironmentVerdict, verdict: Verdict, context: ReportContext): Block[] {
  return [
    { kind: 'heading', level: 3, text: [`${each.name}: ${each.change}`] },
    ...problemBlocks(each.problems, each.waived, verdict, context),
    ...(each.notes.length === 0 ? [] : [{ kind: 'list', items: each.notes.map(note => [note]) } as const]),
    ...(each.change === 'untouched' ? [] : describeForecast(each.forecast)),
    ...(each.change === 'untouched' ? [] : diffBlocks(each, context)),
    ...(each.change === 'untouched' && holds(each.quorum) ? [] : quorumBlocks(each.quorum)),
  ];
}

function problemBlocks(
  problems: readonly RuleProblem[],
  waived: readonly WaivedProblem[],
  verdict: Verdict,
  context: ReportContext,
): Block[] {
  const show = (problem: RuleProblem): ShownProblem => ({
    ...problem,
    url: pageOf(problem, verdict, context),
    ruleUrl: rulePageOf(problem, verdict, context),
  });
  const blocks: Block[] = [];
  if (problems.length > 0) blocks.push({ kind: 'problems', problems: problems.map(show) });
  const excuse = (each: WaivedProblem): ShownProblem => ({
    ...show(each),
    waiver: { reason: each.reason, until: each.until },
  });
  const [fresh, known] = [waived.filter(each => each.isNew), waived.filter(each => !each.isNew)];
  if (fresh.length > 0) {
    const text = 'a reviewer decides whether the reason is good enough.';
    blocks.push(paragraph({ strong: 'This change brings its own excuse: ' }, text));
    blocks.push({ kind: 'problems', problems: fresh.map(excuse) });
  }
  if (known.length > 0) {
    blocks.push({
      kind: 'details',
      summary: [`${count(known.length, 'problem')} waived`],
      blocks: [{ kind: 'problems', problems: known.map(excuse) }],
    });
  }
  return blocks;
}

/** What is removed is shown as it was. */
function pageOf({ file, line }: RuleProblem, verdict: Verdict, { repository }: ReportContext): string | undefined {
  const name = /^environments\/([^/]+)\//.exec(file)?.[1];
  const isGone = verdict.environments.some(each => each.name === name && each.change === 'removed');
  const commit = isGone ? verdict.base : verdict.head;
  const parts = file.toWellFormed().split('/');
  // A browser would go up for these, to a page of somebody else.
  if (parts.some(part => part === '.' || part === '..')) return undefined;
  if (repository === undefined || commit === undefined || !isCommit(commit)) return undefined;
  return `${repository}/blob/${commit}/${parts.map(encodeURIComponent).join('/')}#L${line}`;
}

/** Where it is told why the rule is there and how to mend a breach; of the commit that is judged, which may have added it. */
function rulePageOf({ rule }: RuleProblem, { head }: Verdict, { repository }: ReportContext): string | undefined {
  if (repository === undefined || !isCommit(head)) return undefined;
  return `${repository}/blob/${head}/docs/rules.md#${encodeURIComponent(rule.toWellFormed())}`;
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(text);
}

function holds(quorum: QuorumProof | undefined): boolean {
  return quorum?.losses.every(each => each.holds) === true;
}

function quorumBlocks(quorum: QuorumProof | undefined): Block[] {
  if (quorum === undefined) return [];
  const { members, majority, losses } = quorum;
  const broken = losses.filter(each => !each.holds);
  const rows = losses.map((each): Span[][] => [
    [`${each.domain} ${each.name}`],
    [String(each.members)],
    [`${each.left} of ${members}`],
    each.holds ? ['✅ majority holds'] : [{ strong: `⛔ fewer than ${majority}` }],
  ]);
  const says =
    broken.length === 0
      ? `etcd outlives the loss of any one site and any one cloud (${members} members, ${majority} must be left)`
      : `etcd does not outlive the loss of ${broken.map(each => `${each.domain} ${each.name}`).join(', ')}`;
  const table: Block = { kind: 'table', head: ['lost', 'members in it', 'left', ''], rows };
  return broken.length === 0
    ? [{ kind: 'details', summary: [says], blocks: [table] }]
    : [paragraph({ strong: `${says}.` }), table];
}

function diffBlocks({ diffs, change }: EnvironmentVerdict, context: ReportContext): Block[] {
  if (diffs === undefined || change === 'removed') return [];
  const heading: Block = { kind: 'heading', level: 4, text: ['What changes in the clusters'] };
  const groups = groupDiffs(diffs.filter(each => each.change !== 'unchanged'));
  if (groups.length === 0) return [heading, paragraph(`Nothing: all ${diffs.length} releases are rendered as before.`)];
  const clusters = [...new Set(diffs.map(each => each.cluster))];
  return [
    heading,
    ...clusters.flatMap((cluster): Block[] => {
      const own = groups.filter(each => each.cluster === cluster);
      const same = diffs
        .filter(each => each.cluster === cluster && each.change === 'unchanged')
        .map(each => each.release);
      if (own.length === 0) return [paragraph({ strong: cluster }, `: nothing changes in ${same.join(', ')}.`)];
      const releases = own.flatMap(each => each.releases);
      const unchanged = same.length === 0 ? [] : [paragraph(`Unchanged: ${same.join(', ')}.`)];
      const blocks = own.flatMap((group): Block[] => [
        paragraph({ strong: `${group.releases.join(', ')}` }, ` (${group.chart}): ${group.change}`),
        ...describeObjects(group.objects, context),
        ...noiseOf(group.objects, context),
      ]);
      const summary = `${short(cluster)}: ${few(releases.map(short))} (${countChanges(own.flatMap(each => each.objects))})`;
      return [{ kind: 'details', summary: [summary], blocks: [...blocks, ...unchanged] }];
    }),
  ];
}

function paragraph(...text: Span[]): Block {
  return { kind: 'paragraph', text };
}

/** A name in a headline; whole it stands further below. */
function short(name: string): string {
  return name.length <= 60 ? name : `${name.slice(0, 59)}…`;
}

/** The first of many; all of them stand further below. */
function few(texts: readonly string[], between = ', '): string {
  const most = 8;
  return [...texts.slice(0, most), ...(texts.length > most ? [`${texts.length - most} more`] : [])].join(between);
}

export function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}
