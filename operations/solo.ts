// Break-glass: has one node sign without etcd, after all others are seen to be off and etcd to be gone.

import type { Release } from '#core/environment/environment.ts';
import type { SoloStatus } from '#core/failover/solo-record.ts';
import { describeError } from './operation-error.ts';
import type { Fleet } from './ports.ts';
import { keysOf } from './register.ts';

/** What solo needs of a cluster, besides the fleet. */
export interface SoloPort {
  /** Every pod of the producer in a cluster, those that are going down as well. Throws when the cluster cannot be asked. */
  pods(cluster: string): Promise<SoloPod[]>;
  /** How many pods a node's StatefulSet asks for; undefined when there is none. */
  replicas(release: Release): Promise<number | undefined>;
  /** Runs monitor/solo-order.ts beside the node's monitor. */
  order(release: Release, args: readonly string[]): Promise<void>;
  /** How to scale a node to zero, for a person to copy. */
  scaleCommand(release: Release): string;
}

export interface SoloPod {
  name: string;
  phase: string;
  machine: string;
}

export interface SoloOptions {
  node: string;
  /** Nodes in clusters that cannot be asked, which the operator has fenced by hand. */
  fenced: readonly string[];
  /** The same once more. */
  fencedAgain: readonly string[];
  by: string;
  id: string;
  report(text: string): void;
}

export type SoloResult =
  | { kind: 'signing' | 'stopped'; status: SoloStatus | null }
  /** Nothing was ordered, or the monitor refused. */
  | { kind: 'refused'; problems: string[] }
  /** Ordered, and not seen to happen: the order stands for ten minutes. */
  | { kind: 'unconfirmed'; reason: string };

const pollMs = 1000;
/** The monitor itself waits for ten seconds of silence, and for the schedule. */
const settleLimitMs = 60_000;

export async function startSolo(fleet: Fleet, port: SoloPort, options: SoloOptions): Promise<SoloResult> {
  const { node, by, id, report } = options;
  const release = fleet.releases.find(each => each.node === node);
  if (release === undefined) return { kind: 'refused', problems: [unknownNode(fleet, node)] };
  report('looking for other nodes, and for etcd');
  const others = await judgeOthers(fleet, port, release, options);
  const answering = await answeringMembers(fleet, report);
  const monitor = await fleet.monitors.status(release);
  const problems = [...others.problems, ...answering];
  if (monitor === undefined) problems.push(`the monitor of ${node} does not answer.`);
  else if (monitor.etcd.reachable) problems.push(`the monitor of ${node} reaches etcd: there is no need for solo.`);
  if (problems.length > 0) return { kind: 'refused', problems };
  const told = others.off.flatMap(text => ['--other', text]);
  await port.order(release, ['start', '--others-are-off', '--others-are-off-again', '--id', id, '--by', by, ...told]);
  return await awaitPhase(fleet, release, options, status => status?.phase === 'signing' && status.order === id);
}

/** The node signs no more. What it has signed is told to etcd as soon as that answers. */
export async function stopSolo(
  fleet: Fleet,
  port: SoloPort,
  options: Pick<SoloOptions, 'node' | 'by' | 'id' | 'report'>,
): Promise<SoloResult> {
  const release = fleet.releases.find(each => each.node === options.node);
  if (release === undefined) return { kind: 'refused', problems: [unknownNode(fleet, options.node)] };
  await port.order(release, ['stop', '--id', options.id, '--by', options.by]);
  return await awaitPhase(fleet, release, options, status => status === null || status.phase === 'stopped');
}

export interface SoloNode {
  node: string;
  /** `unknown`: its monitor does not answer, or cannot sign solo. */
  solo: SoloStatus | 'off' | 'unknown';
}

export async function readSolo(fleet: Fleet): Promise<SoloNode[]> {
  const nodes = fleet.releases.filter(each => each.node !== undefined);
  return await Promise.all(
    nodes.map(async release => {
      const solo = await soloOf(fleet, release);
      return { node: release.name, solo: solo === undefined ? 'unknown' : (solo ?? 'off') };
    }),
  );
}

/** Undefined when the monitor does not say. */
async function soloOf(fleet: Fleet, release: Release): Promise<SoloStatus | null | undefined> {
  const status = (await fleet.monitors.status(release)) as { solo?: SoloStatus | null } | undefined;
  return status?.solo;
}

function unknownNode(fleet: Fleet, node: string): string {
  return `there is no node ${node}; the environment has ${fleet.releases.flatMap(each => each.node ?? []).join(', ')}.`;
}

