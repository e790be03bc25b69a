// Rules on what an environment is: its identity does not change on the way.

import { type Path, textOf } from '../../environment/outline.ts';
import { type Problem, renderFound, renderPath } from '../../environment/problem.ts';
import { keyIdentity } from '../public-key.ts';
import { at, type CheckedRule, type Subject } from '../rule.ts';

export const identityRules: readonly CheckedRule[] = [
  {
    id: 'identity-with-rollout',
    title: 'The identity of an environment changes by itself, never together with something else',
    why: 'Chain id, producer, key, claim prefix, namespace and contexts decide which claim holds a node back. In the middle of a rollout old and new nodes would be held by two.',
    mend: 'Make it a pull request of its own.',
    level: 'error',
    waivable: false,
    check: subject => (isElsewhereChanged(subject) ? changedIdentity(subject, 'together with other changes') : []),
  },
  {
    id: 'identity-changed',
    title: 'The identity of an environment does not change',
    why: 'Another chain, producer, prefix, namespace or context is another environment: its claim has to be installed, and the nodes of the old one go on signing until somebody ends them.',
    mend: 'Make a new environment. Where it has to be this one, stop all nodes first, and waive this rule with a word on how.',
    level: 'error',
    waivable: true,
    check: subject => (isElsewhereChanged(subject) ? [] : changedIdentity(subject, 'in an environment that exists')),
  },
];

interface Part {
  path: Path;
  value: unknown;
}

/** What decides which claim holds a node back. A cluster is known by its name: one that is added or removed changes nothing here. */
function identityOf({ outline }: Subject): Map<string, Part> {
  const { file, chain, etcd, clusters } = outline;
  const parts: [string, Part][] = [
    ['chain.id', { path: ['chain', 'id'], value: chain.id }],
    ['chain.producer', { path: ['chain', 'producer'], value: chain.producer }],
    ['chain.publicKey', { path: ['chain', 'publicKey'], value: chain.publicKey }],
    ['etcd.prefix', { path: ['etcd', 'prefix'], value: etcd.prefix ?? '/active-eos' }],
    ['namespace', { path: ['namespace'], value: file.namespace ?? 'active-eos' }],
  ];
  const contexts = clusters.map(({ fields, path }): [string, Part] => [
    `context of ${textOf(fields.name)}`,
    { path: [...path, 'context'], value: fields.context },
  ]);
  return new Map([...parts, ...contexts]);
}

function sameKey(a: unknown, b: unknown): boolean {
  return keyIdentity(textOf(a)) === keyIdentity(textOf(b));
}

function changedParts(subject: Subject): { part: Part; before: unknown }[] {
  if (subject.base === undefined) return [];
  const before = identityOf(subject.base);
  return [...identityOf(subject)].flatMap(([key, part]) => {
    const old = before.get(key);
    const isSame = key === 'chain.publicKey' ? sameKey(old?.value, part.value) : old?.value === part.value;
    return old?.value === undefined || part.value === undefined || isSame ? [] : [{ part, before: old.value }];
  });
}

function changedIdentity(subject: Subject, how: string): Problem[] {
  return changedParts(subject).map(({ part, before }) => {
    const isKey = part.path.at(-1) === 'publicKey';
    const change = isKey ? 'changes' : `goes from ${renderFound(before)} to ${renderFound(part.value)}`;
    const message = `${renderPath(part.path)} ${change} ${how}; expected it to stay, since it decides which claim holds the nodes back. Undo it here.`;
    return at(subject, part.path, message);
  });
}

/** Whether anything but the identity differs from the base. */
function isElsewhereChanged({ values, outline, base }: Subject): boolean {
  if (base === undefined) return false;
  // By value: a comment rolls nothing out.
  const contents = (of: Subject['values']) => JSON.stringify(of.map(({ cluster, value }) => [cluster, value]));
  if (contents(values) !== contents(base.values)) return true;
  return withoutIdentity(outline.file) !== withoutIdentity(base.outline.file);
}

const identityKeys = new Set(['id', 'producer', 'publicKey', 'prefix', 'namespace', 'context', 'waivers']);

function withoutIdentity(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => (identityKeys.has(key) ? undefined : inner));
}
