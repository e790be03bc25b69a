// Rules between the environments of a repository: what one has, no other may have. Told where it is new.

import { type Path, textOf } from '../../environment/outline.ts';
import { type Problem, renderPath } from '../../environment/problem.ts';
import { releasePlaces } from '../places.ts';
import { keyIdentity } from '../public-key.ts';
import { at, type CheckedRule, type Subject } from '../rule.ts';

export const fellowRules: readonly CheckedRule[] = [
  {
    id: 'key-shared',
    title: 'No two environments sign with one key',
    why: 'A claim fences only the nodes of its environment. A key in two of them can sign a slot twice.',
    mend: 'Make a key of its own for each environment and register it by regproducer.',
    level: 'error',
    waivable: false,
    check: subject => shared(subject, keyOf, ['chain', 'publicKey'], 'sign with the same key'),
  },
  {
    id: 'claim-shared',
    title: 'No two environments share a claim',
    why: 'With one producer, one chain and one prefix in one etcd they write the same keys: nodes of one would take over from those of the other, whose pipeline does not know of them.',
    mend: 'Put all nodes of a producer into one environment.',
    level: 'error',
    waivable: false,
    check: subject => shared(subject, claimsOf, ['chain', 'producer'], 'have the same claim'),
  },
  {
    id: 'producer-shared',
    title: 'No two environments run one producer on one chain',
    why: 'The chain knows one key of a producer: the nodes of all other environments stand by for nothing. It is only right while a producer moves from one to another by regproducer.',
    mend: 'Put all nodes of a producer into one environment, or remove the one that it has left.',
    level: 'warning',
    waivable: true,
    check: sharedProducer,
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
    id: 'secret-shared',
    title: 'A Secret holds one key, for one purpose',
    why: 'Two producers that name one Secret would sign with one key, two nodes that name one would vote with one, and what nodeos mounts for its votes must not hold the key that only the monitor may have.',
    mend: 'Give each key a Secret of its own, or each environment a namespace.',
    level: 'error',
    waivable: false,
    check: subject => [...mixedSecrets(subject), ...sharedSecrets(subject)],
  },
  {
    id: 'etcd-shared',
    title: 'No two environments have etcd members at one address',
    why: 'Each installs its members: of two at one address and port one is never reached, and votes are counted in the wrong cluster.',
    mend: 'Give each environment an etcd of its own, with other addresses or ports.',
    level: 'error',
    waivable: false,
    check: sharedMembers,
  },
];

type Read = (of: Subject) => readonly string[];

/** Told at an environment whose base did not have it yet, or else at the second by name. */
function shared(subject: Subject, read: Read, path: Path, what: string): Problem[] {
  const fellow = subject.fellows.find(each => read(subject).some(own => isToldAt(subject, each, own, read)));
  if (fellow === undefined) return [];
  const message = `${renderPath(path)}: the environments ${subject.name} and ${fellow.name} ${what}; expected one environment only. Change one.`;
  return [at(subject, path, message)];
}

/** Whether both have it, and this one is where to tell it. */
function isToldAt(subject: Subject, fellow: Subject, own: string, read: Read): boolean {
  if (!read(fellow).includes(own)) return false;
  const isNew = (of: Subject) => of.base === undefined || !read(of.base).includes(own);
  if (isNew(subject) !== isNew(fellow)) return isNew(subject);
  return subject.name > fellow.name;
}

/** Where they share a key or a claim that is told already, and worse. */
function sharedProducer(subject: Subject): Problem[] {
  const isWorse = (fellow: Subject) =>
    [keyOf, claimsOf].some(read => read(fellow).some(each => read(subject).includes(each)));
  const fellows = subject.fellows.filter(fellow => !isWorse(fellow));
  return shared({ ...subject, fellows }, producersOf, ['chain', 'producer'], 'run the same producer on the same chain');
}

function keyOf({ outline }: Subject): string[] {
  const key = textOf(outline.chain.publicKey);
  return key === '' ? [] : [keyIdentity(key)];
}

function producersOf({ outline }: Subject): string[] {
  const [id, producer] = [textOf(outline.chain.id), textOf(outline.chain.producer)];
  return id === '' || producer === '' ? [] : [`${id} ${producer}`];
}

