// What a request is answered from, and the objects that appear inside many answers.

import type { Repository, User } from './schemas.ts';
import type { Store } from './store.ts';

export interface PushEvent {
  /** `refs/heads/main` */
  ref: string;
  before: string;
  after: string;
}

export interface Context {
  store: Store;
  /** Bare repository. */
  folder: string;
  /** `owner/name` */
  repository: string;
  /** Of the stand-in, without a slash at its end. */
  baseUrl: string;
  pushed: (event: PushEvent) => void;
  now: () => string;
}

export interface Call {
  context: Context;
  /** Values of the path's placeholders. */
  parameters: Record<string, string>;
  query: URLSearchParams;
  body: Record<string, unknown>;
  /** Login of who calls. */
  login: string;
}

/** The address of something in the repository, such as `issues/7`. */
export function apiUrl({ baseUrl, repository }: Context, path: string): string {
  return `${baseUrl}/repos/${repository}/${path}`;
}

export function pageUrl({ repository }: Context, path: string): string {
  return `https://github.com/${repository}/${path}`;
}

/** GitHub's node ids are opaque; any text will do. */
export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString('base64url');
}

export function renderUser(context: Context, login: string): User {
  const url = `${context.baseUrl}/users/${encodeURIComponent(login)}`;
  const isBot = login.endsWith('[bot]');
  const id = Buffer.from(login).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7);
  return {
    login,
    id,
    node_id: nodeId('User', login),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}`,
    gravatar_id: '',
    url,
    html_url: `https://github.com/${isBot ? `apps/${login.slice(0, -5)}` : login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: isBot ? 'Bot' : 'User',
    site_admin: false,
  };
}

export function renderRepository(context: Context): Repository {
  const [owner = '', name = ''] = context.repository.split('/');
  return {
    id: 1,
    node_id: nodeId('Repository', context.repository),
    name,
    full_name: context.repository,
    owner: renderUser(context, owner),
    private: false,
    html_url: `https://github.com/${context.repository}`,
    url: `${context.baseUrl}/repos/${context.repository}`,
    clone_url: `https://github.com/${context.repository}.git`,
    description: null,
    fork: false,
    default_branch: 'main',
    archived: false,
    disabled: false,
    visibility: 'public',
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: false,
  };
}

/** A text of a request's body; undefined when it is absent or no text. */
export function textOf(body: Record<string, unknown>, field: string): string | undefined {
  const value = body[field];
  return typeof value === 'string' ? value : undefined;
}
