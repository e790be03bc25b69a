// Runs a command in a container through the API server. Who may do that may read what the container reads.

import { PassThrough } from 'node:stream';
import { Exec, type V1Status } from '@kubernetes/client-node';
import type { Cluster } from './cluster.ts';
import { connectionError, KubernetesError } from './kubernetes-error.ts';

export interface Container {
  namespace: string;
  pod: string;
  container: string;
}

/** What the command wrote to stdout. Throws KubernetesError: `rejected` when it failed, with what it wrote to stderr. A lost connection may hide a success. */
export async function runInContainer(
  cluster: Cluster,
  { namespace, pod, container }: Container,
  command: readonly string[],
  timeoutMs: number,
): Promise<string> {
  const what = `cluster ${cluster.name}: ${command[0]} in ${container} of ${pod}`;
  const output = collect();
  const errors = collect();
  const { promise: ended, resolve, reject } = Promise.withResolvers<V1Status>();
  const timer = setTimeout(() => reject(new KubernetesError('timeout', `${what}: no answer in time.`)), timeoutMs);
  const connecting = new Exec(cluster.config)
    .exec(namespace, pod, container, [...command], output.stream, errors.stream, null, false, resolve)
    .then(socket => {
      socket.onclose = () => reject(new KubernetesError('unreachable', `${what}: the connection ended early.`));
      return socket;
    });
  connecting.catch(reject);
  try {
    const { status, message } = await ended;
    if (status === 'Success') return output.text();
    throw new KubernetesError('rejected', `${what}: ${errors.text().trim() || message || 'it failed'}`);
  } catch (cause) {
    throw connectionError(what, cause);
  } finally {
    clearTimeout(timer);
    void connecting.then(socket => socket.close()).catch(() => undefined);
  }
}

function collect(): { stream: PassThrough; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
