// Reads what a rollout judges: StatefulSets, pods, their events and logs, Secrets; deletes a pod by its uid.

import type { PodFacts, StatefulSetFacts } from '#core/rollout/workload.ts';
import type { Cluster } from './cluster.ts';
import { KubernetesError } from './kubernetes-error.ts';

type Json = Record<string, unknown>;

/** A StatefulSet's revisions; undefined when it does not exist. */
export async function readStatefulSet(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<StatefulSetFacts | undefined> {
  const found = await readIfThere(cluster, `/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}`);
  if (found === undefined) return undefined;
  const status = object(found.status);
  const template = object(object(object(found.spec).template).spec);
  return {
    generation: number(object(found.metadata).generation),
    observedGeneration: number(status.observedGeneration),
    updateRevision: text(status.updateRevision),
    images: containerImages(template),
  };
}

/** A pod as the rollout sees it; undefined when it does not exist. */
export async function readPod(cluster: Cluster, namespace: string, name: string): Promise<PodFacts | undefined> {
  const found = await readIfThere(cluster, `/api/v1/namespaces/${namespace}/pods/${name}`);
  return found === undefined ? undefined : podFacts(found);
}

/** The facts in a pod object. */
export function podFacts(pod: Json): PodFacts {
  const metadata = object(pod.metadata);
  const status = object(pod.status);
  const ready = list(status.conditions).find(each => each.type === 'Ready');
  const containers = [...list(status.initContainerStatuses), ...list(status.containerStatuses)];
  return {
    uid: text(metadata.uid),
    revision: text(object(metadata.labels)['controller-revision-hash']),
    images: containerImages(object(pod.spec)),
    ready: ready?.status === 'True',
    readySinceMs: ready?.status === 'True' ? Date.parse(text(ready.lastTransitionTime)) : null,
    deleting: metadata.deletionTimestamp !== undefined,
    phase: text(status.phase),
    restarts: containers.reduce((sum, each) => sum + number(each.restartCount), 0),
    trouble: containers.map(waitingTrouble).filter(each => each !== undefined),
  };
}

/** What keeps a container from running, such as `nodeos: ImagePullBackOff (…)`. */
function waitingTrouble(status: Json): string | undefined {
  const waiting = object(object(status.state).waiting);
  const reason = text(waiting.reason);
  if (reason === '' || reason === 'PodInitializing' || reason === 'ContainerCreating') return undefined;
  const message = cut(text(waiting.message));
  return `${text(status.name)}: ${reason}${message === '' ? '' : ` (${message})`}`;
}

/** A registry's excuses can be very long; the events have them in full. */
function cut(message: string): string {
  return message.length <= 200 ? message : `${message.slice(0, 199)}…`;
}

/** Deletes the pod only if it is still the one with this uid. A pod that is gone or another one by now is `changed`. */
export async function deletePod(
  cluster: Cluster,
  namespace: string,
  name: string,
  uid: string,
): Promise<'deleted' | 'changed'> {
  try {
    await cluster.write('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, {
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
    });
    return 'deleted';
  } catch (error) {
    if (error instanceof KubernetesError && (error.code === 'not-found' || error.code === 'conflict')) return 'changed';
    throw error;
  }
}

/** The last lines of every container of a pod, for the report of a failure. Never throws: a missing log must not hide the failure. */
export async function readPodLogs(cluster: Cluster, namespace: string, name: string, lines: number): Promise<string[]> {
  try {
    const pod = object(await cluster.read(`/api/v1/namespaces/${namespace}/pods/${name}`));
    const spec = object(pod.spec);
    const containers = [...list(spec.initContainers), ...list(spec.containers)].map(each => text(each.name));
    const logs: string[] = [];
    for (const container of containers) {
      const log = await readContainerLog(cluster, namespace, name, container, lines);
      logs.push(...log.map(line => `${container}: ${line}`));
    }
    return logs;
  } catch {
    return [];
  }
}

async function readContainerLog(
  cluster: Cluster,
  namespace: string,
  pod: string,
  container: string,
  lines: number,
): Promise<string[]> {
  try {
    const query = { container, tailLines: String(lines), limitBytes: '65536' };
    const log = await cluster.readText(`/api/v1/namespaces/${namespace}/pods/${pod}/log`, { query });
    return log.split('\n').filter(line => line !== '');
  } catch {
    // The usual case: the container has not started, so that there is no log yet.
    return [];
  }
}

/** Warnings about a pod, oldest first, as `reason: message (× count)`. Never throws, see readPodLogs. */
export async function readPodWarnings(cluster: Cluster, namespace: string, name: string): Promise<string[]> {
  try {
    const query = { fieldSelector: `involvedObject.kind=Pod,involvedObject.name=${name},type=Warning` };
    const events = object(await cluster.read(`/api/v1/namespaces/${namespace}/events`, { query }));
    return list(events.items)
      .map(each => ({ at: text(each.lastTimestamp) || text(each.eventTime), each }))
      .toSorted((a, b) => a.at.localeCompare(b.at))
      .slice(-10)
      .map(({ each }) => `${text(each.reason)}: ${text(each.message)}${times(number(each.count))}`);
  } catch {
    return [];
  }
}

function times(count: number): string {
  return count > 1 ? ` (× ${count})` : '';
}

/** A Secret's files as bytes. */
export async function readSecret(cluster: Cluster, namespace: string, name: string): Promise<Map<string, Buffer>> {
  const secret = object(await cluster.read(`/api/v1/namespaces/${namespace}/secrets/${name}`));
  return new Map(Object.entries(object(secret.data)).map(([key, value]) => [key, Buffer.from(text(value), 'base64')]));
}

async function readIfThere(cluster: Cluster, path: string): Promise<Json | undefined> {
  try {
    return object(await cluster.read(path));
  } catch (error) {
    if (error instanceof KubernetesError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** Native sidecars are init containers with restartPolicy Always. */
function containerImages(spec: Json): string[] {
  const sidecars = list(spec.initContainers).filter(each => each.restartPolicy === 'Always');
  return [...sidecars, ...list(spec.containers)].map(each => text(each.image));
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
