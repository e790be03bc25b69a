// Names of the keys one producer has in etcd. Nothing else in the house spells a key.

/** Which producer on which chain the keys belong to. */
export interface Register {
  /** Leading part of every key, such as `/active-eos`. */
  prefix: string;
  /** Chain id, 64 hex digits; the first 8 go into the key. */
  chainId: string;
  /** Producer account name. */
  producer: string;
}

/** Every key of a producer, under `/<prefix>/<chain id, 8>/<producer>/`. */
export interface RegisterKeys {
  /** The one claim: who may sign, up to which slot. Monitors own it. */
  claim: string;
  /** Presence of nodes: `nodes/<name>/<incarnation>`, each on its node's lease. */
  nodes: string;
  /** Nodes that shall not sign until further notice: `drain/<name>`, written and deleted by operators. */
  drain: string;
  /** While it is there nobody takes over; the holder goes on. Written and deleted by operators. */
  maintenance: string;
  /** What an operator or the pipeline asks for, see requests.ts. */
  request: string;
  /** What became of the last request, written by the monitor that dealt with it. */
  answer: string;
  /** Each change of holder, see `historyKey`. */
  history: string;
  /** Held by a running rollout, on its lease; keeps two rollouts apart, fences nothing. */
  rollout: string;
}

/** Gives the keys of a producer's register. */
export function registerKeys({ prefix, chainId, producer }: Register): RegisterKeys {
  const base = `${prefix.replace(/\/+$/, '')}/${chainId.slice(0, 8)}/${producer}`;
  return {
    claim: `${base}/claim`,
    nodes: `${base}/nodes/`,
    drain: `${base}/drain/`,
    maintenance: `${base}/maintenance`,
    request: `${base}/request`,
    answer: `${base}/answer`,
    history: `${base}/history/`,
    rollout: `${base}/rollout`,
  };
}

/** So many changes of holder are kept: more than one a day for a year. The holder deletes older ones. */
export const keptChanges = 500;

/** The key of one change of holder; padded, so that keys sort as epochs do. */
export function historyKey({ history }: Pick<RegisterKeys, 'history'>, epoch: number): string {
  return `${history}${String(epoch).padStart(10, '0')}`;
}
