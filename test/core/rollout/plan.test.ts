import test from 'ava';
import type { FleetView } from '#core/rollout/fleet-view.ts';
import { afterStep, type Next, nextStep, planRollout, type Step } from '#core/rollout/plan.ts';
import { active, fleet, member, node, proven, random, randomFleet } from './fleets.ts';

function brief(step: Step): string {
  switch (step.kind) {
    case 'handover':
      return `handover ${step.from} ${step.to}`;
    case 'prove':
      return `${step.soakSeconds > 0 ? 'soak' : 'prove'} ${step.node}`;
    case 'upgrade-member':
    case 'prove-member':
      return `${step.kind} ${step.member}${'moveLeadership' in step && step.moveLeadership ? ' moving' : ''}`;
    case 'upgrade':
    case 'await-active':
      return `${step.kind} ${step.node}`;
  }
}

test('a whole rollout: canary, clusters in order, handover to another site, the old active last', t => {
  const { steps, end } = planRollout(fleet([active(), node('aws-b'), node('gcp-a'), node('gcp-b')]));
  t.deepEqual(steps.map(brief), [
    'upgrade aws-b',
    'prove aws-b',
    'soak aws-b',
    'upgrade gcp-b',
    'prove gcp-b',
    'upgrade gcp-a',
    'prove gcp-a',
    'soak gcp-a',
    'soak gcp-b',
    'handover aws-a gcp-a',
    'upgrade aws-a',
    'prove aws-a',
  ]);
  t.deepEqual(steps.filter(step => step.part === 'canary').map(brief), ['upgrade aws-b', 'prove aws-b', 'soak aws-b']);
  t.deepEqual(end, { kind: 'done', why: 'everything runs as the repository says' });
});

const next = test.macro<[string, FleetView, string, RegExp?]>({
  exec(t, _title, view, expected, why = /.*/) {
    const decided: Next = nextStep(view);
    t.is(decided.kind === 'step' ? brief(decided.step) : decided.kind, expected);
    t.regex(decided.kind === 'step' ? decided.step.why : decided.why, why);
  },
  title: (_provided, title) => title ?? '',
});

const current = { release: 'current' } as const;
test(next, 'nothing changed: done', fleet([active(current), node('aws-b', current)]), 'done', /as the repository says/);
test(next, 'without a claim nothing is done', fleet([active()], { claim: { kind: 'missing' } }), 'blocked', /install/);
test(
  next,
  'with an unreadable claim nothing is done',
  fleet([active()], { claim: { kind: 'unreadable', problem: 'it is not JSON' } }),
  'blocked',
  /not JSON/,
);
test(
  next,
  'a holder that the environment does not name blocks',
  fleet([node('aws-b')], { claim: { kind: 'held', holder: 'old-node', epoch: 1 } }),
  'blocked',
  /held by old-node/,
);
test(next, 'an active node without any standby is not upgraded', fleet([active()]), 'blocked', /it has no standby/);
test(
  next,
  'an active node is not handed over to an unsound standby',
  fleet([active(), node('gcp-a', { ...current, sound: false, problem: 'lags' })]),
  'blocked',
  /no standby is fit: gcp-a \(lags\)/,
);
test(
  next,
  'the canary is the standby that is last to take over, even when the active node is in that cluster',
  fleet([node('aws-a'), node('aws-b'), node('gcp-a', { holding: true })], {
    claim: { kind: 'held', holder: 'gcp-a', epoch: 1 },
  }),
  'upgrade aws-b',
  /canary/,
);
test(
  next,
  'of equal priorities the one that the monitors would take first is upgraded last',
  fleet([active({ priority: 0 }), ...['aws-b', 'aws-c', 'aws-d'].map(name => node(name, { priority: 0 }))]),
  'upgrade aws-d',
  /last to take over/,
);
test(
  next,
  'a first cluster with nothing but the active node: the canary is in the next one',
  fleet([active(), node('gcp-a'), node('gcp-b')]),
  'upgrade gcp-b',
  /first cluster with a standby/,
);
test(
  next,
  'a standby that is down goes first: it cannot get worse',
  fleet([active(), node('aws-b'), node('gcp-b', { running: false, sound: false })]),
  'upgrade gcp-b',
  /down already/,
);
test(
  next,
  'no second node is touched while an upgraded one is unproven',
  fleet([active(), node('aws-b', { ...proven, sound: false, running: false, readySeconds: 0 }), node('gcp-b')]),
  'prove aws-b',
);
test(
  next,
  'the last node is proven although nothing is left to upgrade',
  fleet([active(proven), node('aws-b', { ...proven, sound: false, readySeconds: 3 })]),
  'prove aws-b',
);
test(
  next,
  'a node that is not sound long after its upgrade is no matter of the rollout any more',
  fleet([active(proven), node('aws-b', { ...proven, sound: false, readySeconds: 86_400 })]),
  'done',
);
test(
  next,
  'no node is touched while an unchanged one is down',
  fleet([active(), node('aws-b', { ...current, running: false, sound: false, problem: 'crashed' }), node('gcp-b')]),
  'prove aws-b',
  /nothing is upgraded while it is down: crashed/,
);
test(
  next,
  'the canary soaks before its neighbour is touched',
  fleet([active(), node('aws-b', { ...proven, readySeconds: 10 }), node('aws-c')]),
  'soak aws-b',
);
test(
  next,
  'a cluster soaks before the next cluster is touched',
  fleet([active(), node('aws-b', proven), node('aws-c', { ...proven, readySeconds: 5 }), node('gcp-a')]),
  'soak aws-c',
);
test(
  next,
  'an active node in trouble is waited for before a standby is taken from it',
  fleet([node('aws-a', { problem: 'monitor: resuming' }), node('aws-b')]),
  'await-active aws-a',
  /resuming/,
);
test(
  next,
  'supervised: a person hands over',
  fleet([active(), node('gcp-a', proven)], {
    rollout: { order: ['aws', 'gcp'], soakSeconds: 60, readyTimeoutSeconds: 300, activeUpdate: 'supervised' },
  }),
  'ask',
  /hand over from aws-a, such as to gcp-a/,
);
test(
  next,
  'without an upgraded standby in another site, one of the same site signs next',
  fleet([active(), node('aws-b', proven)]),
  'handover aws-a aws-b',
  /no fit standby in another site/,
);
test(
  next,
  'a claim that nobody has taken yet: every node is a standby',
  fleet([node('aws-a'), node('aws-b', proven)], { claim: { kind: 'vacant', epoch: 0 } }),
  'upgrade aws-a',
);

