// Decides whether the parts of an environment agree: names, references, and a quorum that outlives any one site or cloud.
// It reads the raw value and skips what is malformed (the schema tells that), so that all problems come at once.

import { mappingsIn, type Named, namesOf, outlineOf, type Path, textOf } from './outline.ts';
import { type Finding, nearest, renderPath } from './problem.ts';
import { parseDurationMs } from './quantity.ts';

/** Every disagreement found, in the order of the rules, each with the id of its rule. */
export function checkRules(value: unknown): Finding[] {
  const { etcd, rollout, clusters, nodes, members } = outlineOf(value);
  const found: Record<string, Finding[]> = {
    'unique-names': [
      ...duplicates(clusters, 'name', 'Each cluster needs a name of its own'),
      ...duplicates(clusters, 'context', 'Each cluster needs a context of its own'),
      ...duplicates(nodes, 'name', 'Node names are unique over all clusters'),
      ...duplicates(members, 'name', 'Each etcd member needs a name of its own'),
      ...releaseNameClashes(nodes, members),
    ],
    'etcd-addresses': duplicateAddresses(members),
    'zones-distinct': sharedZones(clusters),
    'finalizer-key-shared': sharedFinalizers(nodes),
    'no-producers': noProducers(clusters, nodes),
    'etcd-quorum': [...membersInUnknownClusters(members, clusters), ...quorum(members, clusters)],
    'rollout-order': order(rollout.order, clusters),
    'etcd-election': electionTimes(etcd),
  };
  return Object.entries(found).flatMap(([rule, findings]) => findings.map(finding => ({ ...finding, rule })));
}

function duplicates(items: Named[], key: string, rule: string): Finding[] {
  const first = new Map<string, Path>();
  return items.flatMap(({ path, fields }) => {
    const found = fields[key];
    if (typeof found !== 'string') return [];
    const earlier = first.get(found);
    if (!earlier) {
      first.set(found, path);
      return [];
    }
    const where = [...path, key];
    const other = renderPath([...earlier, key]);
    return [
      finding(
        where,
        `${renderPath(where)} is "${found}", which ${other} has already; expected another. ${rule}; change one.`,
      ),
    ];
  });
}

function duplicateAddresses(members: Named[]): Finding[] {
  const first = new Map<string, Path>();
  return members.flatMap(({ path, fields }) => {
    if (textOf(fields.address) === '') return [];
    const ports = [fields.peerPort ?? 2380, fields.clientPort ?? 2379].filter(port => typeof port === 'number');
    const taken = ports.map(port => `${textOf(fields.address)}:${port}`);
    const clash = taken.find(each => first.has(each));
    const earlier = first.get(clash ?? '');
    for (const each of taken) if (!first.has(each)) first.set(each, path);
    if (clash === undefined || earlier === undefined) return [];
    const where = [...path, 'address'];
    const found = `${renderPath(where)} is "${clash}", which ${renderPath([...earlier, 'address'])} has already`;
    return [
      finding(where, `${found}; expected another. Each etcd member needs an address and ports of its own; change one.`),
    ];
  });
}

/** A node's release has the node's name, a member's is called etcd-<member>; both live in one namespace. */
function releaseNameClashes(nodes: Named[], members: Named[]): Finding[] {
  const taken = new Set(namesOf(members).map(name => `etcd-${name}`));
  return nodes.flatMap(({ path, fields }) => {
    const name = textOf(fields.name);
    if (!taken.has(name)) return [];
    const where = [...path, 'name'];
    const found = `${renderPath(where)} is "${name}", the name of an etcd member's release`;
    return [finding(where, `${found}; expected another. Rename the node.`)];
  });
}

function sharedZones(clusters: Named[]): Finding[] {
  return clusters.flatMap(({ path, fields }) =>
    duplicates(
      mappingsIn(fields.nodes, [...path, 'nodes']),
      'zone',
      'Two nodes of a cluster stand in two zones, so that one zone can be lost',
    ),
  );
}

/** Two nodes that vote with one BLS key break finality's safety. */
function sharedFinalizers(nodes: Named[]): Finding[] {
  return duplicates(nodes, 'finalizerSecret', 'Each node votes with a finalizer key of its own');
}

function noProducers(clusters: Named[], nodes: Named[]): Finding[] {
  if (clusters.length === 0 || nodes.length > 0) return [];
  return [
    finding(['clusters'], 'clusters have no node; expected at least one that produces. Add nodes to a cluster.', 'key'),
  ];
}

function membersInUnknownClusters(members: Named[], clusters: Named[]): Finding[] {
  const known = namesOf(clusters);
  return members.flatMap(({ path, fields }) => unknownCluster([...path, 'cluster'], fields.cluster, known));
}

