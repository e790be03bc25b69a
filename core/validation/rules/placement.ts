// Rules on where nodes stand: distinct clouds, machines that are large enough, and nobody left running who is no longer named.

import { asMapping, textOf } from '../../environment/outline.ts';
import { type Problem, renderPath } from '../../environment/problem.ts';
import { parseBytes, parseCpu } from '../../environment/quantity.ts';
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
    id: 'machine-fits',
    title: "A node's requests fit the machines of its cluster",
    why: 'A pod that fits no machine is pending for ever: in a rollout that is the standby, and nobody is left to take over.',
    mend: 'Lower the requests in the values file, or name a larger machine. cpu and memory are what a machine has to allocate, not what it is sold with.',
    level: 'error',
    waivable: true,
    check: tooLarge,
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

interface Amounts {
  cpu: number;
  bytes: number;
}

/** What charts/block-producer asks for where a values file does not say. */
export const defaultRequests = {
  nodeos: { cpu: '1', memory: '2Gi' },
  monitor: { cpu: '100m', memory: '128Mi' },
} as const;

function tooLarge(subject: Subject): Problem[] {
  return subject.outline.clusters.flatMap(({ fields, path }) => {
    const machine = asMapping(fields.machine);
    const cpu = parseCpu(textOf(machine.cpu));
    const bytes = parseBytes(textOf(machine.memory));
    const hasNodes = Array.isArray(fields.nodes) && fields.nodes.length > 0;
    if (cpu === undefined || bytes === undefined || !hasNodes) return [];
    const wanted = requestsOf(subject, textOf(fields.name));
    const name = `${textOf(machine.type)} machines of cluster ${textOf(fields.name)}`;
    const tell = (key: string, found: string, most: string) =>
      at(
        subject,
        [...path, 'machine', key],
        `A node asks for ${found} of ${key}, nodeos and monitor together, but the ${name} have ${most} (${renderPath([...path, 'machine', key])}); expected no more than that. Lower the requests or take a larger machine.`,
      );
    return [
      ...(wanted.cpu > cpu ? [tell('cpu', round(wanted.cpu), textOf(machine.cpu))] : []),
      ...(wanted.bytes > bytes ? [tell('memory', `${round(wanted.bytes / 2 ** 30)}Gi`, textOf(machine.memory))] : []),
    ];
  });
}

function requestsOf({ values }: Subject, cluster: string): Amounts {
  const given = asMapping(asMapping(values.find(each => each.cluster === cluster)?.value)['block-producer']);
  const parts = (['nodeos', 'monitor'] as const).map(part => {
    const requests = asMapping(asMapping(asMapping(given[part]).resources).requests);
    return {
      cpu: parseCpu(asText(requests.cpu)) ?? parseCpu(defaultRequests[part].cpu) ?? 0,
      bytes: parseBytes(asText(requests.memory)) ?? parseBytes(defaultRequests[part].memory) ?? 0,
    };
  });
  return {
    cpu: parts.reduce((sum, each) => sum + each.cpu, 0),
    bytes: parts.reduce((sum, each) => sum + each.bytes, 0),
  };
}

/** YAML takes 2 for a number where Kubernetes takes it for an amount. */
function asText(value: unknown): string {
  return typeof value === 'number' ? String(value) : textOf(value);
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function removed(subject: Subject): Problem[] {
  const { base, outline } = subject;
  if (base === undefined) return [];
  const kept = (list: { fields: Record<string, unknown> }[]) => new Set(list.map(({ fields }) => fields.name));
  const gone = (before: { fields: Record<string, unknown> }[], after: { fields: Record<string, unknown> }[]) => {
    const names = kept(after);
    return before.map(({ fields }) => textOf(fields.name)).filter(name => name !== '' && !names.has(name));
  };
  const nodes = gone(base.outline.nodes, outline.nodes);
  const members = gone(base.outline.members, outline.members);
  const what = [...nodes.map(name => `the node ${name}`), ...members.map(name => `the etcd member ${name}`)];
  return what.map(each =>
    atKey(
      subject,
      each.startsWith('the node') ? ['clusters'] : ['etcd', 'members'],
      `Here ${each} is no longer named, but a rollout uninstalls nothing: it goes on running. Drain it, see that it does not hold the claim, and uninstall its release.`,
    ),
  );
}
