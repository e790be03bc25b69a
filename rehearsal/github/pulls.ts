// Pull requests: their commits and files are read from the repository, and merging one really merges.

import { apiUrl, type Call, type Context, nodeId, pageUrl, renderRepository, renderUser, textOf } from './context.ts';
import { commitTree, findCommit, isAncestor, listChanges, listCommits, mergeTrees, moveReference } from './git.ts';
import { renderCommitInList } from './references.ts';
import { created, invalid, notFound, ok, paginate, problem, type Reply } from './reply.ts';
import type { ChangedFileEntry, MergeResult, PullEnd, PullRequest, PullRequestInList } from './schemas.ts';
import type { PullFacts, Thread } from './store.ts';
import { keepTestMerge } from './test-merge.ts';
import { applyThreadChanges, checkTexts, openThread, renderLabel, threadOf } from './threads.ts';

type PullThread = Thread & { pull: PullFacts };

export async function listPulls({ context, query }: Call): Promise<Reply> {
  const state = query.get('state') ?? 'open';
  const [, owner, head] = /^([^:]+):(.*)$/.exec(query.get('head') ?? '') ?? [];
  const base = query.get('base');
  const found = [...context.store.threads.values()]
    .filter(isPull)
    .filter(thread => state === 'all' || thread.state === state)
    .filter(({ pull }) => head === undefined || (pull.head === head && ownerOf(context, pull) === owner))
    .filter(({ pull }) => base === null || pull.base === base)
    .sort((a, b) => b.number - a.number);
  for (const thread of found) await followBranches(context, thread);
  return paginate(
    found.map(thread => renderInList(context, thread)),
    query,
  );
}

export async function createPull({ context, body, login }: Call): Promise<Reply> {
  const wrong = checkTexts(body, 'PullRequest', true);
  if (wrong !== undefined) return wrong;
  const [, owner, head = ''] = /^(?:([^:]+):)?(.*)$/.exec(textOf(body, 'head') ?? '') ?? [];
  const base = textOf(body, 'base') ?? '';
  const { folder, store } = context;
  const [headSha, baseSha] = [await findBranch(folder, head), await findBranch(folder, base)];
  if (headSha === undefined) return invalid('PullRequest', 'head', 'invalid');
  if (baseSha === undefined) return invalid('PullRequest', 'base', 'invalid');
  if (await isAncestor(folder, headSha, baseSha)) {
    return invalid('PullRequest', 'head', 'custom', `No commits between ${base} and ${head}`);
  }
  const isOpen = [...store.threads.values()].some(
    ({ state, pull }) => state === 'open' && pull?.head === head && pull.base === base,
  );
  if (isOpen) {
    const owner = context.repository.split('/')[0];
    return invalid('PullRequest', 'head', 'custom', `A pull request already exists for ${owner}:${head}.`);
  }
  const fork = owner === undefined || owner === context.repository.split('/')[0] ? {} : { headOwner: owner };
  const pull: PullFacts = { head, ...fork, base, headSha, baseSha, draft: body.draft === true, merge: null };
  const thread = openThread(context, body, login, pull);
  await keepTestMerge(folder, thread.number, pull);
  return created(await renderPull(context, { ...thread, pull }));
}

export async function getPull({ context, parameters }: Call): Promise<Reply> {
  const thread = await pullOf(context, parameters);
  return thread === undefined ? notFound() : ok(await renderPull(context, thread));
}

export async function updatePull({ context, parameters, body }: Call): Promise<Reply> {
  const thread = await pullOf(context, parameters);
  if (thread === undefined) return notFound();
  if (body.state === 'open' && thread.pull.merge !== null) return invalid('PullRequest', 'state', 'invalid');
  const wrong = checkTexts(body, 'PullRequest', false) ?? applyThreadChanges(context, thread, body);
  return wrong ?? ok(await renderPull(context, thread));
}

export async function listFiles({ context, parameters, query }: Call): Promise<Reply> {
  const thread = await pullOf(context, parameters);
  if (thread === undefined) return notFound();
  const { baseSha, headSha } = thread.pull;
  const files = await listChanges(context.folder, baseSha, headSha);
  const entries = files.map(
    ({ path, status, additions, deletions, patch }): ChangedFileEntry => ({
      sha: headSha,
      filename: path,
      status,
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: pageUrl(context, `blob/${headSha}/${path}`),
      raw_url: pageUrl(context, `raw/${headSha}/${path}`),
      contents_url: apiUrl(context, `contents/${path}?ref=${headSha}`),
      patch,
    }),
  );
  return paginate(entries, query);
}

export async function listPullCommits({ context, parameters, query }: Call): Promise<Reply> {
  const thread = await pullOf(context, parameters);
  if (thread === undefined) return notFound();
  const ids = await listCommits(context.folder, thread.pull.baseSha, thread.pull.headSha);
  return paginate(await Promise.all(ids.map(id => renderCommitInList(context, id))), query);
}

