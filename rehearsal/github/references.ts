// Git references and commits, read from and written to the real repository.

import { apiUrl, type Call, type Context, nodeId, pageUrl, renderRepository, textOf } from './context.ts';
import { findCommit, git, isAncestor, listReferences, moveReference, readCommit } from './git.ts';
import { created, noContent, notFound, ok, problem, type Reply } from './reply.ts';
import type { GitCommit, GitReference } from './schemas.ts';

const noCommit = '0'.repeat(40);

export function getRepository({ context }: Call): Reply {
  return ok(renderRepository(context));
}

export async function getReference({ context, parameters }: Call): Promise<Reply> {
  const name = `refs/${parameters.ref ?? ''}`;
  const sha = await findCommit(context.folder, name);
  return sha === undefined ? notFound() : ok(renderReference(context, name, sha));
}

export async function listMatchingReferences({ context, parameters }: Call): Promise<Reply> {
  const found = await listReferences(context.folder, `refs/${parameters.ref ?? ''}`);
  return ok(found.map(({ name, sha }) => renderReference(context, name, sha)));
}

export async function createReference({ context, body }: Call): Promise<Reply> {
  const name = textOf(body, 'ref') ?? '';
  if (!/^refs\/(heads|tags)\/[^\s~^:?*[\\]+$/.test(name)) return problem(422, 'Reference name is invalid');
  const sha = await commitNamed(context, body);
  if (sha === undefined) return problem(422, 'Object does not exist');
  if ((await findCommit(context.folder, name)) !== undefined) return problem(422, 'Reference already exists');
  await moveReference(context.folder, name, sha, noCommit);
  context.pushed({ ref: name, before: noCommit, after: sha });
  return created(renderReference(context, name, sha));
}

export async function updateReference({ context, parameters, body }: Call): Promise<Reply> {
  const name = `refs/${parameters.ref ?? ''}`;
  const before = await findCommit(context.folder, name);
  if (before === undefined) return problem(422, 'Reference does not exist');
  const after = await commitNamed(context, body);
  if (after === undefined) return problem(422, 'Object does not exist');
  if (body.force !== true && !(await isAncestor(context.folder, before, after))) {
    return problem(422, 'Update is not a fast forward');
  }
  await moveReference(context.folder, name, after, before);
  context.pushed({ ref: name, before, after });
  return ok(renderReference(context, name, after));
}

export async function deleteReference({ context, parameters }: Call): Promise<Reply> {
  const name = `refs/${parameters.ref ?? ''}`;
  const before = await findCommit(context.folder, name);
  if (before === undefined) return problem(422, 'Reference does not exist');
  await git(context.folder, ['update-ref', '-d', name, before]);
  context.pushed({ ref: name, before, after: noCommit });
  return noContent();
}

export async function getGitCommit({ context, parameters }: Call): Promise<Reply> {
  const sha = await findCommit(context.folder, parameters.sha ?? '');
  return sha === undefined ? notFound() : ok(await renderGitCommit(context, sha));
}

/** A commit as it stands in the list of a pull request, its files left out. */
export async function renderCommitInList(context: Context, sha: string) {
  const { author, committer, message, tree, parents, verification } = await renderGitCommit(context, sha);
  const url = apiUrl(context, `commits/${sha}`);
  return {
    url,
    sha,
    node_id: nodeId('Commit', sha),
    html_url: pageUrl(context, `commit/${sha}`),
    comments_url: `${url}/comments`,
    commit: { url, author, committer, message, comment_count: 0, tree, verification },
    author: null,
    committer: null,
    parents,
  };
}

/** The commit that the body's `sha` is, if it is a full id. */
async function commitNamed({ folder }: Context, body: Record<string, unknown>): Promise<string | undefined> {
  const sha = textOf(body, 'sha') ?? '';
  return /^[0-9a-f]{40}$/.test(sha) ? findCommit(folder, sha) : undefined;
}

function renderReference(context: Context, name: string, sha: string): GitReference {
  return {
    ref: name,
    node_id: nodeId('Ref', name),
    url: apiUrl(context, `git/${name}`),
    object: { type: 'commit', sha, url: apiUrl(context, `git/commits/${sha}`) },
  };
}

async function renderGitCommit(context: Context, sha: string): Promise<GitCommit> {
  const { tree, parents, message, author, committer } = await readCommit(context.folder, sha);
  return {
    sha,
    node_id: nodeId('Commit', sha),
    url: apiUrl(context, `git/commits/${sha}`),
    html_url: pageUrl(context, `commit/${sha}`),
    author,
    committer,
    message,
    tree: { sha: tree, url: apiUrl(context, `git/trees/${tree}`) },
    parents: parents.map(parent => ({
      sha: parent,
      url: apiUrl(context, `git/commits/${parent}`),
      html_url: pageUrl(context, `commit/${parent}`),
    })),
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
  };
}
