// Rules on what pods ask for: amounts that Kubernetes takes, and that a machine of the cluster has.

import { asMapping, type Fields, textOf } from '../../environment/outline.ts';
import { type Problem, renderFound, renderPath } from '../../environment/problem.ts';
import { parseBytes, parseCpu } from '../../environment/quantity.ts';
import { at, type CheckedRule, type Source, type Subject } from '../rule.ts';

export const resourceRules: readonly CheckedRule[] = [
  {
    id: 'resource-amounts',
    title: 'Requests and limits are amounts, and no request is above its limit',
    why: 'The API server refuses the pod. A StatefulSet takes it first: the old pod is gone by then.',
    mend: 'Write 500m or "2" for CPU, 32Gi for memory, and raise the limit with the request. The charts have limits of their own.',
    level: 'error',
    waivable: false,
    check: subject => subject.values.flatMap(malformed),
  },
  {
    id: 'machine-fits',
    title: "A pod's requests fit the machines of its cluster",
    why: 'A pod that fits no machine is pending for ever: in a rollout that is the standby, and nobody is left to take over.',
    mend: 'Lower the requests in the values file, or name a larger machine. cpu and memory are what a machine has to allocate, not what it is sold with.',
    level: 'error',
    waivable: true,
    check: tooLarge,
  },
];

type Kind = 'cpu' | 'memory';
type Amounts = Partial<Record<Kind, string>>;

interface Container {
  /** Where its resources stand in a values file. */
  path: readonly string[];
  /** The chart's own. */
  requests: Amounts;
  limits: Amounts;
}

/** As the charts have them where a values file does not say. */
export const pods: Record<'node' | 'member', readonly Container[]> = {
  node: [
    { path: ['block-producer', 'nodeos', 'resources'], requests: { cpu: '1', memory: '2Gi' }, limits: {} },
    {
      path: ['block-producer', 'monitor', 'resources'],
      requests: { cpu: '100m', memory: '128Mi' },
      limits: { memory: '512Mi' },
    },
  ],
  member: [{ path: ['etcd', 'resources'], requests: { cpu: '200m', memory: '256Mi' }, limits: { memory: '1Gi' } }],
};

const kinds = ['cpu', 'memory'] as const;
const read: Record<Kind, (text: string) => number | undefined> = { cpu: parseCpu, memory: parseBytes };

interface Amount {
  found: unknown;
  /** undefined when there is none, or it cannot be read. */
  value: number | undefined;
  isGiven: boolean;
}

function amountOf(values: unknown, container: Container, what: 'requests' | 'limits', kind: Kind): Amount {
  const resources = container.path.reduce<Fields>((at, key) => asMapping(at[key]), asMapping(values));
  const given = asMapping(resources[what])[kind];
  const found = given === undefined ? container[what][kind] : given;
  // YAML takes 2 for a number where Kubernetes takes it for an amount.
  const text = typeof found === 'number' ? String(found) : textOf(found);
  return { found, value: read[kind](text), isGiven: given !== undefined };
}

function malformed({ value, locate }: Source): Problem[] {
  return Object.values(pods)
    .flat()
    .flatMap(container =>
      kinds.flatMap(kind => {
        const tell = (what: 'requests' | 'limits', message: (where: string) => string) => {
          const path = [...container.path, what, kind];
          return [locate({ path, at: 'value', message: message(renderPath(path)) })];
        };
        const unread = (['requests', 'limits'] as const).flatMap(what => {
          const { found, value: amount, isGiven } = amountOf(value, container, what, kind);
          if (!isGiven || found === null || amount !== undefined) return [];
          const expected = kind === 'cpu' ? 'an amount such as 500m or "2"' : 'an amount such as 32Gi';
          return tell(what, where => `${where} is ${renderFound(found)}; expected ${expected}. Correct it.`);
        });
        const request = amountOf(value, container, 'requests', kind);
        const limit = amountOf(value, container, 'limits', kind);
        const isAbove = request.value !== undefined && limit.value !== undefined && request.value > limit.value;
        if (unread.length > 0 || !isAbove || !(request.isGiven || limit.isGiven)) return unread;
        return tell(
          request.isGiven ? 'requests' : 'limits',
          where =>
            `${where}: the request of ${textOf(request.found) || String(request.found)} is above the limit of ${textOf(limit.found) || String(limit.found)}${limit.isGiven ? '' : ", the chart's own"}; expected no more than that. Raise the limit or lower the request.`,
        );
      }),
    );
}

function tooLarge(subject: Subject): Problem[] {
  const { clusters, members } = subject.outline;
  return clusters.flatMap(({ fields, path }) => {
    const machine = asMapping(fields.machine);
    const values = subject.values.find(({ cluster }) => cluster === fields.name)?.value;
    const runs = {
      node: Array.isArray(fields.nodes) && fields.nodes.length > 0,
      member: members.some(member => member.fields.cluster === fields.name),
    };
    return (['node', 'member'] as const).flatMap(pod =>
      kinds.flatMap(kind => {
        const most = read[kind](textOf(machine[kind]));
        const wanted = pods[pod].reduce((sum, each) => sum + (amountOf(values, each, 'requests', kind).value ?? 0), 0);
        if (!runs[pod] || most === undefined || wanted <= most) return [];
        const where = [...path, 'machine', kind];
        const who = pod === 'node' ? 'A node, nodeos and monitor together,' : 'An etcd member';
        const message = `${who} asks for ${show(wanted, kind)} of ${kind}, but ${textOf(machine.type)} machines of cluster ${textOf(fields.name)} have ${textOf(machine[kind])} (${renderPath(where)}); expected no more than that. Lower the requests or take a larger machine.`;
        return [at(subject, where, message)];
      }),
    );
  });
}

function show(amount: number, kind: Kind): string {
  const rounded = (value: number) => String(Math.round(value * 100) / 100);
  return kind === 'cpu' ? rounded(amount) : `${rounded(amount / 2 ** 30)}Gi`;
}
