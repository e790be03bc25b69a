// Deployments and their statuses.

import { apiUrl, type Call, type Context, nodeId, renderUser, textOf } from './context.ts';
import { findCommit } from './git.ts';
import { created, invalid, notFound, ok, paginate, problem, type Reply } from './reply.ts';
import type { Deployment, DeploymentStatus } from './schemas.ts';
import { nextId } from './store.ts';

const states = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'] as const;

/** Longest description of a status. Source: docs.github.com/rest/deployments/statuses. */
const longestDescription = 140;

export function listDeployments({ context, query }: Call): Reply {
  const found = context.store.deployments.filter(deployment =>
    (['environment', 'ref', 'sha', 'task'] as const).every(
      field => (query.get(field) ?? deployment[field]) === deployment[field],
    ),
  );
  return paginate(found.toReversed(), query);
}

export async function createDeployment({ context, body, login }: Call): Promise<Reply> {
  const ref = textOf(body, 'ref') ?? '';
  if (ref === '') return invalid('Deployment', 'ref', 'missing_field');
  const sha = await findCommit(context.folder, ref);
  if (sha === undefined) return problem(422, `No ref found for: ${ref}`);
  const { store } = context;
  const id = nextId(store);
  const url = apiUrl(context, `deployments/${id}`);
  const environment = textOf(body, 'environment') ?? 'production';
  const now = context.now();
  const deployment: Deployment = {
    url,
    id,
    node_id: nodeId('Deployment', id),
    sha,
    ref,
    task: textOf(body, 'task') ?? 'deploy',
    payload: payloadOf(body.payload),
    original_environment: environment,
    environment,
    description: textOf(body, 'description') ?? null,
    creator: renderUser(context, login),
    created_at: now,
    updated_at: now,
    statuses_url: `${url}/statuses`,
    repository_url: `${context.baseUrl}/repos/${context.repository}`,
    transient_environment: body.transient_environment === true,
    production_environment: (body.production_environment ?? environment === 'production') === true,
  };
  store.deployments.push(deployment);
  return created(deployment);
}

export function getDeployment({ context, parameters }: Call): Reply {
  const deployment = deploymentOf(context, parameters);
  return deployment === undefined ? notFound() : ok(deployment);
}

export function listStatuses({ context, parameters, query }: Call): Reply {
  const deployment = deploymentOf(context, parameters);
  if (deployment === undefined) return notFound();
  const own = context.store.statuses.filter(entry => entry.deployment === deployment.id);
  return paginate(own.map(({ status }) => status).toReversed(), query);
}

export function createStatus({ context, parameters, body, login }: Call): Reply {
  const deployment = deploymentOf(context, parameters);
  if (deployment === undefined) return notFound();
  const state = states.find(known => known === body.state);
  if (state === undefined) return invalid('DeploymentStatus', 'state', body.state ? 'invalid' : 'missing_field');
  const description = textOf(body, 'description') ?? '';
  if (description.length > longestDescription) {
    return invalid(
      'DeploymentStatus',
      'description',
      'custom',
      `description is too long (maximum is ${longestDescription} characters)`,
    );
  }
  const status = addStatus(context, deployment, login, state, body);
  if (state === 'success' && body.auto_inactive !== false) deactivateEarlier(context, deployment, login);
  return created(status);
}

function addStatus(
  context: Context,
  deployment: Deployment,
  login: string,
  state: DeploymentStatus['state'],
  body: Record<string, unknown>,
): DeploymentStatus {
  const id = nextId(context.store);
  const now = context.now();
  const status: DeploymentStatus = {
    url: `${deployment.statuses_url}/${id}`,
    id,
    node_id: nodeId('DeploymentStatus', id),
    state,
    creator: renderUser(context, login),
    description: textOf(body, 'description') ?? '',
    environment: textOf(body, 'environment') ?? deployment.environment,
    target_url: textOf(body, 'log_url') ?? textOf(body, 'target_url') ?? '',
    log_url: textOf(body, 'log_url') ?? '',
    environment_url: textOf(body, 'environment_url') ?? '',
    created_at: now,
    updated_at: now,
    deployment_url: deployment.url,
    repository_url: deployment.repository_url,
  };
  context.store.statuses.push({ deployment: Number(deployment.id), status });
  deployment.updated_at = now;
  return status;
}

/** A success makes the earlier deployments to the same environment inactive, production and transient ones apart. */
function deactivateEarlier(context: Context, { id, environment }: Deployment, login: string): void {
  const { deployments, statuses } = context.store;
  for (const other of deployments) {
    const isConcerned =
      other.id < id &&
      other.environment === environment &&
      other.transient_environment !== true &&
      other.production_environment !== true;
    const last = statuses.findLast(entry => entry.deployment === other.id)?.status.state;
    if (isConcerned && last === 'success') addStatus(context, other, login, 'inactive', {});
  }
}

function deploymentOf({ store }: Context, { id = '' }: Record<string, string>): Deployment | undefined {
  return store.deployments.find(deployment => deployment.id === Number(id));
}

function payloadOf(payload: unknown): Deployment['payload'] {
  if (typeof payload === 'string') return payload;
  return typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {};
}
