// Issues and the comments of issues and pull requests.

import { apiUrl, type Call, type Context, nodeId, pageUrl, renderUser, textOf } from './context.ts';
import { created, invalid, noContent, notFound, ok, paginate, type Reply } from './reply.ts';
import type { Issue, IssueComment, Label } from './schemas.ts';
import { nextId, nextNumber, type PullFacts, type Thread } from './store.ts';

/** Longest body of an issue, a pull request or a comment. Source: the error that GitHub answers with. */
const longestBody = 65_536;

export function listIssues({ context, query }: Call): Reply {
  const state = query.get('state') ?? 'open';
  const labels = (query.get('labels') ?? '').split(',').filter(label => label !== '');
  const creator = query.get('creator');
  const found = [...context.store.threads.values()]
    .filter(thread => state === 'all' || thread.state === state)
    .filter(thread => labels.every(label => thread.labels.includes(label)))
    .filter(thread => creator === null || thread.author === creator)
    .sort((a, b) => b.number - a.number);
  return paginate(
    found.map(thread => renderIssue(context, thread)),
    query,
  );
}

export function createIssue({ context, body, login }: Call): Reply {
  const problem = checkTexts(body, 'Issue', true);
  if (problem !== undefined) return problem;
  return created(renderIssue(context, openThread(context, body, login)));
}

export function getIssue({ context, parameters }: Call): Reply {
  const thread = threadOf(context, parameters);
  return thread === undefined ? notFound() : ok(renderIssue(context, thread));
}

export function updateIssue({ context, parameters, body }: Call): Reply {
  const thread = threadOf(context, parameters);
  if (thread === undefined) return notFound();
  const problem = checkTexts(body, 'Issue', false) ?? applyThreadChanges(context, thread, body);
  return problem ?? ok(renderIssue(context, thread));
}

export function addLabels({ context, parameters, body }: Call): Reply {
  const thread = threadOf(context, parameters);
  if (thread === undefined) return notFound();
  thread.labels = [...new Set([...thread.labels, ...labelsOf(body)])];
  return ok(thread.labels.map(name => renderLabel(context, name)));
}

export function listComments({ context, parameters, query }: Call): Reply {
  const thread = threadOf(context, parameters);
  if (thread === undefined) return notFound();
  const own = context.store.comments.filter(({ number }) => number === thread.number);
  return paginate(
    own.map(({ comment }) => comment),
    query,
  );
}

export function createComment({ context, parameters, body, login }: Call): Reply {
  const thread = threadOf(context, parameters);
  if (thread === undefined) return notFound();
  const problem = checkComment(body);
  if (problem !== undefined) return problem;
  const { store } = context;
  const id = nextId(store);
  const now = context.now();
  const comment: IssueComment = {
    id,
    node_id: nodeId('IssueComment', id),
    url: apiUrl(context, `issues/comments/${id}`),
    html_url: pageUrl(context, `${thread.pull ? 'pull' : 'issues'}/${thread.number}#issuecomment-${id}`),
    issue_url: apiUrl(context, `issues/${thread.number}`),
    body: textOf(body, 'body') ?? '',
    user: renderUser(context, login),
    author_association: 'CONTRIBUTOR',
    created_at: now,
    updated_at: now,
  };
  store.comments.push({ number: thread.number, comment });
  return created(comment);
}

export function getComment({ context, parameters }: Call): Reply {
  const comment = commentOf(context, parameters);
  return comment === undefined ? notFound() : ok(comment);
}

export function updateComment({ context, parameters, body }: Call): Reply {
  const comment = commentOf(context, parameters);
  if (comment === undefined) return notFound();
  const problem = checkComment(body);
  if (problem !== undefined) return problem;
  comment.body = textOf(body, 'body') ?? '';
  comment.updated_at = context.now();
  return ok(comment);
}

export function deleteComment({ context, parameters }: Call): Reply {
  const comment = commentOf(context, parameters);
  if (comment === undefined) return notFound();
  context.store.comments = context.store.comments.filter(entry => entry.comment !== comment);
  return noContent();
}

