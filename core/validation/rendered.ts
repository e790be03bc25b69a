// What rules on rendered objects are checked on: one release as Helm renders it, and the parts of it that rules look into.

import type { Release } from '../environment/environment.ts';
import { asMapping, type Fields, mappingsIn, textOf } from '../environment/outline.ts';
import type { ManifestObject } from '../manifest/objects.ts';
import type { Rule } from './rule.ts';

export interface RenderedSubject {
  release: Release;
  objects: readonly ManifestObject[];
}

/** Something rendered that a rule forbids. */
export interface Breach {
  /** undefined: of the release as a whole. */
  object: ManifestObject | undefined;
  /** As people write it; empty for the object as a whole. */
  path: string;
  message: string;
}

/** A rule that is checked on what a release renders, whatever the chart and the values are. */
export interface RenderedRule extends Rule {
  check: (subject: RenderedSubject) => Breach[];
}

/** A pod as a StatefulSet makes it. */
export interface RenderedPod {
  object: ManifestObject;
  spec: Fields;
  containers: RenderedContainer[];
}

export interface RenderedContainer {
  list: 'containers' | 'initContainers';
  name: string;
  path: string;
  fields: Fields;
}

export const podPath = 'spec.template.spec';

/** What may make pods: other kinds are refused as a whole. */
export function podsOf({ objects }: RenderedSubject): RenderedPod[] {
  return objects
    .filter(({ kind }) => kind === 'StatefulSet')
    .map(object => {
      const spec = asMapping(asMapping(asMapping(object.value.spec).template).spec);
      const lists = ['initContainers', 'containers'] as const;
      const containers = lists.flatMap(list =>
        mappingsIn(spec[list], []).map(({ fields }): RenderedContainer => {
          const name = textOf(fields.name);
          return { list, name, path: `${podPath}.${list}[${name}]`, fields };
        }),
      );
      return { object, spec, containers };
    });
}

/** Whether the release is a producer's node; the others are members of etcd. */
export function isNode({ release }: RenderedSubject): boolean {
  return release.node !== undefined;
}
