// Waits, within bounds, until an upgraded node or etcd member is proven, or says why it is not.

import type { Release } from '#core/environment/environment.ts';
import { readySeconds } from '#core/rollout/fleet-view.ts';
import { gatesPass, gatesProblem, judgeGates } from '#core/rollout/gates.ts';
import type { ClaimView, NodeObservation, ReleaseObservation } from '#core/rollout/observation.ts';
import { stuckReason } from '#core/rollout/workload.ts';
import { observeNode, observeWorkload } from './observe.ts';
import { describeError } from './operation-error.ts';
import { type Fleet, releaseOf } from './ports.ts';
import { readClaim } from './register.ts';

export type Proof = { kind: 'proven' } | { kind: 'failed'; why: string };

export interface ProofOptions {
  release: ReleaseObservation;
  soakSeconds: number;
  /** Called at every look, with what is being waited for. */
  onLook: (text: string) => Promise<void>;
}

const lookEveryMs = 2000;
/** How long an image that cannot be pulled, or a crash loop, is given. */
const stuckLimitMs = 30_000;
/** Looks in a row at which a node that passed before may fail: a gate may blink, a node that degrades must not go on. */
const failureLimit = 3;

/** Until the gates pass and the pod has been ready for `soakSeconds`. */
export async function proveNode(fleet: Fleet, node: string, options: ProofOptions): Promise<Proof> {
  const { clock, environment } = fleet;
  const { readyTimeoutSeconds, gates: settings } = environment.rollout;
  const release = releaseOf(fleet, { node });
  const stuck = stuckWatch(fleet);
  let readyByMs = clock.now() + readyTimeoutSeconds * 1000;
  const endMs = readyByMs + options.soakSeconds * 1000;
  let passed = false;
  let failures = 0;
  let problem = 'it was not looked at';
  while (clock.now() < endMs) {
    const looked = await look(fleet, release, options.release);
    if (looked.kind === 'blind') {
      // Says nothing about the node: neither a failure nor a success.
      problem = looked.problem;
      await options.onLook(`${node} cannot be looked at: ${problem}`);
      await clock.sleep(lookEveryMs);
      continue;
    }
    const { seen } = looked;
    const gates = judgeGates(seen, looked.claim, settings);
    const readyFor = readySeconds(seen, clock.now());
    if (gatesPass(gates)) {
      if (readyFor >= options.soakSeconds) return { kind: 'proven' };
      passed = true;
      failures = 0;
      readyByMs = endMs;
      problem = `it was ready for ${Math.floor(readyFor)} s of ${options.soakSeconds} s`;
      await options.onLook(`${node} passes all gates; ready for ${Math.floor(readyFor)} of ${options.soakSeconds} s`);
    } else {
      problem = gatesProblem(gates);
      failures += 1;
      if (passed && failures >= failureLimit) return { kind: 'failed', why: `it degraded while watched: ${problem}` };
      const hopeless = stuck(stuckReason(seen.pod));
      if (hopeless !== undefined) return { kind: 'failed', why: hopeless };
      if (clock.now() >= readyByMs) break;
      await options.onLook(`${node}: ${problem}`);
    }
    await clock.sleep(lookEveryMs);
  }
  return {
    kind: 'failed',
    why: `not proven within ${Math.round(readyTimeoutSeconds + options.soakSeconds)} s: ${problem}`,
  };
}

type Look = { kind: 'seen'; seen: NodeObservation; claim: ClaimView } | { kind: 'blind'; problem: string };

async function look(fleet: Fleet, release: Release, known: ReleaseObservation): Promise<Look> {
  try {
    return { kind: 'seen', seen: await observeNode(fleet, release, known), claim: await readClaim(fleet) };
  } catch (error) {
    return { kind: 'blind', problem: describeError(error) };
  }
}

/** Until the member's pod is ready on its newest revision. Whether etcd is stable again is asked elsewhere. */
export async function proveMember(fleet: Fleet, member: string, options: ProofOptions): Promise<Proof> {
  const { clock, environment } = fleet;
  const { readyTimeoutSeconds } = environment.rollout;
  const release = releaseOf(fleet, { member });
  const stuck = stuckWatch(fleet);
  const endMs = clock.now() + readyTimeoutSeconds * 1000;
  let problem = 'it was not looked at';
  while (clock.now() < endMs) {
    const { workload, pod } = await observeWorkload(fleet, release, options.release);
    if (workload.kind === 'running') return { kind: 'proven' };
    problem = workload.kind === 'updating' ? workload.why : 'there is no StatefulSet';
    const hopeless = stuck(stuckReason(pod));
    if (hopeless !== undefined) return { kind: 'failed', why: hopeless };
    await options.onLook(`etcd member ${member}: ${problem}`);
    await clock.sleep(lookEveryMs);
  }
  return { kind: 'failed', why: `not ready within ${readyTimeoutSeconds} s: ${problem}` };
}

/** Tells a container that cannot start from one that has not started yet: by how long it says so. */
function stuckWatch({ clock }: Fleet): (reason: string | undefined) => string | undefined {
  let sinceMs: number | undefined;
  return reason => {
    if (reason === undefined) {
      sinceMs = undefined;
      return undefined;
    }
    sinceMs ??= clock.now();
    return clock.now() - sinceMs >= stuckLimitMs ? reason : undefined;
  };
}
