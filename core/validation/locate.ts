// Finds the line in environment.yaml that a release comes from, for problems of what is rendered from it.

import type { EnvironmentFiles } from '../environment/assemble.ts';
import { readDocument } from '../environment/document.ts';
import type { Environment, Release } from '../environment/environment.ts';
import type { Problem } from '../environment/problem.ts';

/** The line of the node's or member's name. */
export function locateRelease(files: EnvironmentFiles, environment: Environment, release: Release): Problem {
  const { locate } = readDocument(files.text, files.file);
  return locate({ path: pathOf(environment, release), at: 'value', message: '' });
}

function pathOf({ clusters, etcd }: Environment, { cluster, name, node }: Release): (string | number)[] {
  if (node === undefined) {
    return ['etcd', 'members', etcd.members.findIndex(member => `etcd-${member.name}` === name), 'name'];
  }
  const index = clusters.findIndex(each => each.name === cluster);
  const nodes = clusters[index]?.nodes ?? [];
  return ['clusters', index, 'nodes', nodes.findIndex(each => each.name === node), 'name'];
}
