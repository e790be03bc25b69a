// Rules on the network between the sites: addresses that are routed must not be those of somebody else.

import { asMapping, type Named, type Path, textOf } from '../../environment/outline.ts';
import { type Problem, renderPath } from '../../environment/problem.ts';
import { type Network, parseCidr, parseIpv4 } from '../../environment/quantity.ts';
import { at, type CheckedRule, type Subject } from '../rule.ts';

export const networkRules: readonly CheckedRule[] = [
  {
    id: 'networks-disjoint',
    title: 'The networks of the clusters do not overlap',
    why: 'Between sites packets are routed by these networks: of two that overlap one is not reached, or only at times.',
    mend: 'Give each cluster networks of its own, pods and services included.',
    level: 'error',
    waivable: false,
    check: overlaps,
  },
  {
    id: 'tunnel-addresses',
    title: 'Each site has a tunnel address of its own, outside the routed networks',
    why: 'A gateway that is reached through its own tunnel is reached by nobody.',
    mend: "Take the gateway's public address.",
    level: 'error',
    waivable: false,
    check: tunnels,
  },
  {
    id: 'member-address',
    title: "An etcd member's address lies in its cluster's networks",
    why: 'The other sites reach a member through the link between the clouds, which routes only these.',
    mend: 'Correct the address, or add its network to the cluster.',
    level: 'error',
    waivable: true,
    check: strayMembers,
  },
  {
    id: 'ports-disjoint',
    title: 'No two listeners of a pod or a machine share a port',
    why: 'The second one to start fails to listen, and is restarted without end.',
    mend: 'Take another port.',
    level: 'error',
    waivable: false,
    check: ports,
  },
];

interface Routed extends Network {
  text: string;
  path: Path;
  cluster: string;
}

function routedOf({ outline }: Subject): Routed[] {
  return outline.clusters.flatMap(({ fields, path }) => {
    const { cidrs } = asMapping(fields.network);
    const list: unknown[] = Array.isArray(cidrs) ? cidrs : [];
    return list.flatMap((value, index) => {
      const network = parseCidr(textOf(value));
      const where = [...path, 'network', 'cidrs', index];
      return network ? [{ ...network, text: textOf(value), path: where, cluster: textOf(fields.name) }] : [];
    });
  });
}

function overlaps(subject: Subject): Problem[] {
  const all = routedOf(subject);
  return all.flatMap((one, index) => {
    const other = all.slice(0, index).find(each => each.first <= one.last && one.first <= each.last);
    if (other === undefined) return [];
    const message = `${renderPath(one.path)} is ${one.text}, which overlaps ${other.text} of cluster ${other.cluster}; expected networks that do not. Change one.`;
    return [at(subject, one.path, message)];
  });
}

function tunnels(subject: Subject): Problem[] {
  const routed = routedOf(subject);
  const taken = new Map<string, string>();
  return subject.outline.clusters.flatMap(({ fields, path }) => {
    const address = textOf(asMapping(fields.network).tunnel);
    if (address === '') return [];
    const where = [...path, 'network', 'tunnel'];
    const site = textOf(fields.site);
    const other = taken.get(address);
    taken.set(address, other ?? site);
    if (other !== undefined && other !== site) {
      const message = `${renderPath(where)} is ${address}, the tunnel address of site ${other}; expected one of its own. Change one.`;
      return [at(subject, where, message)];
    }
    const value = parseIpv4(address);
    const within = routed.find(each => value !== undefined && each.first <= value && value <= each.last);
    if (within === undefined) return [];
    const message = `${renderPath(where)} is ${address}, which lies in ${within.text} of cluster ${within.cluster}; expected an address outside the networks that the tunnels route. Take the gateway's public address.`;
    return [at(subject, where, message)];
  });
}

function strayMembers(subject: Subject): Problem[] {
  const routed = routedOf(subject);
  return subject.outline.members.flatMap(({ fields, path }) => {
    const value = parseIpv4(textOf(fields.address));
    const own = routed.filter(({ cluster }) => cluster === fields.cluster);
    if (value === undefined || own.length === 0 || own.some(({ first, last }) => first <= value && value <= last))
      return [];
    const where = [...path, 'address'];
    const networks = own.map(({ text }) => text).join(', ');
    const message = `${renderPath(where)} is ${textOf(fields.address)}, outside the networks of cluster ${textOf(fields.cluster)}; expected an address in ${networks}. Correct one of the two.`;
    return [at(subject, where, message)];
  });
}

/** Of nodeos and of etcd, as the charts have them. */
const nodeosPorts = new Map([
  [8888, "nodeos' API"],
  [9876, "nodeos' p2p"],
]);
const defaultMetricsPort = 2381;

function ports(subject: Subject): Problem[] {
  return [...subject.outline.members.flatMap(member => memberPorts(subject, member)), ...monitorPorts(subject)];
}

function memberPorts(subject: Subject, { fields, path }: Named): Problem[] {
  const values = subject.values.find(({ cluster }) => cluster === fields.cluster);
  const given = asMapping(asMapping(values?.value).etcd).metricsPort;
  const client = portOf(fields.clientPort, 2379);
  const peer = portOf(fields.peerPort, 2380);
  const metrics = portOf(given, defaultMetricsPort);
  const clash = (key: string, port: number, what: string) => {
    const shown = key in fields ? [...path, key] : path;
    const message = `${renderPath([...path, key])} is ${port}, ${what}; expected a port of its own. Change one.`;
    return at(subject, shown, message);
  };
  return [
    ...(peer === client ? [clash('peerPort', peer, "the member's clientPort as well")] : []),
    ...(metrics === client ? [clash('clientPort', client, "the member's metricsPort as well")] : []),
    ...(metrics === peer ? [clash('peerPort', peer, "the member's metricsPort as well")] : []),
  ];
}

function monitorPorts({ values }: Subject): Problem[] {
  return values.flatMap(({ value, locate }) => {
    const { port } = asMapping(asMapping(asMapping(value)['block-producer']).monitor);
    const taken = typeof port === 'number' ? nodeosPorts.get(port) : undefined;
    if (taken === undefined) return [];
    const message = `block-producer.monitor.port is ${port as number}, the port of ${taken} in the same pod; expected another. Take 9880.`;
    return [locate({ path: ['block-producer', 'monitor', 'port'], at: 'value', message })];
  });
}

function portOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** Only for the test that holds the ports above to the charts. */
export const chartPorts = { nodeos: [...nodeosPorts.keys()], etcdMetrics: defaultMetricsPort };
