import test from 'ava';
import type { Environment, Release } from '#core/environment/environment.ts';
import type { FleetView } from '#core/rollout/fleet-view.ts';
import { forecastFromFiles, forecastLive, forecastRemoval } from '#core/rollout/forecast.ts';
import { afterStep, nextStep, planRollout, type Step } from '#core/rollout/plan.ts';
import type { ReleaseState } from '#core/rollout/release.ts';
import { describeStep } from '#core/rollout/summary.ts';
import type { Forecast } from '#core/validation/verdict.ts';
import { environment, fakeReleases } from '../../fakes/environment.ts';
import { active, fleet, node, random, randomFleet } from './fleets.ts';

const supervised: Environment = {
  ...environment,
  rollout: { ...environment.rollout, activeUpdate: 'supervised' },
};

/** Every node's release differs, no member's does, but for the exceptions. */
function compare(exceptions: Record<string, ReleaseState> = {}, releases: Release[] = fakeReleases()) {
  return releases.map(release => ({
    release,
    state: exceptions[release.name] ?? (release.node === undefined ? ('current' as const) : ('outdated' as const)),
  }));
}

function told({ steps }: Pick<Forecast, 'steps'>): string[] {
  return steps.map(({ step, expectedSeconds }) => `${expectedSeconds} s: ${describeStep(step)}`);
}

test('a raised image: canary, cluster by cluster, handover to the other site, the old active last', t => {
  const forecast = forecastFromFiles(environment, compare());
  t.deepEqual(told(forecast), [
    '3 s: upgrade aws-b',
    '75 s: check aws-b',
    '60 s: watch aws-b until ready for 60 s',
    '3 s: upgrade gcp-b',
    '75 s: check gcp-b',
    '3 s: upgrade gcp-a',
    '75 s: check gcp-a',
    '60 s: watch gcp-a until ready for 60 s',
    '0 s: watch gcp-b until ready for 60 s',
    '5 s: hand over aws-a → gcp-a',
    '3 s: upgrade aws-a',
    '75 s: check aws-a',
  ]);
  t.is(forecast.source, 'files');
  t.is(forecast.end, 'done: everything runs as the repository says');
  t.deepEqual(forecast.untouched, ['etcd-aws', 'etcd-gcp', 'etcd-witness']);
  t.is(forecast.expectedSeconds, 437);
  t.true(forecast.longestSeconds > 8 * 300);
  t.is(forecast.expectedMissedBlocks, 0);
  t.deepEqual(forecast.followedBy, []);
  t.deepEqual(forecast.leftToDo, []);
});

test('what the files do not say is told: who holds the claim, and how the order differs when another does', t => {
  const { assumptions } = forecastFromFiles(environment, compare());
  t.deepEqual(assumptions.slice(0, 3), [
    'Every node and etcd member is well and runs what the base says.',
    'aws-a holds the claim, as the first to take over; the files do not say.',
    'The order of upgrades if aws-b holds it: aws-a, gcp-b, gcp-a, aws-b; if gcp-a holds it: aws-b, aws-a, gcp-b, gcp-a; if gcp-b holds it: aws-b, aws-a, gcp-a, gcp-b.',
  ]);
  t.regex(assumptions.join(' '), /passes its gates 75 s after its upgrade.*After 5 min \(readyTimeout\)/);
  t.regex(assumptions.join(' '), /expected to take no time is over when its turn comes/);
  t.notRegex(assumptions.join(' '), /etcd member leads/);
});

test('supervised: the plan stops at the handover, and what follows a person is told apart from it', t => {
  const forecast = forecastFromFiles(supervised, compare());
  t.is(forecast.steps.length, 9);
  t.regex(forecast.end, /^ask: every standby is upgraded.*hand over from aws-a, such as to gcp-a/);
  t.deepEqual(told({ steps: forecast.followedBy }), [
    '5 s: hand over aws-a → gcp-a',
    '3 s: upgrade aws-a',
    '75 s: check aws-a',
  ]);
  t.is(forecast.expectedSeconds, 354, 'the person is not counted');
  t.false(forecast.untouched.includes('aws-a'));
});

