// Rules on what an environment is: one claim, one signing key, and an identity that does not change on the way.

import { type Path, textOf } from '../../environment/outline.ts';
import { type Problem, renderFound, renderPath } from '../../environment/problem.ts';
import { at, type CheckedRule, type Subject } from '../rule.ts';

export const identityRules: readonly CheckedRule[] = [
  {
    id: 'claim-shared',
    title: 'No two environments run one producer on one chain',
    why: 'Each has a claim of its own, so that neither would hold the other back: slots would be signed twice.',
    mend: 'Put all nodes of a producer into one environment.',
    level: 'error',
    waivable: false,
    check: subject => shared(subject, claimOf, ['chain', 'producer'], 'run the same producer on the same chain'),
  },
  {
    id: 'key-shared',
    title: 'No two environments sign with one key',
    why: 'A claim fences only the nodes of its environment. A key in two of them can sign a slot twice.',
    mend: 'Make a key of its own for each environment and register it by regproducer.',
    level: 'error',
    waivable: false,
    check: subject => shared(subject, publicKeyOf, ['chain', 'publicKey'], 'sign with the same key'),
  },
  {
    id: 'release-shared',
    title: 'No two environments install releases of one name into one namespace of one cluster',
    why: 'They would replace each other, and mount the same volume and the same signing key.',
    mend: 'Give each environment a namespace of its own.',
    level: 'error',
    waivable: false,
    check: sharedReleases,
  },
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

function claimOf({ outline }: Subject): string {
  const { id, producer } = outline.chain;
  return textOf(id) === '' || textOf(producer) === '' ? '' : `${textOf(id)} ${textOf(producer)}`;
}

function publicKeyOf({ outline }: Subject): string {
  return textOf(outline.chain.publicKey);
}

/** Told where it is new: at an environment whose base did not have it yet, or else at the second by name. */
function shared(subject: Subject, read: (of: Subject) => string, path: Path, what: string): Problem[] {
  const own = read(subject);
  const fellow = subject.fellows.find(each => own !== '' && read(each) === own && isToldAt(subject, each, read));
  if (fellow === undefined) return [];
  const message = `${renderPath(path)}: the environments ${subject.name} and ${fellow.name} ${what}; expected one environment only. Change one.`;
  return [at(subject, path, message)];
}

function isToldAt(subject: Subject, fellow: Subject, read: (of: Subject) => string): boolean {
  const isNew = (of: Subject) => of.base === undefined || read(of.base) !== read(of);
  if (isNew(subject) !== isNew(fellow)) return isNew(subject);
  return subject.name > fellow.name;
}

function sharedReleases(subject: Subject): Problem[] {
  const others = new Map(
    subject.fellows.flatMap(fellow => releasePlaces(fellow).map(place => [place.key, fellow.name])),
  );
  return releasePlaces(subject).flatMap(({ key, path, name }) => {
    const other = others.get(key);
    if (other === undefined || subject.name < other) return [];
    const message = `${renderPath(path)} is "${name}", which the environment ${other} installs in the same namespace of the same cluster; expected a place of its own. Give this environment another namespace.`;
    return [at(subject, path, message)];
  });
}

function releasePlaces({ outline }: Subject): { key: string; path: Path; name: string }[] {
  const namespace = textOf(outline.file.namespace) || 'active-eos';
  const contexts = new Map(outline.clusters.map(({ fields }) => [fields.name, textOf(fields.context)]));
  const place = (context: string, release: string, path: Path, name: string) =>
    context === '' || name === '' ? [] : [{ key: `${context} ${namespace} ${release}`, path: [...path, 'name'], name }];
  return [
    ...outline.nodes.flatMap(({ fields, path, cluster }) =>
      place(textOf(cluster.fields.context), textOf(fields.name), path, textOf(fields.name)),
    ),
    ...outline.members.flatMap(({ fields, path }) =>
      place(contexts.get(fields.cluster) ?? '', `etcd-${textOf(fields.name)}`, path, textOf(fields.name)),
    ),
  ];
}

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

function changedParts(subject: Subject): { part: Part; before: unknown }[] {
  if (subject.base === undefined) return [];
  const before = identityOf(subject.base);
  return [...identityOf(subject)].flatMap(([key, part]) => {
    const old = before.get(key);
    return old?.value === undefined || part.value === undefined || old.value === part.value
      ? []
      : [{ part, before: old.value }];
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
function isElsewhereChanged({ files, outline, base }: Subject): boolean {
  if (base === undefined) return false;
  const texts = (of: Subject['files']) => JSON.stringify(of.values.map(({ cluster, text }) => [cluster, text]));
  if (texts(files) !== texts(base.files)) return true;
  return withoutIdentity(outline.file) !== withoutIdentity(base.outline.file);
}

const identityKeys = new Set(['id', 'producer', 'publicKey', 'prefix', 'namespace', 'context', 'waivers']);

function withoutIdentity(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => (identityKeys.has(key) ? undefined : inner));
}
