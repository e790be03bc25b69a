// Rules on where nodes stand: distinct clouds, volumes that cannot move, and nobody left running who is no longer named.

import { asMapping, type Path, textOf } from '../../environment/outline.ts';
import { type Problem, renderFound, renderPath } from '../../environment/problem.ts';
import { isSameCluster, type ReleasePlace, releasePlaces } from '../places.ts';
import { at, atKey, type CheckedRule, type Subject } from '../rule.ts';

export const placementRules: readonly CheckedRule[] = [
  {
    id: 'clouds-distinct',
    title: 'The nodes of an environment stand in at least two clouds',
    why: 'When a cloud is lost, and with it every node, nobody signs until it is back.',
    mend: 'Add a node in a cluster of another cloud, or waive this rule with a word on why one will do.',
    level: 'error',
    waivable: true,
    check: oneCloud,
  },
  {
    id: 'volume-fixed',
    title: 'The volume of a node or member stays as it is',
    why: 'Kubernetes refuses a StatefulSet whose volume changes in class or size, and a volume in one zone holds its pod there: the release fails, or its pod is pending for ever.',
    mend: 'Add a node under another name and remove this one. Where it has to be this one, do it by hand first, and waive this rule with a word on how.',
    level: 'error',
    waivable: true,
    check: changedVolumes,
  },
  {
    id: 'node-removed',
    title: 'A node, member, cluster or environment that is removed is uninstalled by hand',
    why: 'A rollout removes nothing: what is no longer named goes on running, and may hold the claim.',
    mend: 'Drain it by "active-eos drain", see by "active-eos status" that it does not hold the claim, and uninstall its release.',
    level: 'warning',
    waivable: true,
    check: removed,
  },
];

function oneCloud(subject: Subject): Problem[] {
  const clouds = new Set(subject.outline.nodes.map(({ cluster }) => textOf(cluster.fields.cloud)));
  const [only = ''] = clouds;
  if (clouds.size !== 1 || only === '') return [];
  const message = `All nodes stand in the cloud "${only}"; expected nodes in at least two, so that one may be lost. Add a node in another.`;
  return [atKey(subject, ['clusters'], message)];
}

function changedVolumes(subject: Subject): Problem[] {
  if (subject.base === undefined) return [];
  const before = releasePlaces(subject.base);
  return releasePlaces(subject).flatMap(place => {
    const old = before.find(each => isSame(each, place));
    if (old === undefined) return [];
    return [['storage', 'className'], ['storage', 'size'], ['zone']].flatMap(keys => {
      const [was, is] = [old, place].map(({ fields }) =>
        keys.reduce<unknown>((value, key) => asMapping(value)[key], fields),
      );
      // Without it the chart or the cluster decides: nobody knows here what that was.
      if (was === is || was === undefined || is === undefined) return [];
      const where = [...place.path, ...keys];
      const message = `${renderPath(where)} goes from ${renderFound(was)} to ${renderFound(is)}; expected it to stay, since the volume of ${place.name} cannot follow. Undo it, or add a node under another name.`;
      return [at(subject, where, message)];
    });
  });
}

function isSame(a: ReleasePlace, b: ReleasePlace): boolean {
  return a.kind === b.kind && a.name === b.name && isSameCluster(a.cluster, b.cluster);
}

/** What runs on: one that went to another cluster too, where it is installed a second time under its name. */
function removed(subject: Subject): Problem[] {
  if (subject.base === undefined) return [];
  const places = releasePlaces(subject);
  return releasePlaces(subject.base).flatMap(old => {
    if (places.some(each => isSame(each, old))) return [];
    const what = `the ${old.kind === 'node' ? 'node' : 'etcd member'} ${old.name}`;
    const moved = places.find(({ kind, name }) => kind === old.kind && name === old.name);
    // In a cluster that cannot be found: that is told where it is named.
    const named = old.kind === 'node' ? subject.outline.nodes : subject.outline.members;
    if (moved === undefined && named.some(({ fields }) => fields.name === old.name)) return [];
    const told =
      moved === undefined
        ? `Here ${what} is no longer named`
        : `Here ${what} goes from cluster ${old.cluster.name} to ${moved.cluster.name}`;
    const remedy =
      old.kind === 'node'
        ? 'Drain it, see that it does not hold the claim, and uninstall its release.'
        : 'Take it out of etcd by "etcdctl member remove", and uninstall its release.';
    const message = `${told}, but a rollout uninstalls nothing: in ${old.cluster.name} it goes on running. ${remedy}`;
    return [atKey(subject, moved === undefined ? whereItWas(subject, old) : [...moved.path, 'name'], message)];
  });
}

/** The nearest list that is left. */
function whereItWas({ outline }: Subject, old: ReleasePlace): Path {
  if (old.kind === 'member') return ['etcd', 'members'];
  const cluster = outline.clusters.find(({ fields }) => fields.name === old.cluster.name);
  return cluster === undefined ? ['clusters'] : [...cluster.path, 'nodes' in cluster.fields ? 'nodes' : 'name'];
}