function quorum(members: Named[], clusters: Named[]): Finding[] {
  const findings: Finding[] = [];
  const where: Path = ['etcd', 'members'];
  const count = members.length;
  if (count === 0) return [];
  if (count % 2 === 0) {
    const message = `etcd.members has ${count} entries; expected an odd number, so that a majority exists. Add or remove one.`;
    findings.push(finding(where, message, 'key'));
  }
  const sites = new Set(clusters.map(({ fields }) => fields.site).filter(site => typeof site === 'string'));
  const membersBySite = countBy(members, clusters, 'site');
  for (const { path, fields } of clusters) {
    const site = fields.site;
    if (typeof site !== 'string' || membersBySite.has(site) || !sites.delete(site)) continue;
    const at = [...path, 'site'];
    findings.push(
      finding(
        at,
        `${renderPath(at)} is "${site}", a site without an etcd member; expected one in every site. Add a member in one of its clusters.`,
      ),
    );
  }
  const lost = tooMany(membersBySite, count, 'site');
  // In most environments a site is a cloud: the same loss is told once.
  findings.push(...(lost.length > 0 ? lost : tooMany(countBy(members, clusters, 'cloud'), count, 'cloud')));
  return findings;
}

function tooMany(counts: Map<string, number>, count: number, domain: 'site' | 'cloud'): Finding[] {
  const majority = Math.floor(count / 2) + 1;
  // Of two none may be lost, wherever they are: that their number is even says it all.
  if (count === 2) return [];
  return [...counts].flatMap(([name, here]) => {
    if (count - here >= majority) return [];
    const found = `${here} of the ${count} etcd members are in ${domain} "${name}"`;
    const expected = `expected at most ${count - majority}, so that ${majority} are left when it is lost`;
    return [finding(['etcd', 'members'], `${found}; ${expected}. Put members in at least three ${domain}s.`, 'key')];
  });
}

function countBy(members: Named[], clusters: Named[], domain: 'site' | 'cloud'): Map<string, number> {
  const domains = new Map(clusters.map(({ fields }) => [fields.name, fields[domain]]));
  const counts = new Map<string, number>();
  for (const { fields } of members) {
    const name = domains.get(fields.cluster);
    if (typeof name === 'string') counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function order(value: unknown, clusters: Named[]): Finding[] {
  if (!Array.isArray(value)) return [];
  const where: Path = ['rollout', 'order'];
  const known = namesOf(clusters);
  const listed: unknown[] = value;
  const findings = listed.flatMap((name, index) => unknownCluster([...where, index], name, known));
  for (const [index, name] of listed.entries()) {
    if (listed.indexOf(name) === index || typeof name !== 'string') continue;
    const at = [...where, index];
    findings.push(finding(at, `${renderPath(at)} is "${name}" a second time; expected each cluster once. Remove one.`));
  }
  for (const { fields } of clusters) {
    const name = fields.name;
    const produces = Array.isArray(fields.nodes) && fields.nodes.length > 0;
    if (typeof name !== 'string' || !produces || listed.includes(name)) continue;
    findings.push(
      finding(
        where,
        `rollout.order leaves out "${name}", which has nodes; expected every cluster with nodes. Add it where its turn is.`,
      ),
    );
  }
  return findings;
}

/** Below five heartbeats etcd refuses to start. Source: server/embed/config.go, Validate. */
function electionTimes(etcd: Record<string, unknown>): Finding[] {
  const heartbeat = parseDurationMs(textOf(etcd.heartbeat ?? '100ms'));
  const election = parseDurationMs(textOf(etcd.election ?? '1s'));
  if (heartbeat === undefined || election === undefined || election >= 5 * heartbeat) return [];
  const where: Path = ['etcd', 'election' in etcd ? 'election' : 'heartbeat'];
  const found = `etcd.election is ${election} ms with a heartbeat of ${heartbeat} ms`;
  return [finding(where, `${found}; expected at least five heartbeats. Raise it to ${10 * heartbeat}ms.`)];
}

function unknownCluster(path: Path, value: unknown, known: string[]): Finding[] {
  if (typeof value !== 'string' || known.length === 0 || known.includes(value)) return [];
  const near = nearest(value, known);
  const remedy = near === undefined ? 'Correct the name or add the cluster' : `Did you mean "${near}"?`;
  const expected = known.map(name => `"${name}"`).join(', ');
  return [
    finding(path, `${renderPath(path)} is "${value}", no cluster of this file; expected one of ${expected}. ${remedy}`),
  ];
}

/** What is said of a whole list or mapping is shown at its key: its value begins with something innocent. */
function finding(path: Path, message: string, at: Finding['at'] = 'value'): Finding {
  return { path, at, message: /[.?]$/.test(message) ? message : `${message}.` };
}
