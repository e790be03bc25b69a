// The parts of an environment's raw value with their paths, whatever is malformed left out: so that rules can be checked beside the schema.

export type Path = (string | number)[];
export type Fields = Record<string, unknown>;

/** An entry of a list, and where it stands. */
export interface Named {
  path: Path;
  fields: Fields;
}

export interface Outline {
  file: Fields;
  chain: Fields;
  images: Fields;
  etcd: Fields;
  rollout: Fields;
  policies: Fields;
  clusters: Named[];
  /** Of all clusters. */
  nodes: (Named & { cluster: Named })[];
  members: Named[];
}

/** @param value a document as it was read */
export function outlineOf(value: unknown): Outline {
  const file = asMapping(value);
  const etcd = asMapping(file.etcd);
  const clusters = mappingsIn(file.clusters, ['clusters']);
  return {
    file,
    chain: asMapping(file.chain),
    images: asMapping(file.images),
    etcd,
    rollout: asMapping(file.rollout),
    policies: asMapping(file.policies),
    clusters,
    nodes: clusters.flatMap(cluster =>
      mappingsIn(cluster.fields.nodes, [...cluster.path, 'nodes']).map(node => ({ ...node, cluster })),
    ),
    members: mappingsIn(etcd.members, ['etcd', 'members']),
  };
}

export function mappingsIn(value: unknown, path: Path): Named[] {
  if (!Array.isArray(value)) return [];
  return value.map((item, index) => ({ path: [...path, index], fields: asMapping(item) }));
}

/** Empty when it is no text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Empty when it is none. */
export function asMapping(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function namesOf(items: readonly Named[]): string[] {
  return items.map(({ fields }) => fields.name).filter(name => typeof name === 'string');
}