test('nothing that is deployed changes: nothing happens, and everything is untouched', t => {
  const all = Object.fromEntries(fakeReleases().map(({ name }) => [name, 'current' as const]));
  const forecast = forecastFromFiles(environment, compare(all));
  t.deepEqual(forecast.steps, []);
  t.is(forecast.end, 'done: everything runs as the repository says');
  t.is(forecast.untouched.length, 7);
  t.deepEqual([forecast.expectedSeconds, forecast.longestSeconds], [0, 0]);
  t.notRegex(forecast.assumptions.join(' '), /upgrade|counted/);
});

test('etcd members go one at a time, and their upgrade waits for them by itself', t => {
  const states = Object.fromEntries(
    fakeReleases().map(({ name, node: of }) => [name, of === undefined ? ('outdated' as const) : ('current' as const)]),
  );
  const forecast = forecastFromFiles(environment, compare(states));
  t.deepEqual(told(forecast), [
    '23 s: upgrade etcd member aws',
    '0 s: check etcd member aws',
    '23 s: upgrade etcd member gcp',
    '0 s: check etcd member gcp',
    '23 s: upgrade etcd member witness',
    '0 s: check etcd member witness',
  ]);
  t.deepEqual(forecast.untouched, ['aws-a', 'aws-b', 'gcp-a', 'gcp-b']);
  t.regex(forecast.assumptions.join(' '), /Which etcd member leads is not known/);
});

test('a new environment has to be installed first', t => {
  const all = Object.fromEntries(fakeReleases().map(({ name }) => [name, 'missing' as const]));
  const forecast = forecastFromFiles(environment, compare(all));
  t.deepEqual(forecast.steps, []);
  t.regex(forecast.end, /^blocked: there is no claim in etcd/);
  t.regex(forecast.leftToDo.join(), /Merging installs nothing.*active-eos install testnet/);
  t.is(forecast.leftToDo.length, 1);
  t.deepEqual(forecast.assumptions, []);
});

test('a new node is upgraded first, starts for longer, and needs its Secrets before', t => {
  const rest = { 'aws-a': 'current', 'aws-b': 'current', 'gcp-a': 'current', 'gcp-b': 'missing' } as const;
  const forecast = forecastFromFiles(environment, compare(rest));
  t.deepEqual(told(forecast), ['3 s: upgrade gcp-b', '150 s: check gcp-b', '60 s: watch gcp-b until ready for 60 s']);
  t.regex(forecast.steps[0]?.step.why ?? '', /a new node/);
  t.regex(forecast.leftToDo.join(), /gcp-b is new: cluster gcp needs its Secrets \(key\) before the merge/);
});

test('a new best node is not taken for the holder: it is not there yet', t => {
  const { assumptions } = forecastFromFiles(environment, compare({ 'aws-a': 'missing' }));
  t.regex(assumptions.join(' '), /gcp-a holds the claim/);
});

test('a new etcd member blocks: a rollout adds none', t => {
  const forecast = forecastFromFiles(environment, compare({ 'etcd-gcp': 'missing' }));
  t.deepEqual(forecast.steps, []);
  t.regex(forecast.end, /^blocked: the etcd member gcp is not installed/);
});

test('nodes and members taken out of the files run on, and that is said', t => {
  const [member, ...rest] = fakeReleases();
  const removed = [member, rest.find(each => each.node === 'gcp-b')].filter(each => each !== undefined);
  const kept = fakeReleases().filter(each => !removed.some(({ name }) => name === each.name));
  const { leftToDo, untouched } = forecastFromFiles(environment, compare({}, kept), removed);
  t.regex(leftToDo[0] ?? '', /^etcd member aws is no longer in the files.*uninstalls etcd-aws/);
  t.regex(leftToDo[1] ?? '', /^gcp-b is no longer in the files.*While it holds the claim, the rollout changes nothing/);
  t.deepEqual(untouched, ['etcd-gcp', 'etcd-witness']);
});

test('an environment that is taken out of the files runs on, and no rollout concerns it', t => {
  const forecast = forecastRemoval(environment, fakeReleases());
  t.deepEqual(forecast.steps, []);
  t.is(forecast.untouched.length, 7);
  t.regex(forecast.leftToDo.join(), /runs on and signs for activeeosbp1.*uninstall its 7 releases/);
});

