// Looks at an environment for a person: who signs, how each node is, how etcd is. What cannot be reached hides nothing of the rest.

import type { PodFacts } from '#core/rollout/workload.ts';
import { type Answer, type Ask, askWithin } from './ask-within.ts';
import { describeStatus, type FleetStatus } from './describe-status.ts';
import { observeRelease, renderDesired } from './observe.ts';
import { type Picture, takePicture } from './picture.ts';
import type { ContainerExit, Crew, EtcdMemberStatus, Fleet, NodeWord } from './ports.ts';
import { keysOf } from './register.ts';

export interface StatusOptions {
  /** Whether to compare with what the repository asks for: Helm renders every chart for that, which takes seconds. */
  releases: boolean;
  /** Shared by looks that follow each other. */
  ask?: Ask;
}

/** What one look has found. */
export interface Sighting {
  nowMs: number;
  environment: { name: string; producer: string };
  picture: Answer<Picture>;
  nodes: NodeSighting[];
  members: MemberSighting[];
  /** What could not be looked at. */
  notes: string[];
}

export interface NodeSighting {
  node: string;
  cluster: string;
  word: NodeWord | undefined;
  /** Where its word comes from: etcd, or, when it is not there, its monitor. */
  source: 'etcd' | 'monitor' | 'none';
  /** undefined where Kubernetes is not asked. */
  pod: Answer<{ facts: PodFacts | undefined; exits: ContainerExit[] }> | undefined;
  release: 'missing' | 'outdated' | 'current' | 'unknown';
}

export interface MemberSighting {
  member: string;
  cluster: string;
  answer: Answer<{ status: EtcdMemberStatus; roundTripMs: number }>;
  release: NodeSighting['release'];
}

interface ReleasesSeen {
  states: Map<string, NodeSighting['release']>;
  notes: string[];
}

const limitMs = 8000;
const helmLimitMs = 20_000;

/** @param crew a fleet shows its pods and releases, too */
export async function readFleetStatus(crew: Crew | Fleet, options: StatusOptions): Promise<FleetStatus> {
  const ask = options.ask ?? askWithin(limitMs);
  const [{ picture, members }, monitors, pods, releases] = await Promise.all([
    observeEtcd(crew, ask),
    observeMonitors(crew, ask),
    observePods(crew, ask),
    observeReleases(crew, options.releases),
  ]);
  const nodes = (await namesOf(crew, picture)).map(async (node): Promise<NodeSighting> => {
    const cluster = 'releases' in crew ? (crew.releases.find(each => each.node === node)?.cluster ?? '') : undefined;
    const present = picture.kind === 'answer' ? picture.value.nodes.find(each => each.node === node) : undefined;
    const asked = monitors.get(node) ?? (present === undefined ? await lookAt(crew, node, ask) : undefined);
    const word = present === undefined ? asked : { ...asked, ...present };
    return {
      node,
      cluster: cluster ?? word?.site ?? '',
      word,
      source: word === undefined ? 'none' : present === undefined ? 'monitor' : 'etcd',
      pod: pods.get(node),
      release: releases.states.get(node) ?? 'unknown',
    };
  });
  const { name, chain } = crew.environment;
  return describeStatus({
    nowMs: crew.clock.now(),
    environment: { name, producer: chain.producer },
    picture,
    nodes: await Promise.all(nodes),
    members: members.map(each => ({ ...each, release: releases.states.get(`etcd-${each.member}`) ?? 'unknown' })),
    notes: releases.notes,
  });
}

/** Those that there should be, and those that are there nevertheless; a pod knows the latter. */
async function namesOf(crew: Crew | Fleet, picture: Answer<Picture>): Promise<string[]> {
  const there = picture.kind === 'answer' ? [...picture.value.nodes, ...picture.value.drains] : [];
  const names = 'releases' in crew || picture.kind === 'silent' ? await crew.nodes.names() : [];
  return [...new Set([...names, ...there.map(each => each.node).toSorted()])];
}

/** Every member is asked for itself and for the register; one that answers is enough. */
async function observeEtcd(crew: Crew | Fleet, ask: Ask) {
  const keys = keysOf(crew);
  const asked = crew.environment.etcd.members.map(async ({ name }) => {
    const answer = await ask(`member ${name}`, () =>
      crew.etcd.use(name, async session => {
        const askedMs = crew.clock.now();
        const status = await session.status();
        const roundTripMs = crew.clock.now() - askedMs;
        // Without a majority it answers for itself, but not for the register.
        const picture = await takePicture(session, keys).catch(() => undefined);
        return { status, roundTripMs, picture };
      }),
    );
    const cluster = 'releases' in crew ? crew.environment.etcd.members.find(each => each.name === name) : undefined;
    return { member: name, cluster: cluster?.cluster ?? '', answer };
  });
  const members = await Promise.all(asked);
  const pictures = members.flatMap(({ answer }) => (answer.kind === 'answer' ? (answer.value.picture ?? []) : []));
  const problems = members.map(
    ({ member, answer }) => `${member}: ${answer.kind === 'silent' ? answer.problem : 'it has no leader'}`,
  );
  const [first] = pictures;
  const picture: Answer<Picture> =
    first === undefined ? { kind: 'silent', problem: problems.join('; ') } : { kind: 'answer', value: first };
  return { members, picture };
}

/** A monitor knows more than its presence says. From a pod the others cannot be asked. */
async function observeMonitors(crew: Crew | Fleet, ask: Ask): Promise<Map<string, NodeWord | undefined>> {
  const names = 'releases' in crew ? await crew.nodes.names() : [crew.ownNode].filter(each => each !== undefined);
  const asked = names.map(async node => [node, await lookAt(crew, node, ask)] as const);
  return new Map(await Promise.all(asked));
}

async function lookAt(crew: Crew, node: string, ask: Ask): Promise<NodeWord | undefined> {
  const looked = await ask(`monitor ${node}`, () => crew.nodes.look(node));
  return looked.kind === 'answer' ? looked.value : undefined;
}

async function observePods(crew: Crew | Fleet, ask: Ask) {
  const seen = new Map<string, NonNullable<NodeSighting['pod']>>();
  if (!('releases' in crew)) return seen;
  const asked = crew.releases.map(async release => {
    if (release.node === undefined) return;
    const answer = await ask(`pod ${release.node}`, async () => {
      const facts = await crew.workloads.pod(release);
      return { facts, exits: facts === undefined ? [] : await crew.workloads.exits(release) };
    });
    seen.set(release.node, answer);
  });
  await Promise.all(asked);
  return seen;
}

/** Without Helm, or without a cluster, the rest is still worth showing. */
async function observeReleases(crew: Crew | Fleet, wanted: boolean): Promise<ReleasesSeen> {
  const states: ReleasesSeen['states'] = new Map();
  const notes: string[] = [];
  if (!wanted || !('releases' in crew)) return { states, notes };
  const ask = askWithin(helmLimitMs);
  const desired = await ask('charts', () => renderDesired(crew));
  if (desired.kind === 'silent') return { states, notes: [`releases are not compared: ${desired.problem}`] };
  // Helm takes a core for itself: one at a time in each cluster, and no more of them where the first gets no answer.
  const clusters = [...new Set(crew.releases.map(each => each.cluster))].map(async cluster => {
    for (const release of crew.releases.filter(each => each.cluster === cluster)) {
      const seen = await ask(release.name, () => observeRelease(crew, desired.value, release));
      if (seen.kind === 'silent') return void notes.push(`releases of ${cluster} are not compared: ${seen.problem}`);
      states.set(release.name, seen.value.state);
    }
  });
  await Promise.all(clusters);
  return { states, notes };
}
