// Composes the real fleet: an environment read from a checkout, and its clusters' Kubernetes, Helm, monitors and etcd.

import { setTimeout as delay } from 'node:timers/promises';
import { connectMember } from '#adapters/etcd/member.ts';
import { readEnvironmentFiles } from '#adapters/files/environments.ts';
import { Helm } from '#adapters/helm/helm.ts';
import { type Cluster, kubeconfigOf, openCluster } from '#adapters/kubernetes/cluster.ts';
import { portForward, readJsonFromPod } from '#adapters/kubernetes/port-forward.ts';
import {
  deletePod,
  readPod,
  readPodLogs,
  readPodWarnings,
  readSecret,
  readStatefulSet,
} from '#adapters/kubernetes/workloads.ts';
import { assembleEnvironment } from '#core/environment/assemble.ts';
import type { Environment, Release } from '#core/environment/environment.ts';
import { renderProblem } from '#core/environment/problem.ts';
import { isMonitorStatus } from './monitor-status.ts';
import { OperationError } from './operation-error.ts';
import type { ContainerExit, EtcdPort, Fleet, HelmPort, MonitorPort, NodePort, WorkloadPort } from './ports.ts';

export interface FleetAccess {
  /** Name of a folder in environments/. */
  environment: string;
  /** One or more paths, separated as in PATH. */
  kubeconfig: string;
  /** The checkout. */
  workingDirectory: string;
  /** Path or name of the helm binary. */
  helm: string;
}

const monitorPort = 9880;
const monitorLimitMs = 5_000;
/** A port-forward adds the way to the API server and back; an election takes a second or two. */
const etcdDeadlineMs = 5_000;
const logLines = 40;

/** Reads the environment and opens its clusters; nothing is sent yet. Throws OperationError `invalid-environment`, KubernetesError `configuration`. */
export async function openFleet(access: FleetAccess): Promise<Fleet> {
  const { environment, releases, problems } = assembleEnvironment(
    await readEnvironmentFiles(access.workingDirectory, access.environment),
  );
  if (environment === undefined) {
    throw new OperationError('invalid-environment', problems.map(renderProblem).join('\n'));
  }
  const clusters = new Map(
    environment.clusters.map(({ name, context }) => [
      name,
      openCluster({ name, context, kubeconfig: access.kubeconfig }),
    ]),
  );
  const clusterOf = ({ cluster }: { cluster: string }): Cluster => {
    const found = clusters.get(cluster);
    if (found === undefined) throw new Error(`the environment has no cluster ${cluster}`);
    return found;
  };
  const monitors = monitorPortOf(clusterOf);
  return {
    environment,
    releases,
    helm: helmPort(environment, access),
    workloads: workloadPort(clusterOf),
    monitors,
    nodes: nodePortOf(releases, monitors),
    etcd: etcdPort(environment, clusterOf),
    clock: { now: Date.now, sleep: ms => delay(ms) },
  };
}

function helmPort(environment: Environment, access: FleetAccess): HelmPort {
  const helms = new Map(
    environment.clusters.map(({ name, context }) => {
      const kubeconfig = kubeconfigOf(name, access.kubeconfig, context);
      return [name, new Helm({ binary: access.helm, kubeconfig, context, root: access.workingDirectory })];
    }),
  );
  const helmOf = ({ cluster }: Release): Helm => {
    const found = helms.get(cluster);
    if (found === undefined) throw new Error(`the environment has no cluster ${cluster}`);
    return found;
  };
  return {
    render: release => helmOf(release).template(release),
    deployed: release => helmOf(release).deployed(release),
    history: release => helmOf(release).history(release),
    upgrade: async (release, description) => void (await helmOf(release).upgradeInstall(release, description)),
    rollback: (release, revision) => helmOf(release).rollback(release, revision),
  };
}

