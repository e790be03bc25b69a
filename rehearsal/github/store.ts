// What the stand-in for GitHub remembers: plain values, numbered as GitHub numbers them.

import type { Deployment, DeploymentStatus, IssueComment } from './schemas.ts';

export interface Thread {
  number: number;
  id: number;
  title: string;
  body: string | null;
  /** Login of who opened it. */
  author: string;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'reopened' | null;
  labels: string[];
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  /** Present when the thread is a pull request. */
  pull?: PullFacts;
}

export interface PullFacts {
  /** Branch names. */
  head: string;
  base: string;
  /** Owner of the fork that the head is in; undefined: this repository's. */
  headOwner?: string;
  draft: boolean;
  /** Commits of both ends; they move with their branches until the request is closed. */
  headSha: string;
  baseSha: string;
  /** The merge as it would be, of which base and head; null when they conflict. */
  testMerge?: { of: string; sha: string | null };
  merge: { sha: string; by: string; at: string } | null;
}

export interface Store {
  /** Issues and pull requests share their numbers. */
  threads: Map<number, Thread>;
  /** By the thread's number. */
  comments: { number: number; comment: IssueComment }[];
  deployments: Deployment[];
  /** By the deployment's id, oldest first. */
  statuses: { deployment: number; status: DeploymentStatus }[];
  lastId: number;
}

export function emptyStore(): Store {
  return { threads: new Map(), comments: [], deployments: [], statuses: [], lastId: 1000 };
}

export function nextId(store: Store): number {
  store.lastId += 1;
  return store.lastId;
}

export function nextNumber(store: Store): number {
  return store.threads.size + 1;
}
