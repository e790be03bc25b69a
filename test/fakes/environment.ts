// An environment of two clouds with two nodes each and a witness, as a value.

import type { Environment, Release } from '#core/environment/environment.ts';

export const environment: Environment = {
  name: 'testnet',
  namespace: 'active-eos',
  chain: {
    id: 'ab'.repeat(32),
    producer: 'activeeosbp1',
    publicKey: 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV',
    peers: ['peer.example:9876'],
    produceBlockOffsetMs: 450,
  },
  etcd: {
    prefix: '/active-eos',
    image: 'etcd:1',
    heartbeatMs: 100,
    electionMs: 1000,
    leader: 'anywhere',
    claimAhead: 0,
    serverSecret: 'etcd-server',
    clientSecret: 'etcd-client',
    members: ['aws', 'gcp', 'witness'].map(name => ({
      name,
      cluster: name,
      address: `${name}.example`,
      clientPort: 2379,
      peerPort: 2380,
    })),
  },
  images: { nodeos: 'nodeos:1', monitor: 'monitor:1' },
  clusters: [
    { name: 'aws', site: 'us-west-2', cloud: 'aws', context: 'aws', nodes: nodesOf('aws') },
    { name: 'gcp', site: 'us-west1', cloud: 'gcp', context: 'gcp', nodes: nodesOf('gcp') },
    { name: 'witness', site: 'fsn1', cloud: 'hetzner', context: 'witness', nodes: [] },
  ],
  rollout: {
    order: ['aws', 'gcp'],
    soakSeconds: 60,
    readyTimeoutSeconds: 300,
    activeUpdate: 'unsupervised',
    handover: 'gap',
    gates: { maxHeadLagSlots: 4, minPeers: 1 },
  },
};

function nodesOf(cluster: string) {
  return ['a', 'b'].map((zone, index) => ({
    name: `${cluster}-${zone}`,
    zone,
    priority: index,
    storage: { className: 'local', size: '1Gi' },
    keySecret: 'key',
  }));
}

/** Releases whose manifests say no more than their image. */
export function fakeReleases(of: Environment = environment): Release[] {
  const { namespace } = of;
  const members = of.etcd.members.map(({ name, cluster }) => ({
    cluster,
    namespace,
    name: `etcd-${name}`,
    chart: 'charts/etcd',
    values: { image: of.etcd.image },
  }));
  const nodes = of.clusters.flatMap(({ name, nodes: all }) =>
    all.map(node => ({
      cluster: name,
      namespace,
      name: node.name,
      chart: 'charts/block-producer',
      values: { image: of.images.nodeos },
      node: node.name,
    })),
  );
  return [...members, ...nodes];
}