/** One for each member that it may be read from. */
function claimsOf(subject: Subject): string[] {
  const prefix = textOf(subject.outline.etcd.prefix) || '/active-eos';
  return producersOf(subject).flatMap(producer =>
    subject.outline.members.map(({ fields }) => `${producer} ${prefix} ${clientAddress(fields)}`),
  );
}

function clientAddress(fields: Record<string, unknown>): string {
  return `${textOf(fields.address)}:${typeof fields.clientPort === 'number' ? fields.clientPort : 2379}`;
}

function sharedReleases(subject: Subject): Problem[] {
  const read: Read = of => releasePlaces(of).map(({ key }) => key);
  return releasePlaces(subject).flatMap(({ key, path, name }) => {
    const fellow = subject.fellows.find(each => isToldAt(subject, each, key, read));
    if (fellow === undefined) return [];
    const where = [...path, 'name'];
    const message = `${renderPath(where)} is "${name}", which the environment ${fellow.name} installs in the same namespace of the same cluster; expected a place of its own. Give this environment another namespace.`;
    return [at(subject, where, message)];
  });
}

function sharedMembers(subject: Subject): Problem[] {
  const read: Read = ({ outline }) => outline.members.map(({ fields }) => clientAddress(fields));
  const [first] = subject.outline.members.flatMap(({ fields, path }) => {
    const fellow = subject.fellows.find(each => isToldAt(subject, each, clientAddress(fields), read));
    return fellow === undefined || textOf(fields.address) === '' ? [] : [{ fields, path, fellow }];
  });
  if (first === undefined) return [];
  const where = [...first.path, 'address'];
  const message = `${renderPath(where)} is ${clientAddress(first.fields)}, where the environment ${first.fellow.name} has a member; expected an address and port of its own. Change one.`;
  return [at(subject, where, message)];
}

/** Within one environment: the Secret that nodeos mounts is none that the monitor has its key from. */
function mixedSecrets(subject: Subject): Problem[] {
  const { nodes, etcd } = subject.outline;
  const keys = new Set(nodes.map(({ fields }) => textOf(fields.keySecret) || 'producer-key'));
  const tls = new Set([textOf(etcd.serverSecret) || 'etcd-server', textOf(etcd.clientSecret) || 'etcd-client']);
  return nodes.flatMap(({ fields, path }) =>
    (['keySecret', 'finalizerSecret'] as const).flatMap(key => {
      const name = textOf(fields[key]);
      const holds =
        key === 'finalizerSecret' && keys.has(name) ? 'the signing key' : tls.has(name) ? "etcd's certificates" : '';
      if (name === '' || holds === '') return [];
      const where = [...path, key];
      const message = `${renderPath(where)} is "${name}", which holds ${holds} as well; expected a Secret for this alone. Make one.`;
      return [at(subject, where, message)];
    }),
  );
}

interface NamedSecret {
  /** Equal for one Secret of one namespace in one cluster. */
  key: string;
  path: Path;
  name: string;
}

function secretsOf(subject: Subject): NamedSecret[] {
  const namespace = textOf(subject.outline.file.namespace) || 'active-eos';
  return releasePlaces(subject).flatMap(({ kind, fields, path, cluster }) => {
    const names: [string, Path][] = [
      [textOf(fields.keySecret) || 'producer-key', 'keySecret' in fields ? [...path, 'keySecret'] : [...path, 'name']],
      [textOf(fields.finalizerSecret), [...path, 'finalizerSecret']],
    ];
    return kind === 'member'
      ? []
      : names
          .filter(([name]) => name !== '')
          .map(([name, where]) => ({ key: `${cluster.context} ${namespace} ${name}`, path: where, name }));
  });
}

/** Between environments: once for each fellow. Of two with one signing key that is told already, and worse. */
function sharedSecrets(subject: Subject): Problem[] {
  const read: Read = of => secretsOf(of).map(({ key }) => key);
  return subject.fellows.flatMap(fellow => {
    const found = secretsOf(subject).find(({ key }) => isToldAt(subject, fellow, key, read));
    if (found === undefined || keyOf(subject)[0] === keyOf(fellow)[0]) return [];
    const message = `The Secret "${found.name}" is named by the environment ${fellow.name} too, in the same namespace of the same cluster; expected one for each key (${renderPath(found.path)}). Give this environment another namespace, or the Secret another name.`;
    return [at(subject, found.path, message)];
  });
}
