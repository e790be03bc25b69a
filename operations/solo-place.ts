// Composes what solo needs of the clusters: pods of the producer, scales, and a command in a monitor's container.

import { type Cluster, openCluster } from '#adapters/kubernetes/cluster.ts';
import { runInContainer } from '#adapters/kubernetes/exec.ts';
import { KubernetesError } from '#adapters/kubernetes/kubernetes-error.ts';
import type { Environment } from '#core/environment/environment.ts';
import type { SoloPod, SoloPort } from './solo.ts';

const orderLimitMs = 20_000;

/** @param kubeconfig one or more paths, separated as in PATH */
export function openSoloPort({ clusters, namespace, chain }: Environment, kubeconfig: string): SoloPort {
  const clusterOf = (name: string): Cluster => {
    const found = clusters.find(each => each.name === name);
    if (found === undefined) throw new Error(`the environment has no cluster ${name}`);
    return openCluster({ name, context: found.context, kubeconfig });
  };
  return {
    pods: async name => {
      const query = { labelSelector: `active-eos/producer=${chain.producer}` };
      return toPods(await clusterOf(name).read(`/api/v1/namespaces/${namespace}/pods`, { query }));
    },
    replicas: async ({ cluster, name }) => {
      try {
        return toReplicas(await clusterOf(cluster).read(`/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}`));
      } catch (error) {
        if (error instanceof KubernetesError && error.code === 'not-found') return undefined;
        throw error;
      }
    },
    order: async ({ cluster, name }, args) => {
      const place = { namespace, pod: `${name}-0`, container: 'monitor' };
      await runInContainer(clusterOf(cluster), place, ['node', 'monitor/solo-order.ts', ...args], orderLimitMs);
    },
    scaleCommand: ({ cluster, name }) => {
      const context = clusters.find(each => each.name === cluster)?.context ?? cluster;
      return `kubectl --context ${context} -n ${namespace} scale statefulset ${name} --replicas=0`;
    },
  };
}

/** @param list as the Kubernetes API gives it */
export function toPods(list: unknown): SoloPod[] {
  const { items } = list as {
    items: { metadata: { name: string }; spec?: { nodeName?: string }; status?: { phase?: string } }[];
  };
  return items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    phase: status?.phase ?? 'unknown',
    machine: spec?.nodeName ?? '',
  }));
}

/** What is asked for and what there is, whichever is more. Without a number Kubernetes means one. */
export function toReplicas(statefulSet: unknown): number {
  const { spec, status } = statefulSet as { spec?: { replicas?: number }; status?: { replicas?: number } };
  return Math.max(spec?.replicas ?? 1, status?.replicas ?? 0);
}