/** Merges into the base branch of the real repository and says that it was pushed. */
export async function mergePull({ context, parameters, body, login }: Call): Promise<Reply> {
  const thread = await pullOf(context, parameters);
  if (thread === undefined) return notFound();
  const { pull } = thread;
  const method = textOf(body, 'merge_method') ?? 'merge';
  if (method === 'rebase') return problem(405, 'Rebase merges are not allowed on this repository.');
  if (thread.state === 'closed' || pull.draft) return problem(405, 'Pull Request is not mergeable');
  if (body.sha !== undefined && body.sha !== pull.headSha) {
    return problem(409, 'Head branch was modified. Review and try the merge again.');
  }
  const merge = await mergeTrees(context.folder, pull.baseSha, pull.headSha);
  if (merge.kind === 'conflict') return problem(405, 'Pull Request is not mergeable');
  const sha = await commitTree(
    context.folder,
    merge.tree,
    method === 'squash' ? [pull.baseSha] : [pull.baseSha, pull.headSha],
    mergeMessage(context, thread, method, body),
  );
  const ref = `refs/heads/${pull.base}`;
  await moveReference(context.folder, ref, sha, pull.baseSha);
  const at = context.now();
  thread.pull.merge = { sha, by: login, at };
  Object.assign(thread, { state: 'closed', closedAt: at, updatedAt: at });
  context.pushed({ ref, before: pull.baseSha, after: sha });
  return ok({ sha, merged: true, message: 'Pull Request successfully merged' } satisfies MergeResult);
}

function mergeMessage(context: Context, thread: PullThread, method: string, body: Record<string, unknown>): string {
  const { number, title, pull } = thread;
  const owner = context.repository.split('/')[0];
  const usual =
    method === 'squash'
      ? { title: `${title} (#${number})`, text: thread.body ?? '' }
      : { title: `Merge pull request #${number} from ${owner}/${pull.head}`, text: title };
  return `${textOf(body, 'commit_title') ?? usual.title}\n\n${textOf(body, 'commit_message') ?? usual.text}`.trimEnd();
}

async function pullOf(context: Context, parameters: Record<string, string>): Promise<PullThread | undefined> {
  const thread = threadOf(context, parameters);
  if (thread === undefined || !isPull(thread)) return undefined;
  await followBranches(context, thread);
  return thread;
}

function isPull(thread: Thread): thread is PullThread {
  return thread.pull !== undefined;
}

/** An open request shows the commits that its branches are at now. */
async function followBranches({ folder }: Context, { state, number, pull }: PullThread): Promise<void> {
  if (state === 'closed') return;
  pull.headSha = (await findBranch(folder, pull.head)) ?? pull.headSha;
  pull.baseSha = (await findBranch(folder, pull.base)) ?? pull.baseSha;
  await keepTestMerge(folder, number, pull);
}

function findBranch(folder: string, branch: string): Promise<string | undefined> {
  return findCommit(folder, `refs/heads/${branch}`);
}

async function renderPull(context: Context, thread: PullThread): Promise<PullRequest> {
  const { pull, number, state } = thread;
  const files = await listChanges(context.folder, pull.baseSha, pull.headSha);
  const commits = await listCommits(context.folder, pull.baseSha, pull.headSha);
  const isMergeable =
    state === 'open' ? (await mergeTrees(context.folder, pull.baseSha, pull.headSha)).kind === 'merged' : null;
  const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);
  return {
    ...renderInList(context, thread),
    merged: pull.merge !== null,
    mergeable: isMergeable,
    mergeable_state: isMergeable === null ? 'unknown' : pull.draft ? 'draft' : isMergeable ? 'clean' : 'dirty',
    merged_by: pull.merge === null ? null : renderUser(context, pull.merge.by),
    comments: context.store.comments.filter(entry => entry.number === number).length,
    commits: commits.length,
    additions: sum(files.map(file => file.additions)),
    deletions: sum(files.map(file => file.deletions)),
    changed_files: files.length,
  };
}

function renderInList(context: Context, thread: PullThread): PullRequestInList {
  const { number, id, pull } = thread;
  const url = apiUrl(context, `pulls/${number}`);
  return {
    url,
    id,
    node_id: nodeId('PullRequest', id),
    html_url: pageUrl(context, `pull/${number}`),
    issue_url: apiUrl(context, `issues/${number}`),
    commits_url: `${url}/commits`,
    comments_url: apiUrl(context, `issues/${number}/comments`),
    statuses_url: apiUrl(context, `statuses/${pull.headSha}`),
    number,
    state: thread.state,
    locked: false,
    title: thread.title,
    user: renderUser(context, thread.author),
    body: thread.body,
    labels: thread.labels.map(name => renderLabel(context, name)),
    created_at: thread.createdAt,
    updated_at: thread.updatedAt,
    closed_at: thread.closedAt,
    merged_at: pull.merge?.at ?? null,
    merge_commit_sha: pull.merge?.sha ?? pull.testMerge?.sha ?? null,
    draft: pull.draft,
    head: renderEnd(forkOf(context, pull), pull.head, pull.headSha),
    base: renderEnd(context, pull.base, pull.baseSha),
  };
}

function ownerOf(context: Context, { headOwner }: PullFacts): string {
  return headOwner ?? context.repository.split('/')[0] ?? '';
}

/** A fork has the same name with another owner; its commits are in the one repository that there is, as in GitHub's network of forks. */
function forkOf(context: Context, pull: PullFacts): Context {
  return { ...context, repository: `${ownerOf(context, pull)}/${context.repository.split('/')[1] ?? ''}` };
}

function renderEnd(context: Context, ref: string, sha: string): PullEnd {
  const repo = renderRepository(context);
  return { label: `${repo.owner.login}:${ref}`, ref, sha, user: repo.owner, repo };
}
