// Rules on changes of the etcd cluster: its majority must outlive each of them.

import { type Named, textOf } from '../../environment/outline.ts';
import type { Problem } from '../../environment/problem.ts';
import { atKey, type CheckedRule, type Subject } from '../rule.ts';

export const etcdRules: readonly CheckedRule[] = [
  {
    id: 'etcd-one-at-a-time',
    title: 'etcd members change one at a time',
    why: 'A member that is new or has moved is empty until it has caught up. Two of three at once are the majority, and the claim would be lost.',
    mend: 'Change one member in a pull request, wait until "active-eos status" shows it healthy, then the next. Two may be added or removed at once when nothing else changes, since their number stays odd.',
    level: 'error',
    waivable: false,
    check: manyMembers,
  },
];

const ownKeys = ['cluster', 'address', 'clientPort', 'peerPort'] as const;

function manyMembers(subject: Subject): Problem[] {
  if (subject.base === undefined) return [];
  const before = subject.base.outline.members;
  const after = subject.outline.members;
  const find = (list: Named[], name: unknown) => list.find(({ fields }) => fields.name === name);
  const added = after.filter(({ fields }) => find(before, fields.name) === undefined);
  const removed = before.filter(({ fields }) => find(after, fields.name) === undefined);
  const moved = after.filter(({ fields }) => {
    const old = find(before, fields.name);
    return old !== undefined && ownKeys.some(key => old.fields[key] !== fields[key]);
  });
  const isOne = moved.length + Math.max(added.length, removed.length) <= 1;
  const isPair = moved.length === 0 && added.length + removed.length === 2 && added.length !== 1;
  if (before.length === 0 || isOne || isPair) return [];
  const tell = (what: string, list: Named[]) =>
    list.length === 0 ? [] : [`${what} ${list.map(({ fields }) => textOf(fields.name)).join(', ')}`];
  const found = [...tell('adds', added), ...tell('removes', removed), ...tell('moves', moved)].join(', ');
  const message = `etcd.members ${found} at once; expected one change at a time, so that the majority keeps the claim. Split the pull request.`;
  return [atKey(subject, ['etcd', 'members'], message)];
}
