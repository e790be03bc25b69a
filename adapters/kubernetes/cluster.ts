// Talks to one cluster's Kubernetes API in raw JSON: typed models would silently drop fields they do not know.

import { delimiter } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
// client-node hands out dispatchers of undici 8; Node's own fetch refuses them ("invalid onRequestStart method").
import { fetch } from 'undici';
import { codeOfStatus, connectionError, KubernetesError } from './kubernetes-error.ts';

export interface ClusterAccess {
  /** Name in messages. */
  name: string;
  /** One or more paths, separated as in PATH; the first file that has the context is used. */
  kubeconfig: string;
  context: string;
  /** Limit of one request, in ms. */
  requestTimeoutMs?: number;
}

export interface RequestOptions {
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  timeoutMs?: number;
}

/** Pauses between the attempts of a read; writes are sent once. */
const readRetryDelaysMs = [250, 1000];

export interface Cluster {
  readonly name: string;
  readonly config: KubeConfig;
  /** Reads with up to three attempts. Throws KubernetesError. */
  read(path: string, options?: RequestOptions): Promise<unknown>;
  /** Reads text, such as logs. */
  readText(path: string, options?: RequestOptions): Promise<string>;
  /** Changes something, with one attempt only: a lost answer may hide a success. */
  write(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options?: RequestOptions): Promise<unknown>;
}

/** Opens a cluster by kubeconfig and context. Nothing is sent yet. */
export function openCluster(access: ClusterAccess): Cluster {
  const config = loadConfig(access);
  const limitMs = access.requestTimeoutMs ?? 10_000;
  const send = (method: HttpMethod, path: string, options: RequestOptions = {}) =>
    sendOnce(config, access.name, method, path, { timeoutMs: limitMs, ...options });
  const readText = (path: string, options?: RequestOptions) => withRetries(() => send('GET', path, options));
  return {
    name: access.name,
    config,
    readText,
    read: async (path, options) => parseBody(access.name, path, await readText(path, options)),
    write: async (method, path, options) => parseBody(access.name, path, await send(method, path, options)),
  };
}

function loadConfig({ name, kubeconfig, context }: ClusterAccess): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigOf(name, kubeconfig, context));
  config.setCurrentContext(context);
  return config;
}

/** The file among `kubeconfig`'s that has the context. Throws KubernetesError `configuration`. */
export function kubeconfigOf(cluster: string, kubeconfig: string, context: string): string {
  const files = kubeconfig.split(delimiter).filter(file => file !== '');
  const contexts: string[] = [];
  for (const file of files) {
    const config = new KubeConfig();
    try {
      config.loadFromFile(file);
    } catch (cause) {
      const message = `cluster ${cluster}: the kubeconfig ${file} cannot be read: ${describe(cause)}`;
      throw new KubernetesError('configuration', message, { cause });
    }
    const names = config.getContexts().map(each => each.name);
    if (names.includes(context)) return file;
    contexts.push(...names);
  }
  const found = contexts.length === 0 ? 'no context at all' : `the contexts ${contexts.join(', ')}`;
  throw new KubernetesError(
    'configuration',
    `cluster ${cluster}: the kubeconfig ${files.join(', ')} has ${found}; expected ${context}. ` +
      'Add the context, or correct "context" in the environment.',
  );
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

async function sendOnce(
  config: KubeConfig,
  cluster: string,
  method: HttpMethod,
  path: string,
  { query, body, contentType, timeoutMs = 10_000 }: RequestOptions,
): Promise<string> {
  const what = `cluster ${cluster}: ${method} ${path}`;
  const server = config.getCurrentCluster()?.server ?? '';
  const url = new URL(server.replace(/\/+$/, '') + path);
  for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value);
  try {
    const context = new RequestContext(url.href, method);
    await config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    const answer = await fetch(context.getUrl(), {
      method,
      headers: {
        ...context.getHeaders(),
        accept: 'application/json, */*',
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new KubernetesError(codeOfStatus(answer.status), `${what}: ${refusal(answer.status, text)}`);
    return text;
  } catch (cause) {
    throw connectionError(what, cause);
  }
}

function refusal(status: number, text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return `${status}, ${message}`;
  } catch {
    // Not a Status object; the text itself must do.
  }
  return `${status}, ${text.slice(0, 300)}`;
}

async function withRetries(attempt: () => Promise<string>): Promise<string> {
  for (const pauseMs of readRetryDelaysMs) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof KubernetesError) || (error.code !== 'unreachable' && error.code !== 'timeout'))
        throw error;
      await delay(pauseMs);
    }
  }
  return await attempt();
}

function parseBody(cluster: string, path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KubernetesError('unexpected', `cluster ${cluster}: the answer to ${path} is not JSON.`, { cause });
  }
}
