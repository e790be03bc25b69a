// Brings a new environment up: etcd, the nodes, the claim. Safe to run again: what is there is left as it is.

import type { Release } from '#core/environment/environment.ts';
import { renderClaim } from '#core/failover/claim.ts';
import type { MonitorStatus } from '#core/failover/status.ts';
import { firstClaim } from '#core/rollout/first-claim.ts';
import { gatesPass, gatesProblem, judgeGates } from '#core/rollout/gates.ts';
import { rolloutDescription } from '#core/rollout/release.ts';
import { stuckReason } from '#core/rollout/workload.ts';
import { slotAt } from '#core/slots.ts';
import { checkEtcdStability } from './etcd-stability.ts';
import { type Desired, observeNode, observeRelease, observeWorkload, renderDesired } from './observe.ts';
import type { Fleet } from './ports.ts';
import { createKey, keysOf, readClaim, withAnyMember } from './register.ts';

export interface InstallOptions {
  report: (text: string) => void;
}

export type InstallResult = { kind: 'installed'; seconds: number } | { kind: 'failed'; why: string };

const lookEveryMs = 1000;
const stuckLimitMs = 30_000;
/** Head of a node that is in sync enough to know the schedule, in slots behind its clock. */
const syncedWithinSlots = 60;
/** A monitor asks its nodeos for the schedule every two seconds. */
const scheduleLimitMs = 10_000;

export async function installEnvironment(fleet: Fleet, { report }: InstallOptions): Promise<InstallResult> {
  const startedMs = fleet.clock.now();
  const desired = await renderDesired(fleet);
  const problem =
    (await installEtcd(fleet, desired, report)) ??
    (await applyMissing(fleet, desired, 'node', report)) ??
    (await createClaim(fleet, report)) ??
    (await awaitNodes(fleet, desired, report));
  return problem === undefined
    ? { kind: 'installed', seconds: (fleet.clock.now() - startedMs) / 1000 }
    : { kind: 'failed', why: problem };
}

/** All members at once: a new cluster has no majority until most of them are there. */
async function installEtcd(
  fleet: Fleet,
  desired: Desired,
  report: (text: string) => void,
): Promise<string | undefined> {
  await applyMissing(fleet, desired, 'member', report);
  for (const release of releasesOf(fleet, 'member')) {
    const problem = await awaitRunning(fleet, desired, release, report);
    if (problem !== undefined) return problem;
  }
  const verdict = await checkEtcdStability(fleet, { windowSeconds: 1 });
  if (!verdict.stable) return `etcd is not stable: ${verdict.reasons.join('; ')}`;
  report(`etcd is up: ${verdict.members.length} members, leader ${verdict.leader ?? 'unknown'}`);
  return undefined;
}

function releasesOf({ releases }: Fleet, kind: 'member' | 'node'): Release[] {
  return releases.filter(each => (each.node !== undefined) === (kind === 'node'));
}

async function applyMissing(
  fleet: Fleet,
  desired: Desired,
  kind: 'member' | 'node',
  report: (text: string) => void,
): Promise<undefined> {
  for (const release of releasesOf(fleet, kind)) {
    const { state } = await observeRelease(fleet, desired, release);
    if (state === 'missing') {
      report(`installing ${release.name} in ${release.cluster}`);
      await fleet.helm.upgrade(release, rolloutDescription(desired.rolloutId));
    } else report(`${release.name} is there${state === 'outdated' ? '; a rollout brings it up to date' : ''}`);
  }
}

async function awaitRunning(
  fleet: Fleet,
  desired: Desired,
  release: Release,
  report: (text: string) => void,
): Promise<string | undefined> {
  const seen = await observeRelease(fleet, desired, release);
  let said = '';
  return await until(fleet, async stuck => {
    const { workload, pod } = await observeWorkload(fleet, release, seen);
    if (workload.kind === 'running') return { done: true };
    const problem = `${release.name}: ${workload.kind === 'updating' ? workload.why : 'there is no StatefulSet'}`;
    if (problem !== said) report(problem);
    said = problem;
    return { done: false, problem, hopeless: stuck(stuckReason(pod)) };
  });
}

