// Rules on changes of the etcd cluster: its majority must outlive each of them.

import { type Named, textOf } from '../../environment/outline.ts';
import type { Problem } from '../../environment/problem.ts';
import { at, atKey, type CheckedRule, type Subject } from '../rule.ts';

export const etcdRules: readonly CheckedRule[] = [
  {
    id: 'etcd-one-at-a-time',
    title: 'etcd members change one at a time',
    why: 'A member that is new or has moved is empty until it has caught up. Two of three at once are the majority, and the claim would be lost; so would one that joins while the others are being upgraded.',
    mend: 'Change one member in a pull request, wait until "active-eos status" shows it healthy, then the next; raise the image before or after. Two may be added or removed at once when nothing else changes, since their number stays odd.',
    level: 'error',
    waivable: false,
    check: subject => [...manyMembers(subject), ...membersWithImage(subject)],
  },
];

const ownKeys = ['cluster', 'address', 'clientPort', 'peerPort'] as const;

interface MemberChanges {
  added: Named[];
  removed: Named[];
  moved: Named[];
}

function changesOf(before: Named[], after: Named[]): MemberChanges {
  const find = (list: Named[], name: unknown) => list.find(({ fields }) => fields.name === name);
  return {
    added: after.filter(({ fields }) => find(before, fields.name) === undefined),
    removed: before.filter(({ fields }) => find(after, fields.name) === undefined),
    moved: after.filter(({ fields }) => {
      const old = find(before, fields.name);
      return old !== undefined && ownKeys.some(key => old.fields[key] !== fields[key]);
    }),
  };
}

function manyMembers(subject: Subject): Problem[] {
  const before = subject.base?.outline.members ?? [];
  const { added, removed, moved } = changesOf(before, subject.outline.members);
  const isOne = moved.length + Math.max(added.length, removed.length) <= 1;
  const isPair = moved.length === 0 && added.length + removed.length === 2 && added.length !== 1;
  if (before.length === 0 || isOne || isPair) return [];
  const tell = (what: string, list: Named[]) =>
    list.length === 0 ? [] : [`${what} ${list.map(({ fields }) => textOf(fields.name)).join(', ')}`];
  const found = [...tell('adds', added), ...tell('removes', removed), ...tell('moves', moved)].join(', ');
  const message = `etcd.members ${found} at once; expected one change at a time, so that the majority keeps the claim. Split the pull request.`;
  return [atKey(subject, ['etcd', 'members'], message)];
}

function membersWithImage(subject: Subject): Problem[] {
  const { base } = subject;
  const { etcd, members } = subject.outline;
  if (base === undefined || base.outline.members.length === 0 || base.outline.etcd.image === etcd.image) return [];
  const { added, removed, moved } = changesOf(base.outline.members, members);
  if (added.length + removed.length + moved.length === 0) return [];
  const message =
    'etcd.image changes together with etcd.members; expected one of the two, since a member that joins counts as one that is down. Split the pull request.';
  return [at(subject, ['etcd', 'image'], message)];
}