test('live: the claim is where it is, and what is already done is not planned again', t => {
  const view = fleet([
    node('aws-a', { release: 'current', touched: true, readySeconds: 20 }),
    node('aws-b'),
    node('gcp-a', { holding: true }),
  ]);
  const held: FleetView = { ...view, claim: { kind: 'held', holder: 'gcp-a', epoch: 7 } };
  const forecast = forecastLive(held, environment);
  t.is(forecast.source, 'live');
  t.regex(forecast.assumptions[0] ?? '', /gcp-a holding the claim/);
  t.deepEqual(told(forecast), [
    '40 s: watch aws-a until ready for 60 s',
    '3 s: upgrade aws-b',
    '75 s: check aws-b',
    '60 s: watch aws-b until ready for 60 s',
    '5 s: hand over gcp-a → aws-a',
    '3 s: upgrade gcp-a',
    '75 s: check gcp-a',
  ]);
});

test('live: whatever blocks the rollout blocks the forecast', t => {
  const forecast = forecastLive(
    fleet([active()], { claim: { kind: 'unreadable', problem: 'no quorum' } }),
    environment,
  );
  t.regex(forecast.end, /^blocked: the claim cannot be read: no quorum/);
});

test('over many fleets: the steps are those the rollout decides, one by one, and no forecast hands over to what is not upgraded', t => {
  let handovers = 0;
  let asked = 0;
  for (let seed = 0; seed < 1000; seed++) {
    const draw = random(seed);
    const drawn = randomFleet(draw);
    const activeUpdate = draw(2) === 0 ? 'supervised' : 'unsupervised';
    const view: FleetView = { ...drawn, rollout: { ...drawn.rollout, activeUpdate } };
    const forecast = forecastLive(view, environment);
    const plan = planRollout(view);
    t.deepEqual(
      forecast.steps.map(each => each.step),
      plan.steps,
    );
    t.is(forecast.end, `${plan.end.kind}: ${plan.end.why}`);
    t.deepEqual(
      followed(view),
      forecast.steps.map(each => each.step),
      `seed ${seed}: nextStep goes another way`,
    );
    const all = [...forecast.steps, ...forecast.followedBy];
    const upgraded = new Set(view.nodes.filter(each => each.release === 'current').map(each => each.node));
    for (const { step, expectedSeconds } of all) {
      t.true(expectedSeconds >= 0 && Number.isFinite(expectedSeconds), `seed ${seed}`);
      if (step.kind === 'upgrade') upgraded.add(step.node);
      if (step.kind !== 'handover') continue;
      handovers += 1;
      t.true(upgraded.has(step.to), `seed ${seed}: ${step.to} is handed over to before it is upgraded`);
    }
    t.true(forecast.expectedSeconds <= forecast.longestSeconds, `seed ${seed}: longer than the longest`);
    const touched = all.flatMap(({ step }) => (step.kind === 'upgrade' ? [step.node] : []));
    t.deepEqual(
      [...touched, ...forecast.untouched].toSorted(),
      [...view.nodes.map(each => each.node), ...view.members.map(each => `etcd-${each.member}`)].toSorted(),
      `seed ${seed}: touched once or untouched`,
    );
    if (forecast.end.startsWith('ask')) {
      asked += 1;
      t.is(forecast.followedBy[0]?.step.kind, 'handover', `seed ${seed}`);
    } else t.deepEqual(forecast.followedBy, []);
  }
  t.true(handovers > 300 && asked > 100, `${handovers} handovers, ${asked} asked: too few to prove anything`);
});

/** As the rollout goes: one step decided and done, then another look. */
function followed(view: FleetView): Step[] {
  const steps: Step[] = [];
  let seen = view;
  for (let next = nextStep(seen); next.kind === 'step' && steps.length < 100; next = nextStep(seen)) {
    steps.push(next.step);
    seen = afterStep(seen, next.step);
  }
  return steps;
}

test('how it is conducted is told: gates, soak, what a failure leads to, the moment of the handover', t => {
  const { conduct } = forecastFromFiles(environment, compare());
  t.is(conduct.length, 4);
  t.regex(conduct[0] ?? '', /passes its gates: .*at most 4 slots behind.*a live peer that is not ours/);
  t.regex(conduct[1] ?? '', /watched for 60 s/);
  t.is(conduct[3], 'The handover happens in the gap between two of our windows.');
  const members = forecastFromFiles(environment, compare({ 'etcd-aws': 'outdated' }));
  t.true(members.conduct.some(each => each.startsWith('One etcd member at a time')));
  const current = Object.fromEntries(fakeReleases().map(({ name }) => [name, 'current' as const]));
  t.deepEqual(forecastFromFiles(environment, compare(current)).conduct, []);
});
