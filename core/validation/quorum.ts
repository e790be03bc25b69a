// Shows whether etcd outlives the loss of any one site and any one cloud.

import { type Outline, textOf } from '../environment/outline.ts';
import type { QuorumProof } from './verdict.ts';

/** undefined when there are no members, or one of them is in no known cluster. */
export function proveQuorum({ members, clusters }: Pick<Outline, 'members' | 'clusters'>): QuorumProof | undefined {
  const homes = members.map(({ fields }) => clusters.find(cluster => cluster.fields.name === fields.cluster));
  if (members.length === 0 || homes.includes(undefined)) return undefined;
  const majority = Math.floor(members.length / 2) + 1;
  const losses = (['site', 'cloud'] as const).flatMap(domain => {
    const here = Map.groupBy(homes, home => textOf(home?.fields[domain]));
    return [...here].map(([name, lost]) => {
      const left = members.length - lost.length;
      return { domain, name, members: lost.length, left, holds: left >= majority };
    });
  });
  return { members: members.length, majority, losses };
}
