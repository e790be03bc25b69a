// What goes wrong on an operator's bad day, and that the fleet goes on signing: each fault is real, on the real fleet.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { slotStartMs } from '#core/slots.ts';
import { openFleet } from '#operations/fleet.ts';
import type { Fleet } from '#operations/ports.ts';
import { readClaim } from '#operations/register.ts';
import { runCanary } from '#operations/rollout.ts';
import { lockRollout } from '#operations/rollout-lock.ts';
import { lastErrors, mergeAndRun } from './pull-request.ts';
import {
  nextWindow,
  nodeImages,
  type Stage,
  StoryError,
  type StoryStep,
  waitUntil,
  waitUntilSettled,
} from './stage.ts';

const missingImage = 'rehearsal/nodeos:missing';

/** A merge that changes no release: nothing is done, and that is said. */
export const changeNothing: StoryStep = async stage => {
  const before = await nodeImages(stage.fleet);
  const result = await mergeAndRun(stage, 'nothing-changed', {
    branch: 'comment',
    title: 'Explain the environment',
    edit: document => {
      document.commentBefore = ' Reviewed by nobody in particular.';
    },
  });
  if (result.outcome !== 'success')
    throw new StoryError(`rollout.yml ended with ${result.outcome}: ${lastErrors(result)}`);
  expectSummary(result.summaries, /nothing to do/i);
  expectSame(before, await nodeImages(stage.fleet));
  return 'the workflow says that there is nothing to do';
};

/** An image that does not exist: the canary fails and is rolled back, nobody else is touched. */
export const rollOutMissingImage: StoryStep = async stage => {
  const { fleet } = stage;
  const [images, claim] = [await nodeImages(fleet), await readClaim(fleet)];
  const result = await mergeAndRun(stage, 'missing-image', {
    branch: 'bad-image',
    title: `Raise nodeos to ${missingImage}`,
    edit: document => document.setIn(['images', 'nodeos'], missingImage),
  });
  if (result.outcome !== 'failure') throw new StoryError(`rollout.yml ended with ${result.outcome}, expected failure`);
  expectSummary(result.summaries, /rolled back/i);
  expectSummary(result.summaries, /missing/);
  expectSame(images, await nodeImages(fleet));
  const after = await readClaim(fleet);
  if (JSON.stringify(after) !== JSON.stringify(claim))
    throw new StoryError('the claim moved although the rollout failed at its canary');
  return 'the canary was rolled back, the node that signs was not touched';
};

/** A second rollout while one holds the lock is refused, with who holds it. */
export const startSecondRollout: StoryStep = async stage => {
  const fleet = await fleetToRollOut(stage);
  const first = await lockRollout(fleet, { by: 'the first rollout', id: 'first' });
  if (first.kind === 'refused') throw new StoryError(first.reason);
  stage.progress.doing('second-rollout: another one holds the lock');
  try {
    // The lock is kept, as a run that goes on would.
    const keeping = setInterval(() => void first.lock.keep().catch(() => undefined), 2000);
    const report = await runCanary(fleet, {
      by: 'the second rollout',
      id: 'second',
      dryRun: false,
      report: () => undefined,
    }).finally(() => clearInterval(keeping));
    if (report.outcome !== 'refused' || !report.why.includes('the first rollout'))
      throw new StoryError(`the second rollout was ${report.outcome}: ${report.why}`);
    return report.why;
  } finally {
    await first.lock.release();
  }
};

/** etcd without a leader: a rollout is refused, and nothing is applied. */
export const loseEtcdLeader: StoryStep = async stage => {
  const { progress } = stage;
  const fleet = await fleetToRollOut(stage);
  const images = await nodeImages(fleet);
  const window = nextWindow(fleet, 0);
  progress.doing('no-etcd-leader: waiting for the gap between our windows');
  await waitUntil(slotStartMs(window.last) + 1000);
  const stopped = etcdProcesses(['gcp', 'witness']);
  if (stopped.length !== 2) throw new StoryError(`found ${stopped.length} etcd processes to stop, expected 2`);
  const why = await refusalWhileStopped(stage, fleet, stopped);
  expectSame(images, await nodeImages(fleet));
  progress.doing('no-etcd-leader: etcd is back; waiting for the window after it');
  await waitUntilSettled(nextWindow(fleet, 0));
  return `refused: ${why}`;
};

async function refusalWhileStopped({ diary }: Stage, fleet: Fleet, pids: readonly number[]): Promise<string> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    // An election is due once the leader is silent.
    await pause(2500);
    const options = { by: 'a rollout without etcd', id: 'leaderless', dryRun: false, report: () => undefined };
    const report = await runCanary(fleet, options);
    if (report.outcome !== 'refused') throw new StoryError(`the rollout was ${report.outcome}: ${report.why}`);
    diary.note('step', 'a rollout is refused while etcd has no leader');
    return report.why;
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

/** The fleet as main describes it now: it differs from what runs, so that there is something to roll out. */
async function fleetToRollOut({ scratch, rehearsal, tools }: Stage): Promise<Fleet> {
  const workingDirectory = await scratch.checkout(await scratch.main());
  return openFleet({
    environment: 'rehearsal',
    kubeconfig: rehearsal.kubeconfig,
    workingDirectory,
    helm: tools.path('helm'),
  });
}

/** Members of the fleet's etcd by their --name; the control planes have etcds of their own, without one of these. */
function etcdProcesses(names: readonly string[]): number[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .filter(entry => {
      try {
        const args = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
        return args[0]?.endsWith('etcd') && names.some(name => args.includes(`--name=${name}`));
      } catch {
        // It ended meanwhile.
        return false;
      }
    })
    .map(Number);
}

function expectSummary(summaries: readonly string[], pattern: RegExp): void {
  if (!summaries.some(summary => pattern.test(summary)))
    throw new StoryError(`no job summary says ${pattern}: ${summaries.join('\n').slice(0, 500)}`);
}

function expectSame(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
  for (const [node, image] of before) {
    if (after.get(node) !== image) throw new StoryError(`${node} runs ${after.get(node)}, expected ${image} as before`);
  }
}
