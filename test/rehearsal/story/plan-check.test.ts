import test from 'ava';
import { forecastFromFiles, forecastLive } from '#core/rollout/forecast.ts';
import { planRollout, type Step } from '#core/rollout/plan.ts';
import type { StepReport } from '#core/rollout/report.ts';
import { describeStep } from '#core/rollout/summary.ts';
import { checkForecast, checkPlan } from '#rehearsal/story/plan-check.ts';
import { active, fleet, member, node } from '../../core/rollout/fleets.ts';
import { environment, fakeReleases } from '../../fakes/environment.ts';

const view = fleet([active(), node('aws-b'), node('gcp-a'), node('gcp-b')], {
  members: ['aws', 'gcp'].map(name => member(name, { release: 'outdated' })),
});
const told = forecastLive(view, environment).steps.map(each => each.step);

function done(steps: readonly Step[]): StepReport[] {
  return steps.map(step => ({ step, outcome: 'done', seconds: 1, note: '' }));
}

function without(...left: string[]): StepReport[] {
  return done(told.filter(step => !left.includes(describeStep(step))));
}

test('a rollout that did every step goes as told', t => {
  t.deepEqual(checkPlan(told, done(told)), { kind: 'as-told', steps: told.length, allowed: [] });
});

test('a soak that was over, and the check of a member that its upgrade made, may be left out', t => {
  const went = without(
    'watch aws-b until ready for 60 s',
    'watch gcp-b until ready for 60 s',
    'check etcd member gcp',
    'check etcd member aws',
  );
  const check = checkPlan(told, went);
  t.is(check.kind, 'as-told');
  t.deepEqual(check.kind === 'as-told' ? check.allowed : [], [
    '"watch aws-b until ready for 60 s" was not waited for: it was so already',
    '"watch gcp-b until ready for 60 s" was not waited for: it was so already',
    '"check etcd member gcp" was not waited for: it was so already',
  ]);
});

test('waiting for the active node is allowed for, with its reason', t => {
  const awaited: Step = { kind: 'await-active', part: 'promote', node: 'aws-a', why: 'it resumes' };
  const check = checkPlan(told, done([...told.slice(0, 3), awaited, ...told.slice(3)]));
  t.deepEqual(check.kind === 'as-told' ? check.allowed : [], ['wait for the active node aws-a: it resumes']);
});

const differs = test.macro((t, went: StepReport[], why: RegExp) => {
  const check = checkPlan(told, went);
  t.is(check.kind, 'otherwise');
  t.regex(check.kind === 'otherwise' ? check.why : '', why);
});
const at = (text: string) => told.findIndex(step => describeStep(step) === text);
const [first, second] = [at('upgrade gcp-b'), at('upgrade gcp-a')];
test(
  'another order is told with both lists',
  differs,
  done(told.toSpliced(first, 1, told[second] as Step).toSpliced(second, 1, told[first] as Step)),
  /"upgrade gcp-a" was done, "upgrade gcp-b" was next\. Told: upgrade aws-b, .* Went: upgrade aws-b, /,
);
test('a check of a node may not be left out', differs, without('check gcp-b'), /"check gcp-b" was next/);
test(
  'a handover may not be left out',
  differs,
  without('hand over aws-a → gcp-a'),
  /"hand over aws-a → gcp-a" was next/,
);
test(
  'a rollout that stops early is otherwise',
  differs,
  done(told.slice(0, 5)),
  /"upgrade gcp-a" was told and not done/,
);
test(
  'a step that nobody told of is otherwise',
  differs,
  done([...told, told[0] as Step]),
  /"upgrade aws-b" was done, "nothing" was next/,
);
test(
  'a step that failed or was overtaken is otherwise',
  differs,
  [{ ...(done(told)[0] as StepReport), outcome: 'overtaken' }],
  /upgrade aws-b was overtaken/,
);

const fromFiles = forecastFromFiles(
  environment,
  fakeReleases().map(release => ({ release, state: release.node === undefined ? 'current' : 'outdated' })),
);

function goneWith(holder: string): StepReport[] {
  const nodes = ['aws-a', 'aws-b', 'gcp-a', 'gcp-b'].map(name => node(name, { holding: name === holder }));
  return done(planRollout(fleet(nodes, { claim: { kind: 'held', holder, epoch: 1 } })).steps);
}

test('a forecast from the files that assumed the right holder is held to every step', t => {
  t.is(checkForecast(fromFiles, goneWith('aws-a'), 'aws-a').kind, 'as-told');
  t.is(checkForecast(fromFiles, goneWith('aws-a').slice(0, 4), 'aws-a').kind, 'otherwise');
});

test('one that assumed another holder is held to the order of upgrades that it told for that case', t => {
  for (const holder of ['aws-b', 'gcp-a', 'gcp-b']) {
    const check = checkForecast(fromFiles, goneWith(holder), holder);
    t.like(check, {
      kind: 'as-told',
      allowed: [`${holder} held the claim, where aws-a was assumed: the order for that case`],
    });
  }
  const check = checkForecast(fromFiles, goneWith('gcp-b'), 'gcp-a');
  t.regex(
    check.kind === 'otherwise' ? check.why : '',
    /told for that case was aws-b, aws-a, gcp-b, gcp-a, upgraded were aws-b, aws-a, gcp-a, gcp-b/,
  );
});