function workloadPort(clusterOf: (release: Release) => Cluster): WorkloadPort {
  return {
    statefulSet: release => readStatefulSet(clusterOf(release), release.namespace, release.name),
    pod: release => readPod(clusterOf(release), release.namespace, podOf(release)),
    deletePod: (release, uid) => deletePod(clusterOf(release), release.namespace, podOf(release), uid),
    warnings: release => readPodWarnings(clusterOf(release), release.namespace, podOf(release)),
    logs: release => readPodLogs(clusterOf(release), release.namespace, podOf(release), logLines),
    exits: async release => {
      const path = `/api/v1/namespaces/${release.namespace}/pods/${podOf(release)}`;
      return toExits(await clusterOf(release).read(path));
    },
  };
}

interface ContainerStatus {
  name?: string;
  restartCount?: number;
  state?: { running?: object; terminated?: { exitCode?: number } };
  lastState?: { terminated?: { exitCode?: number } };
}

/** @param pod as the Kubernetes API gives it */
export function toExits(pod: unknown): ContainerExit[] {
  const { status } = pod as { status?: Record<'initContainerStatuses' | 'containerStatuses', ContainerStatus[]> };
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.map(({ name, restartCount, state, lastState }) => ({
    container: name ?? '',
    restarts: restartCount ?? 0,
    exitCode: state?.terminated?.exitCode ?? lastState?.terminated?.exitCode ?? null,
    running: state?.running !== undefined,
  }));
}

function nodePortOf(releases: readonly Release[], monitors: MonitorPort): NodePort {
  return {
    names: async () => releases.flatMap(each => each.node ?? []),
    look: async node => {
      const release = releases.find(each => each.node === node);
      return release === undefined ? undefined : await monitors.status(release);
    },
  };
}

/** The only pod of a StatefulSet of one. */
function podOf({ name }: Release): string {
  return `${name}-0`;
}

function monitorPortOf(clusterOf: (release: Release) => Cluster): MonitorPort {
  return {
    status: async release => {
      try {
        const cluster = clusterOf(release);
        const pod = podOf(release);
        const status = await readJsonFromPod(cluster, release.namespace, pod, monitorPort, '/status', monitorLimitMs);
        return isMonitorStatus(status) ? status : undefined;
      } catch {
        // A monitor that does not answer is a fact about the node, whatever the reason; the gates say so.
        return undefined;
      }
    },
  };
}

function etcdPort({ etcd, namespace }: Environment, clusterOf: (place: { cluster: string }) => Cluster): EtcdPort {
  return {
    use: async (name, work) => {
      const member = etcd.members.find(each => each.name === name);
      if (member === undefined) throw new Error(`the environment has no etcd member ${name}`);
      const cluster = clusterOf(member);
      const tls = await clientTls(cluster, namespace, etcd.clientSecret);
      const forward = await portForward(cluster, namespace, `etcd-${name}-0`, member.clientPort);
      const endpoint = `https://127.0.0.1:${forward.port}`;
      const session = connectMember({ endpoint, tls, deadlineMs: etcdDeadlineMs });
      try {
        return await work(session);
      } catch (error) {
        const problem = forward.lastProblem();
        if (problem === undefined) throw error;
        throw new OperationError('etcd-unreachable', problem, { cause: error });
      } finally {
        session.close();
        forward.close();
      }
    },
  };
}

/** Read anew each time: certificates are renewed while long rollouts run. */
async function clientTls(cluster: Cluster, namespace: string, name: string) {
  const files = await readSecret(cluster, namespace, name);
  const file = (key: string): Buffer => {
    const found = files.get(key);
    if (found !== undefined) return found;
    const names = [...files.keys()].join(', ');
    const message = `cluster ${cluster.name}: Secret ${name} has ${names}; expected ca.crt, tls.crt and tls.key.`;
    throw new OperationError('etcd-unreachable', message);
  };
  return { ca: file('ca.crt'), cert: file('tls.crt'), key: file('tls.key') };
}
