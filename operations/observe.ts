// Looks at the fleet: Helm's releases, Kubernetes' workloads, what the monitors say, and the claim. Changes nothing.

import { createHash } from 'node:crypto';
import type { Release } from '#core/environment/environment.ts';
import type {
  ClaimView,
  FleetObservation,
  MemberObservation,
  NodeObservation,
  ReleaseObservation,
} from '#core/rollout/observation.ts';
import { imagesOf, releaseState, rolloutDescription } from '#core/rollout/release.ts';
import { judgeWorkload, type PodFacts, type Workload } from '#core/rollout/workload.ts';
import { OperationError } from './operation-error.ts';
import type { Fleet } from './ports.ts';
import { readClaim } from './register.ts';

/** Manifests the repository asks for, rendered once for a whole run. */
export interface Desired {
  /** Same id, same desired fleet. */
  rolloutId: string;
  /** By the release's name. */
  manifests: Map<string, string>;
}

/** Renders every release. One after the other: Helm is a process that takes a core for itself. */
export async function renderDesired(fleet: Fleet): Promise<Desired> {
  const manifests = new Map<string, string>();
  const hash = createHash('sha256');
  for (const release of fleet.releases) {
    const manifest = await fleet.helm.render(release);
    manifests.set(release.name, manifest);
    hash.update(`${release.cluster}/${release.name}\n${manifest}\n`);
  }
  return { rolloutId: hash.digest('hex').slice(0, 12), manifests };
}

export interface FirstLook {
  desired: Desired;
  /** What Helm said of each release. */
  known: Map<string, ReleaseObservation>;
  observation: FleetObservation;
}

/** What a rollout begins with, and a forecast of one. */
export async function lookFirst(fleet: Fleet): Promise<FirstLook> {
  const desired = await renderDesired(fleet);
  const known = new Map<string, ReleaseObservation>();
  return { desired, known, observation: await observeFleet(fleet, desired, known) };
}

/**
 * Looks at everything.
 * @param known what Helm said of releases that nobody but us has changed since; asked again and filled in where it is missing
 */
export async function observeFleet(
  fleet: Fleet,
  desired: Desired,
  known: Map<string, ReleaseObservation> = new Map(),
): Promise<FleetObservation> {
  const claim = await readClaimIfPossible(fleet);
  const nodes: NodeObservation[] = [];
  const members: MemberObservation[] = [];
  for (const release of fleet.releases) {
    const seen = known.get(release.name) ?? (await observeRelease(fleet, desired, release));
    known.set(release.name, seen);
    if (release.node !== undefined) nodes.push(await observeNode(fleet, release, seen));
    else members.push({ member: release.name.replace(/^etcd-/, ''), ...(await observeMember(fleet, release, seen)) });
  }
  const etcdLeader = members.some(each => each.release.state === 'outdated') ? await findLeader(fleet) : undefined;
  return { rolloutId: desired.rolloutId, atMs: fleet.clock.now(), claim, nodes, members, etcdLeader };
}

/** An etcd that does not answer is a fact about the fleet: the plan then is to change nothing. */
export async function readClaimIfPossible(fleet: Fleet): Promise<ClaimView> {
  try {
    return await readClaim(fleet);
  } catch (error) {
    if (error instanceof OperationError && error.code === 'etcd-unreachable')
      return { kind: 'unreadable', problem: error.message };
    throw error;
  }
}

export async function observeRelease(fleet: Fleet, desired: Desired, release: Release): Promise<ReleaseObservation> {
  const manifest = desired.manifests.get(release.name) ?? '';
  const deployed = await fleet.helm.deployed(release);
  const state = releaseState(deployed, manifest);
  return {
    state,
    touched: state === 'current' && deployed?.description === rolloutDescription(desired.rolloutId),
    deployedImages: imagesOf(deployed?.manifest ?? ''),
    desiredImages: imagesOf(manifest),
  };
}

/** One node's live state. `seen` is what Helm said, which only we change. */
export async function observeNode(fleet: Fleet, release: Release, seen: ReleaseObservation): Promise<NodeObservation> {
  const [live, monitor] = await Promise.all([observeWorkload(fleet, release, seen), fleet.monitors.status(release)]);
  const { environment } = fleet;
  const cluster = environment.clusters.find(each => each.name === release.cluster);
  const node = cluster?.nodes.find(each => each.name === release.node);
  return {
    node: release.name,
    cluster: release.cluster,
    site: cluster?.site ?? '',
    priority: node?.priority ?? 0,
    release: seen,
    ...live,
    monitor,
  };
}

async function observeMember(fleet: Fleet, release: Release, seen: ReleaseObservation) {
  const { workload } = await observeWorkload(fleet, release, seen);
  return { cluster: release.cluster, release: seen, workload };
}

/** An outdated node is judged by what is deployed: it is well until it is its turn. */
export async function observeWorkload(
  fleet: Fleet,
  release: Release,
  seen: ReleaseObservation,
): Promise<{ workload: Workload; pod: PodFacts | undefined }> {
  const statefulSet = await fleet.workloads.statefulSet(release);
  const pod = await fleet.workloads.pod(release);
  const images = seen.state === 'current' ? seen.desiredImages : [...seen.deployedImages, ...seen.desiredImages];
  return { workload: judgeWorkload(statefulSet, pod, images), pod };
}

async function findLeader(fleet: Fleet): Promise<string | undefined> {
  for (const { name } of fleet.environment.etcd.members) {
    try {
      const status = await fleet.etcd.use(name, session => session.status());
      if (status.leaderId === status.memberId) return name;
    } catch {
      // A member that does not answer leads nobody; the stability gate says what is wrong with it.
    }
  }
  return undefined;
}
