// What an environment is: one producer on one chain, its sites, clusters, nodes and etcd members, and how a rollout goes.

/** A parsed and checked `environments/<name>/environment.yaml`. */
export interface Environment {
  name: string;
  /** Namespace in every cluster. */
  namespace: string;
  chain: ChainSettings;
  etcd: EtcdSettings;
  images: { nodeos: string; monitor: string };
  clusters: Cluster[];
  rollout: RolloutSettings;
}

export interface ChainSettings {
  /** 64 hex digits. */
  id: string;
  /** Account name of the producer. */
  producer: string;
  /** Block signing key, `EOS…` or `PUB_K1_…`. */
  publicKey: string;
  /** p2p addresses of nodes that are not our own, host:port. */
  peers: string[];
  /** nodeos' produce-block-offset-ms, 100 to 500. */
  produceBlockOffsetMs: number;
}

export interface EtcdSettings {
  /** Leading part of every key, such as `/active-eos`. */
  prefix: string;
  image: string;
  heartbeatMs: number;
  electionMs: number;
  /** Where the leader shall be, seen from the site that holds the claim. */
  leader: 'anywhere' | 'near' | 'away';
  /** How many slots the holder claims before their signatures are asked for: 0 or 1. */
  claimAhead: number;
  /** Name of the Secret with ca.crt, tls.crt, tls.key that members serve with. */
  serverSecret: string;
  /** Name of the Secret with ca.crt, tls.crt, tls.key that monitors and the pipeline use. */
  clientSecret: string;
  members: EtcdMember[];
}

export interface EtcdMember {
  name: string;
  /** Cluster it runs in. */
  cluster: string;
  /** Address the other sites reach it at. */
  address: string;
  clientPort: number;
  peerPort: number;
  /** Its volume; without it the cluster's default StorageClass and the chart's size. */
  storage?: { className: string; size: string };
}

export interface Cluster {
  name: string;
  /** Failure domain: a data centre, a region. */
  site: string;
  /** Whose cloud it is, such as aws, gcp, hetzner. */
  cloud: string;
  /** Context in the kubeconfig given to the pipeline. */
  context: string;
  /** The producer nodes; none in a witness. */
  nodes: ProducerNode[];
}

export interface ProducerNode {
  name: string;
  zone: string;
  /** Lower takes over first. */
  priority: number;
  /** StorageClass and size of the node's volume. */
  storage: { className: string; size: string };
  /** Name of the Secret with the producer's signing key, in the file `key`. */
  keySecret: string;
  /** Name of the Secret with the node's own BLS key, in the file `finalizer.ini`. */
  finalizerSecret?: string;
}

export interface RolloutSettings {
  /** Clusters in the order in which they are upgraded; the first one holds the canary. Witnesses may be left out. */
  order: string[];
  /** How long a canary and each cluster is watched before the next step. */
  soakSeconds: number;
  /** How long a node may take to run the new revision and be synced. */
  readyTimeoutSeconds: number;
  /** `supervised` stops before the handover and the active node; a person goes on. */
  activeUpdate: 'supervised' | 'unsupervised';
  /** When the handover happens. */
  handover: 'gap' | 'now';
  gates: { maxHeadLagSlots: number; minPeers: number };
}

/** One Helm release of the environment: computed from the file, applied by the rollout, diffed by validate. */
export interface Release {
  cluster: string;
  namespace: string;
  name: string;
  /** Folder of the chart, such as `charts/block-producer`. */
  chart: string;
  /** Computed values; the cluster's own values file comes before them. */
  values: Record<string, unknown>;
  /** The producer node it runs, or undefined for an etcd member. */
  node?: string;
}
