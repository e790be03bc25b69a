// Reads the two sides of a change: what is judged, and what it is compared with.

import { changedFiles } from '#adapters/git/changed-files.ts';
import { commitsSince, findCommit, isRepository, mergeBase, requireCommit, usualBase } from '#adapters/git/commits.ts';
import { readCommit, readWorkingTree } from '#adapters/git/revision.ts';
import {
  type ChartFile,
  type EnvironmentFolder,
  type RepositoryFile,
  readCharts,
  readFolders,
} from '#core/validation/repository-file.ts';
import { checksAmong, renderingCode } from '#core/validation/touched.ts';
import type { RuleProblem } from '#core/validation/verdict.ts';

/** What says how a fleet is, and what turns that into releases. */
const described = ['environments', 'charts'];
const folders = [...described, renderingCode.replace(/\/$/, '')];

export interface RevisionOptions {
  /** The checkout, or a folder in it. */
  directory: string;
  /** Revision to judge; undefined: the working tree. */
  head: string | undefined;
  /** Revision that it is to be merged into; undefined: the usual one. */
  base: string | undefined;
}

export interface Side {
  /** Commit, or `working tree`. */
  commit: string;
  files: RepositoryFile[];
  folders: EnvironmentFolder[];
  charts: ChartFile[];
  chartProblems: RuleProblem[];
}

export interface Sides {
  head: Side;
  /** As of the commit at which head left the base; undefined when there is nothing to compare with. */
  base: Side | undefined;
  /** Files of the checks themselves that differ, by what is committed. */
  checks: string[];
  notes: string[];
}

/** @throws {GitError} */
export async function readSides({ directory, head, base }: RevisionOptions): Promise<Sides> {
  if (!(await isRepository(directory))) {
    const files = await readWorkingTree(directory, folders);
    const note = `${directory} is in no git repository, so nothing is compared.`;
    return { head: sideOf('working tree', files), base: undefined, checks: [], notes: [note] };
  }
  const judged = head === undefined ? undefined : await requireCommit(directory, head);
  const files = judged === undefined ? readWorkingTree(directory, folders) : readCommit(directory, judged, folders);
  const compared = await findBase(directory, judged, base);
  const other = compared.commit === undefined ? undefined : await readCommit(directory, compared.commit, folders);
  return {
    head: sideOf(judged ?? 'working tree', await files),
    base: other && sideOf(compared.commit ?? '', other),
    checks: checksAmong(compared.paths),
    notes: compared.notes,
  };
}

async function findBase(
  directory: string,
  judged: string | undefined,
  given: string | undefined,
): Promise<{ commit: string | undefined; paths: string[]; notes: string[] }> {
  const name = given ?? (await usualBase(directory));
  const tip = name === undefined ? undefined : await requireCommit(directory, name);
  const from = judged ?? (await findCommit(directory, 'HEAD'));
  if (tip === undefined || from === undefined) {
    const note = 'There is no main branch here, so nothing is compared. Name one by --base.';
    return { commit: undefined, paths: [], notes: [note] };
  }
  const commit = await mergeBase(directory, tip, from);
  const paths = (await changedFiles(directory, commit, from)) ?? [];
  const ahead = await commitsSince(directory, commit, tip, described);
  if (ahead === 0) return { commit, paths, notes: [] };
  const commits = ahead === 1 ? 'a commit' : `${ahead} commits`;
  const note = `The base branch has ${commits} on environments or charts that this branch lacks: they are not part of what is shown. Merge it into the branch to see both together.`;
  return { commit, paths, notes: [note] };
}

function sideOf(commit: string, files: RepositoryFile[]): Side {
  const { charts, problems } = readCharts(files);
  return { commit, files, folders: readFolders(files), charts, chartProblems: problems };
}
