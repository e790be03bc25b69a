// Where the releases of an environment are installed. Two of one name in one namespace of one cluster are one.

import { type Fields, type Path, textOf } from '../environment/outline.ts';
import type { Subject } from './rule.ts';

export interface ReleasePlace {
  /** Equal for what would be the same release. */
  key: string;
  kind: 'node' | 'member';
  name: string;
  fields: Fields;
  path: Path;
  cluster: { name: string; context: string; path: Path };
}

/** Of all nodes and etcd members that have a name and a cluster. */
export function releasePlaces({ outline }: Pick<Subject, 'outline'>): ReleasePlace[] {
  const namespace = textOf(outline.file.namespace) || 'active-eos';
  const place = (
    kind: ReleasePlace['kind'],
    { fields, path }: { fields: Fields; path: Path },
    own?: typeof fields,
    where?: Path,
  ) => {
    const name = textOf(fields.name);
    const cluster = { name: textOf(own?.name), context: textOf(own?.context), path: where ?? [] };
    const release = kind === 'node' ? name : `etcd-${name}`;
    const key = `${cluster.context} ${namespace} ${release}`;
    return name === '' || cluster.context === '' ? [] : [{ key, kind, name, fields, path, cluster }];
  };
  return [
    ...outline.nodes.flatMap(node => place('node', node, node.cluster.fields, node.cluster.path)),
    ...outline.members.flatMap(member => {
      const home = outline.clusters.find(({ fields }) => fields.name === member.fields.cluster);
      return place('member', member, home?.fields, home?.path);
    }),
  ];
}

/** A cluster keeps its place when it keeps its name or its context. */
export function isSameCluster(a: ReleasePlace['cluster'], b: ReleasePlace['cluster']): boolean {
  return a.name === b.name || a.context === b.context;
}
