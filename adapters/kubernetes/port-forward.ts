// A local port that leads to a port of a pod, through the API server. Opened, used and closed: never held through a wait.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { PortForward } from '@kubernetes/client-node';
import type { Cluster } from './cluster.ts';
import { connectionError, KubernetesError } from './kubernetes-error.ts';

export interface OpenForward {
  /** Port on 127.0.0.1. */
  port: number;
  /** What the API server said last about a connection that failed. */
  lastProblem(): string | undefined;
  close(): void;
}

/** How long the API server may take to set a stream up. */
const connectTimeoutMs = 10_000;

/** Listens on a free port of 127.0.0.1; each connection becomes a stream to the pod's port. */
export async function portForward(
  cluster: Cluster,
  namespace: string,
  pod: string,
  targetPort: number,
): Promise<OpenForward> {
  const forward = new PortForward(cluster.config);
  const sockets = new Set<Socket>();
  let problem: string | undefined;
  const server = createServer(socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    connect(forward, namespace, pod, targetPort, socket).catch((cause: unknown) => {
      problem = connectionError(`cluster ${cluster.name}: port-forward to ${pod}:${targetPort}`, cause).message;
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new KubernetesError('unexpected', 'no local port.');
  return {
    port: address.port,
    lastProblem: () => problem,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function connect(forward: PortForward, namespace: string, pod: string, targetPort: number, socket: Socket) {
  const problems = new PassThrough();
  problems.on('data', (chunk: Buffer) => {
    // The error stream opens with nothing but the port number; text on it means that the pod refused the connection.
    if (chunk.length > 0) socket.destroy(new Error(chunk.toString('utf8')));
  });
  const timeout = setTimeout(() => socket.destroy(new Error('no stream in time')), connectTimeoutMs);
  try {
    const stream = await forward.portForward(namespace, pod, [targetPort], socket, problems, socket);
    if (typeof stream === 'function')
      throw new KubernetesError('unexpected', 'a restartable stream was not asked for.');
    if (socket.destroyed) stream.close();
    stream.addEventListener('close', () => socket.destroy());
    socket.once('close', () => stream.close());
  } finally {
    clearTimeout(timeout);
  }
}

/** GETs JSON over HTTP from a pod's port by a forward of its own. Throws KubernetesError. */
export async function readJsonFromPod(
  cluster: Cluster,
  namespace: string,
  pod: string,
  targetPort: number,
  path: string,
  timeoutMs: number,
): Promise<unknown> {
  const what = `cluster ${cluster.name}: GET ${path} from ${pod}:${targetPort}`;
  const forward = await portForward(cluster, namespace, pod, targetPort);
  try {
    const answer = await fetch(`http://127.0.0.1:${forward.port}${path}`, {
      signal: AbortSignal.timeout(timeoutMs),
      headers: { connection: 'close' },
    });
    if (!answer.ok) throw new KubernetesError('unexpected', `${what}: ${answer.status}.`);
    return await answer.json();
  } catch (cause) {
    const problem = forward.lastProblem();
    throw problem === undefined
      ? connectionError(what, cause)
      : new KubernetesError('unreachable', `${what}: ${problem}`, { cause });
  } finally {
    forward.close();
  }
}