test('etcd members come last, followers before the leader, one at a time', t => {
  const members = [member('aws', { release: 'outdated' }), member('gcp', { release: 'outdated' }), member('witness')];
  const view = fleet([active(current), node('aws-b', current)], { members });
  const { steps } = planRollout(view);
  t.deepEqual(steps.map(brief), [
    'upgrade-member gcp',
    'prove-member gcp',
    'upgrade-member aws moving',
    'prove-member aws',
  ]);
});

test('with one etcd member down no other is touched', t => {
  const members = [
    member('aws', { release: 'outdated' }),
    member('gcp', { running: false, problem: 'down' }),
    member('witness'),
  ];
  const view = fleet([active(current), node('aws-b', current)], { members });
  t.deepEqual(brief((nextStep(view) as { step: Step }).step), 'prove-member gcp');
});

/** What must hold before any step, whatever happened before. */
function broken(view: FleetView, step: Step): string | undefined {
  const holder = view.claim.kind === 'held' ? view.claim.holder : '';
  const others = view.nodes.filter(each => each.node !== ('node' in step ? step.node : ''));
  if (step.kind === 'upgrade') {
    if (step.node === holder) return 'the active node is upgraded';
    if (others.some(each => each.release === 'current' && !each.running)) return 'a second node is down';
    if (others.some(each => each.touched && !each.sound)) return 'an upgraded node is unproven';
  }
  if (step.kind === 'handover') {
    const target = view.nodes.find(each => each.node === step.to);
    if (step.from !== holder) return 'somebody else is asked to hand over';
    if (target?.release !== 'current' || !target.sound) return 'the target is not upgraded and sound';
    if (view.nodes.some(each => each.node !== holder && each.release !== 'current'))
      return 'a standby is still outdated';
  }
  return undefined;
}

test('from any fleet, stopped anywhere and overtaken by takeovers, no step is ever unsafe and the rollout ends', t => {
  let finished = 0;
  for (let seed = 0; seed < 3000; seed++) {
    const draw = random(seed);
    let view = randomFleet(draw);
    const done: string[] = [];
    for (let count = 0; count < 60; count++) {
      const decided = nextStep(view);
      if (decided.kind !== 'step') {
        if (decided.kind === 'done') {
          t.true(
            view.nodes.every(each => each.release === 'current'),
            `seed ${seed}: done too early`,
          );
          finished += 1;
        }
        break;
      }
      const problem = broken(view, decided.step);
      t.is(problem, undefined, `seed ${seed} after ${done.join(', ')}: ${brief(decided.step)}`);
      done.push(brief(decided.step));
      // A run that is killed here starts again from the same view: nothing else is remembered.
      view = afterStep(view, decided.step);
      if (count < 20 && draw(6) === 0) view = takenOver(view, draw);
      t.true(count < 59, `seed ${seed} does not end: ${done.slice(-6).join(', ')}`);
    }
  }
  t.true(finished > 2000, `only ${finished} rollouts finished`);
});

/** A standby that is well takes the claim by itself. */
function takenOver(view: FleetView, draw: (below: number) => number): FleetView {
  const able = view.nodes.filter(each => each.running && each.sound);
  const to = able[draw(Math.max(1, able.length))];
  if (to === undefined || view.claim.kind !== 'held') return view;
  return {
    ...view,
    claim: { kind: 'held', holder: to.node, epoch: view.claim.epoch + 1 },
    nodes: view.nodes.map(each => ({ ...each, holding: each.node === to.node })),
  };
}
