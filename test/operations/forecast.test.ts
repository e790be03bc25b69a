import test from 'ava';
import type { ComparedRelease } from '#core/rollout/files-view.ts';
import { forecastFromFiles } from '#core/rollout/forecast.ts';
import { describeStep } from '#core/rollout/summary.ts';
import type { Forecast } from '#core/validation/verdict.ts';
import { forecastFleet } from '#operations/forecast.ts';
import type { Fleet } from '#operations/ports.ts';
import { type RolloutOptions, runCanary, runPromote } from '#operations/rollout.ts';
import { FakeFleet } from '../fakes/fleet.ts';

const options: RolloutOptions = {
  by: 'tester',
  id: 'run-1',
  dryRun: false,
  stability: { windowSeconds: 1 },
  report: () => {},
};

const limits = { clusterMs: 50, lookMs: 200 };

function wanting(image: string, holder: string): FakeFleet {
  const fleet = FakeFleet.running(holder);
  fleet.want(image);
  return fleet;
}

function statesOf({ releases }: Fleet): ComparedRelease[] {
  return releases.map(release => ({ release, state: release.node === undefined ? 'current' : 'outdated' }));
}

async function forecastOf(fleet: FakeFleet, live: Fleet | undefined = fleet) {
  const { environment } = fleet;
  return await forecastFleet({ environment, states: statesOf(fleet), removed: [], fleet: live, limits });
}

function told({ steps }: Forecast): string[] {
  return steps.filter(each => each.expectedSeconds > 0).map(({ step }) => describeStep(step));
}

for (const holder of ['aws-a', 'aws-b', 'gcp-a', 'gcp-b']) {
  test(`what is forecast while ${holder} signs is what the rollout then does, step by step`, async t => {
    const fleet = wanting('nodeos:2', holder);
    const { forecast, notes } = await forecastOf(fleet);
    t.deepEqual(fleet.actions, [], 'a forecast changes nothing');
    t.deepEqual(notes, []);
    t.is(forecast.source, 'live');
    const canary = await runCanary(fleet, options);
    const promote = await runPromote(fleet, { ...options, id: 'run-2' });
    t.is(promote.outcome, 'done', promote.why);
    t.deepEqual(
      [...canary.steps, ...promote.steps].map(each => describeStep(each.step)),
      told(forecast),
    );
  });
}

test('a dry run and a forecast plan the same', async t => {
  const fleet = wanting('nodeos:2', 'gcp-a');
  const { forecast } = await forecastOf(fleet);
  const { planned } = await runCanary(fleet, { ...options, dryRun: true });
  t.deepEqual(
    forecast.steps.map(each => each.step).filter(step => step.part === 'canary'),
    planned,
  );
});

test('a fleet that may not be looked at is forecast from the files, without a word of regret', async t => {
  const fleet = wanting('nodeos:2', 'gcp-a');
  const { forecast, notes } = await forecastFleet({
    environment: fleet.environment,
    states: statesOf(fleet),
    removed: [],
    fleet: undefined,
  });
  t.deepEqual(forecast, forecastFromFiles(fleet.environment, statesOf(fleet)));
  t.deepEqual(notes, []);
});

test('a cluster that does not answer is named, and the files are used', async t => {
  const fleet = wanting('nodeos:2', 'gcp-a');
  const ask = fleet.workloads.statefulSet;
  fleet.workloads.statefulSet = release =>
    release.cluster === 'gcp' ? new Promise<undefined>(() => {}) : ask(release);
  const { forecast, notes } = await forecastOf(fleet);
  t.is(forecast.source, 'files');
  t.regex(notes.join(), /from the files: cluster gcp does not answer \(no answer within 0.05 s\)/);
});

test('a look that fails or takes too long falls back to the files', async t => {
  const refusing = wanting('nodeos:2', 'gcp-a');
  refusing.helm.deployed = () => Promise.reject(new Error('helm status aws-a failed: forbidden'));
  const refused = await forecastOf(refusing);
  t.is(refused.forecast.source, 'files');
  t.regex(refused.notes.join(), /forbidden/);
  const hanging = wanting('nodeos:2', 'gcp-a');
  hanging.helm.render = () => new Promise<string>(() => {});
  t.regex((await forecastOf(hanging)).notes.join(), /no answer within 0.2 s/);
});

test('without etcd the plan is told from the files, and that a rollout would stop now', async t => {
  const fleet = wanting('nodeos:2', 'gcp-a');
  fleet.etcd.use = () => Promise.reject(new Error('connection refused'));
  const { forecast, notes } = await forecastOf(fleet);
  t.true(forecast.steps.length > 0);
  t.regex(notes.join(), /the claim cannot be read .*connection refused.*until it can, a rollout changes nothing/);
});