/** How each other node is known to be off, and what keeps one from being known. */
async function judgeOthers(fleet: Fleet, port: SoloPort, chosen: Release, options: SoloOptions) {
  const off: string[] = [];
  const problems = namedWrongly(fleet, options);
  for (const { name } of fleet.environment.clusters) {
    const nodes = fleet.releases.filter(each => each.node !== undefined && each.cluster === name);
    const others = nodes.filter(each => each !== chosen);
    const seen = await look(port, name, others);
    if ('silence' in seen) {
      options.report(
        `cluster ${name} cannot be asked, nor seen whether other pods of the producer are in it: ${seen.silence}`,
      );
      for (const { name: node } of others) {
        if (options.fenced.includes(node)) off.push(`${node}: fenced by hand`);
        else {
          problems.push(
            `${node} cannot be seen (${seen.silence}). Fence it by hand, then say so twice: --fenced ${node} --fenced-again ${node}`,
          );
        }
      }
      continue;
    }
    for (const release of others) {
      const { name: node } = release;
      const trouble = stillOn(release, seen, port);
      if (options.fenced.includes(node))
        problems.push(`${node} is said to be fenced, but its cluster answers: scale it to zero.`);
      else if (trouble === undefined) off.push(`${node}: scaled to zero, no pod`);
      else problems.push(trouble);
    }
    const known = nodes.map(podOf);
    for (const pod of seen.pods.filter(each => !known.includes(each.name))) {
      problems.push(
        `${pod.name} in ${name} is a pod of this producer, too, and belongs to no node of the environment. Delete it.`,
      );
    }
  }
  return { off, problems };
}

interface ClusterView {
  pods: SoloPod[];
  replicas: Map<string, number>;
}

async function look(
  port: SoloPort,
  cluster: string,
  others: readonly Release[],
): Promise<ClusterView | { silence: string }> {
  try {
    const pods = await port.pods(cluster);
    const replicas = new Map<string, number>();
    for (const release of others) replicas.set(release.name, (await port.replicas(release)) ?? 0);
    return { pods, replicas };
  } catch (error) {
    return { silence: describeError(error) };
  }
}

function stillOn(release: Release, { pods, replicas }: ClusterView, port: SoloPort): string | undefined {
  const { name } = release;
  const wanted = replicas.get(name) ?? 0;
  if (wanted > 0) return `${name} is to run ${wanted} pod. Scale it to zero: ${port.scaleCommand(release)}`;
  const pod = pods.find(each => each.name === podOf(release));
  if (pod === undefined) return undefined;
  return `${pod.name} is still there (${pod.phase}, on ${pod.machine || 'no machine'}). Wait for its end; where its machine is lost, turn that off first and then delete the pod by force.`;
}

function podOf({ name }: Release): string {
  return `${name}-0`;
}

/** Fencing is said twice, of nodes that there are. */
function namedWrongly(fleet: Fleet, { node, fenced, fencedAgain }: SoloOptions): string[] {
  const nodes = fleet.releases.flatMap(each => each.node ?? []);
  const once = [
    ...fenced.filter(each => !fencedAgain.includes(each)),
    ...fencedAgain.filter(each => !fenced.includes(each)),
  ];
  return [
    ...once.map(each => `${each} was said to be fenced once; say it twice: --fenced ${each} --fenced-again ${each}`),
    ...fenced.filter(each => !nodes.includes(each)).map(each => unknownNode(fleet, each)),
    ...fenced.filter(each => each === node).map(each => `${each} is to sign, so it cannot be fenced.`),
  ];
}

/** A member that answers a read has a majority behind it. */
async function answeringMembers(fleet: Fleet, report: (text: string) => void): Promise<string[]> {
  const key = keysOf(fleet).claim;
  const asked = fleet.environment.etcd.members.map(async ({ name }) => {
    try {
      await fleet.etcd.use(name, session => session.get(key));
      return [`etcd answers (${name}): there is no need for solo.`];
    } catch (error) {
      report(`etcd member ${name} does not answer: ${describeError(error)}`);
      return [];
    }
  });
  return (await Promise.all(asked)).flat();
}

async function awaitPhase(
  fleet: Fleet,
  release: Release,
  { id, report }: Pick<SoloOptions, 'id' | 'report'>,
  isDone: (status: SoloStatus | null) => boolean,
): Promise<SoloResult> {
  const { clock } = fleet;
  const deadlineMs = clock.now() + settleLimitMs;
  let seen = 'its monitor does not answer';
  while (clock.now() < deadlineMs) {
    const status = await soloOf(fleet, release);
    if (status !== undefined) {
      if (status?.phase === 'refused' && status.order === id) return { kind: 'refused', problems: [status.detail] };
      if (isDone(status)) return { kind: status?.phase === 'signing' ? 'signing' : 'stopped', status };
      const now = status === null ? 'solo is off' : `${status.phase}: ${status.detail}`;
      if (now !== seen) report(now);
      seen = now;
    }
    await clock.sleep(pollMs);
  }
  return { kind: 'unconfirmed', reason: `${release.name} did not do it within ${settleLimitMs / 1000} s (${seen})` };
}