/** Creates the claim only when there is none, from what a node in sync says of our windows. */
async function createClaim(fleet: Fleet, report: (text: string) => void): Promise<string | undefined> {
  if ((await readClaim(fleet)).kind !== 'missing') {
    report('the claim is there');
    return undefined;
  }
  report('waiting for a node in sync, which knows the schedule');
  let informed: MonitorStatus[] = [];
  let informedSinceMs: number | undefined;
  const problem = await until(fleet, async () => {
    const all = await Promise.all(releasesOf(fleet, 'node').map(release => fleet.monitors.status(release)));
    informed = all.filter(each => each !== undefined).filter(isInformed);
    if (informed.length > 0) informedSinceMs ??= fleet.clock.now();
    // A producer that is not scheduled has no window; a node that has just come up does not know yet.
    const hasWaited = informedSinceMs !== undefined && fleet.clock.now() - informedSinceMs >= scheduleLimitMs;
    return {
      done: informed.some(each => each.window !== null) || hasWaited,
      problem: 'no node is in sync, so the schedule is not known',
      hopeless: undefined,
    };
  });
  if (problem !== undefined) return `${problem}; the claim was not created`;
  const nowSlot = slotAt(Math.max(fleet.clock.now(), ...informed.map(each => each.wallMs)));
  const windows = informed.map(each => each.window).filter(each => each !== null);
  const window = windows.toSorted((a, b) => b.last - a.last)[0] ?? null;
  const text = renderClaim(firstClaim(nowSlot, window));
  const created = await withAnyMember(fleet, session => createKey(session, keysOf(fleet).claim, text));
  report(created.kind === 'created' ? `created the claim: ${text}` : 'somebody else created the claim meanwhile');
  return undefined;
}

function isInformed({ nodeos, wallMs }: MonitorStatus): boolean {
  return nodeos.alive && slotAt(wallMs) - nodeos.headSlot <= syncedWithinSlots;
}

async function awaitNodes(fleet: Fleet, desired: Desired, report: (text: string) => void): Promise<string | undefined> {
  for (const release of releasesOf(fleet, 'node')) {
    const seen = await observeRelease(fleet, desired, release);
    let said = '';
    const problem = await until(fleet, async stuck => {
      const node = await observeNode(fleet, release, seen);
      const gates = judgeGates(node, await readClaim(fleet), fleet.environment.rollout.gates);
      if (gatesPass(gates)) return { done: true };
      const text = `${release.name}: ${gatesProblem(gates)}`;
      if (text.replaceAll(/\d+/g, '') !== said) report(text);
      said = text.replaceAll(/\d+/g, '');
      return { done: false, problem: text, hopeless: stuck(stuckReason(node.pod)) };
    });
    if (problem !== undefined) return problem;
    report(`${release.name} is ready`);
  }
  return undefined;
}

type Look = { done: true } | { done: boolean; problem: string; hopeless: string | undefined };

/** Looks until done, within the environment's readyTimeout. Gives what is wrong, or undefined. */
async function until(
  { clock, environment }: Fleet,
  look: (stuck: (reason: string | undefined) => string | undefined) => Promise<Look>,
): Promise<string | undefined> {
  const endMs = clock.now() + environment.rollout.readyTimeoutSeconds * 1000;
  let stuckSinceMs: number | undefined;
  const stuck = (reason: string | undefined) => {
    stuckSinceMs = reason === undefined ? undefined : (stuckSinceMs ?? clock.now());
    return stuckSinceMs !== undefined && clock.now() - stuckSinceMs >= stuckLimitMs ? reason : undefined;
  };
  let problem = 'it was not looked at';
  while (clock.now() < endMs) {
    const seen = await look(stuck);
    if (seen.done) return undefined;
    if ('problem' in seen) {
      if (seen.hopeless !== undefined) return `${seen.problem}`;
      problem = seen.problem;
    }
    await clock.sleep(lookEveryMs);
  }
  return `not within ${environment.rollout.readyTimeoutSeconds} s: ${problem}`;
}