/** Opens an issue, or with `pull` a pull request; the body has been checked. */
export function openThread(context: Context, body: Record<string, unknown>, login: string, pull?: PullFacts): Thread {
  const now = context.now();
  const thread: Thread = {
    number: nextNumber(context.store),
    id: nextId(context.store),
    title: textOf(body, 'title') ?? '',
    body: textOf(body, 'body') ?? null,
    author: login,
    state: 'open',
    stateReason: null,
    labels: labelsOf(body),
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    ...(pull && { pull }),
  };
  context.store.threads.set(thread.number, thread);
  return thread;
}

/** What issues and pull requests have in common of an update. */
export function applyThreadChanges(context: Context, thread: Thread, body: Record<string, unknown>): Reply | undefined {
  const state = body.state;
  if (state !== undefined && state !== 'open' && state !== 'closed') return invalid('Issue', 'state', 'invalid');
  thread.title = textOf(body, 'title') ?? thread.title;
  thread.body = textOf(body, 'body') ?? thread.body;
  if (Array.isArray(body.labels)) thread.labels = labelsOf(body);
  thread.updatedAt = context.now();
  if (state !== undefined && state !== thread.state) {
    thread.state = state;
    thread.closedAt = state === 'closed' ? thread.updatedAt : null;
    const reason = body.state_reason;
    thread.stateReason = state === 'open' ? 'reopened' : reason === 'not_planned' ? 'not_planned' : 'completed';
  }
  return undefined;
}

/** What is wrong with the title and body of a request. */
export function checkTexts(body: Record<string, unknown>, resource: string, isNew: boolean): Reply | undefined {
  if (isNew && (textOf(body, 'title') ?? '') === '') return invalid(resource, 'title', 'missing_field');
  if ((textOf(body, 'body') ?? '').length > longestBody) {
    return invalid(resource, 'body', 'custom', `body is too long (maximum is ${longestBody} characters)`);
  }
  return undefined;
}

export function threadOf({ store }: Context, { number = '' }: Record<string, string>): Thread | undefined {
  return store.threads.get(Number(number));
}

export function renderLabel(context: Context, name: string): Label {
  return {
    id: name.length,
    node_id: nodeId('Label', name),
    url: apiUrl(context, `labels/${encodeURIComponent(name)}`),
    name,
    description: null,
    color: 'ededed',
    default: false,
  };
}

function renderIssue(context: Context, thread: Thread): Issue {
  const { number, id, pull } = thread;
  const url = apiUrl(context, `issues/${number}`);
  const page = pageUrl(context, `${pull ? 'pull' : 'issues'}/${number}`);
  return {
    id,
    node_id: nodeId('Issue', id),
    url,
    repository_url: `${context.baseUrl}/repos/${context.repository}`,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    number,
    state: thread.state,
    state_reason: thread.stateReason,
    title: thread.title,
    body: thread.body,
    user: renderUser(context, thread.author),
    labels: thread.labels.map(name => renderLabel(context, name)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    comments: context.store.comments.filter(entry => entry.number === number).length,
    closed_at: thread.closedAt,
    created_at: thread.createdAt,
    updated_at: thread.updatedAt,
    ...(pull && {
      draft: pull.draft,
      pull_request: {
        url: apiUrl(context, `pulls/${number}`),
        html_url: page,
        diff_url: `${page}.diff`,
        patch_url: `${page}.patch`,
        merged_at: pull.merge?.at ?? null,
      },
    }),
  };
}

function commentOf({ store }: Context, { id = '' }: Record<string, string>): IssueComment | undefined {
  return store.comments.find(({ comment }) => comment.id === Number(id))?.comment;
}

function checkComment(body: Record<string, unknown>): Reply | undefined {
  if ((textOf(body, 'body') ?? '') === '') return invalid('IssueComment', 'body', 'missing_field');
  return checkTexts(body, 'IssueComment', false);
}

function labelsOf(body: Record<string, unknown>): string[] {
  const { labels } = body;
  if (!Array.isArray(labels)) return [];
  return labels.map((label: unknown) => (typeof label === 'string' ? label : String((label as { name: string }).name)));
}
