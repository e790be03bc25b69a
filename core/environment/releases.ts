// Computes the Helm releases of an environment: one per etcd member and one per producer node, each with all its values.

import type { Cluster, Environment, EtcdMember, ProducerNode, Release } from './environment.ts';

export const etcdChart = 'charts/etcd';
export const producerChart = 'charts/block-producer';

type Values = Record<string, unknown>;

/** What `values/<cluster>.yaml` holds: values by the chart's name. */
export interface ClusterValues {
  'block-producer'?: Values;
  etcd?: Values;
}

/**
 * Every release, etcd first, in the order of the file.
 * @param clusterValues by cluster name; what is computed here wins over them, so that no values file can point a node at another claim
 */
export function releasesOf(environment: Environment, clusterValues: Record<string, ClusterValues> = {}): Release[] {
  const { namespace, etcd, clusters } = environment;
  const members = etcd.members.map((member): Release => {
    const values = mergeValues(clusterValues[member.cluster]?.etcd ?? {}, etcdValues(environment, member));
    return { cluster: member.cluster, namespace, name: `etcd-${member.name}`, chart: etcdChart, values };
  });
  const nodes = clusters.flatMap(cluster =>
    cluster.nodes.map((node): Release => {
      const own = clusterValues[cluster.name]?.['block-producer'] ?? {};
      const values = mergeValues(own, producerValues(environment, cluster, node));
      return { cluster: cluster.name, namespace, name: node.name, chart: producerChart, values, node: node.name };
    }),
  );
  return [...members, ...nodes];
}

/** `over` wins; mappings are merged key by key, everything else is replaced as a whole. As Helm merges its values. */
export function mergeValues(base: Values, over: Values): Values {
  const merged: Values = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMapping(below) && isMapping(value) ? mergeValues(below, value) : value;
  }
  return merged;
}

function isMapping(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function etcdValues({ name, etcd }: Environment, member: EtcdMember): Values {
  const { address, clientPort, peerPort, storage, cluster } = member;
  return {
    image: etcd.image,
    member: { name: member.name, address, clientPort, peerPort },
    initialCluster: etcd.members.map(each => ({ name: each.name, address: each.address, peerPort: each.peerPort })),
    initialClusterToken: `active-eos-${name}`,
    heartbeatMs: etcd.heartbeatMs,
    electionMs: etcd.electionMs,
    serverSecret: etcd.serverSecret,
    ...(storage ? { storage } : {}),
    // One budget covers all members of a cluster: a pod that two budgets select cannot be evicted at all.
    disruptionBudget: { enabled: etcd.members.find(each => each.cluster === cluster) === member },
  };
}

function producerValues(environment: Environment, cluster: Cluster, node: ProducerNode): Values {
  const { chain, images, etcd, rollout } = environment;
  return {
    site: cluster.site,
    zone: node.zone,
    priority: node.priority,
    chain,
    nodeos: { image: images.nodeos },
    monitor: { image: images.monitor, minPeers: rollout.gates.minPeers },
    keySecret: node.keySecret,
    ...(node.finalizerSecret === undefined ? {} : { finalizerSecret: node.finalizerSecret }),
    etcd: {
      prefix: etcd.prefix,
      ...membersFrom(environment, cluster),
      leader: etcd.leader,
      claimAhead: etcd.claimAhead,
      clientSecret: etcd.clientSecret,
    },
    storage: node.storage,
    disruptionBudget: { enabled: cluster.nodes[0] === node },
  };
}

/** The members of the node's own cluster and site come first: a monitor asks in this order. */
function membersFrom({ etcd, clusters }: Environment, own: Cluster): { endpoints: string[]; sites: string[] } {
  const siteOf = new Map(clusters.map(cluster => [cluster.name, cluster.site]));
  const distance = (member: EtcdMember): number => {
    if (member.cluster === own.name) return 0;
    return siteOf.get(member.cluster) === own.site ? 1 : 2;
  };
  const members = etcd.members.toSorted((a, b) => distance(a) - distance(b));
  return {
    endpoints: members.map(({ address, clientPort }) => `https://${address}:${clientPort}`),
    sites: members.map(({ cluster }) => siteOf.get(cluster) ?? ''),
  };
}
