// GitHub's published types of the answers that the stand-in gives; the compiler holds it to them.

import type { components } from '@octokit/openapi-types';

type Schemas = components['schemas'];

export type User = Schemas['simple-user'];
export type Issue = Schemas['issue'];
export type IssueComment = Schemas['issue-comment'];
export type Label = Schemas['label'];
export type Deployment = Schemas['deployment'];
export type DeploymentStatus = Schemas['deployment-status'];
export type GitReference = Schemas['git-ref'];
export type GitCommit = Schemas['git-commit'];
export type MergeResult = Schemas['pull-request-merge-result'];
export type ChangedFileEntry = Schemas['diff-entry'];
export type BasicError = Schemas['basic-error'];
export type ValidationError = Schemas['validation-error'];

/** A repository without its many addresses. */
export type Repository = Pick<
  Schemas['full-repository'],
  | 'id'
  | 'node_id'
  | 'name'
  | 'full_name'
  | 'owner'
  | 'private'
  | 'html_url'
  | 'url'
  | 'clone_url'
  | 'description'
  | 'fork'
  | 'default_branch'
  | 'archived'
  | 'disabled'
  | 'visibility'
  | 'allow_merge_commit'
  | 'allow_squash_merge'
  | 'allow_rebase_merge'
>;

/** One end of a pull request. */
export type PullEnd = Pick<Schemas['pull-request']['head'], 'label' | 'ref' | 'sha' | 'user'> & { repo: Repository };

type PullField =
  | 'url'
  | 'id'
  | 'node_id'
  | 'html_url'
  | 'issue_url'
  | 'commits_url'
  | 'comments_url'
  | 'statuses_url'
  | 'number'
  | 'state'
  | 'locked'
  | 'title'
  | 'user'
  | 'body'
  | 'labels'
  | 'created_at'
  | 'updated_at'
  | 'closed_at'
  | 'merged_at'
  | 'merge_commit_sha'
  | 'draft'
  | 'merged'
  | 'mergeable'
  | 'mergeable_state'
  | 'merged_by'
  | 'comments'
  | 'commits'
  | 'additions'
  | 'deletions'
  | 'changed_files';

/** A pull request without the fields that nothing of ours reads. */
export type PullRequest = Pick<Schemas['pull-request'], PullField> & { head: PullEnd; base: PullEnd };

/** In lists GitHub leaves out what it would have to compute. */
export type PullRequestInList = Omit<
  PullRequest,
  | 'merged'
  | 'mergeable'
  | 'mergeable_state'
  | 'merged_by'
  | 'comments'
  | 'commits'
  | 'additions'
  | 'deletions'
  | 'changed_files'
>;
