// Forecasts a rollout before it is started: its steps, how long they take, how it ends, and what it leaves alone.
// The steps are those of planRollout, which the rollout itself follows. What it does not promise: that the fleet stays as it is until then.

import type { Environment, Release } from '#core/environment/environment.ts';
import type { Forecast } from '#core/validation/verdict.ts';
import { restartSeconds, stabilityWindowSeconds, type TimedStep, timeSteps } from './duration.ts';
import { type ComparedRelease, heldBy, memberOf, viewFiles } from './files-view.ts';
import type { FleetView } from './fleet-view.ts';
import { describeGates } from './gates.ts';
import { afterStep, planRollout, type Step } from './plan.ts';
import { describeDuration } from './summary.ts';

/**
 * What merging starts, from the files alone: the fleet is taken to be well, and to run what the base says.
 * @param states every release of the head
 * @param removed releases that the base has and the head has not
 */
export function forecastFromFiles(
  environment: Environment,
  states: readonly ComparedRelease[],
  removed: readonly Release[] = [],
): Forecast {
  const fleet = viewFiles(environment, states);
  const assumed = holderOf(fleet);
  const assumptions = [
    ...(assumed === undefined ? [] : [`Every node and etcd member is well and runs what the base says.`]),
    ...(assumed === undefined ? [] : [`${assumed} holds the claim, as the first to take over; the files do not say.`]),
    ...ifAnotherHolds(fleet),
    ...(fleet.members.some(each => each.release === 'outdated')
      ? ['Which etcd member leads is not known; it is upgraded last, after it has handed its leadership over.']
      : []),
  ];
  return forecast('files', fleet, environment, assumptions, removed);
}

/** What merging starts, from the fleet as it was looked at. */
export function forecastLive(fleet: FleetView, environment: Environment, removed: readonly Release[] = []): Forecast {
  const holder = holderOf(fleet);
  const assumption =
    holder === undefined
      ? 'The fleet stays as it was found.'
      : `The fleet stays as it was found, with ${holder} holding the claim.`;
  return forecast('live', fleet, environment, [assumption], removed);
}

/** What merging starts when it takes the whole environment out of the files: nothing. */
export function forecastRemoval(environment: Environment, releases: readonly Release[]): Forecast {
  const { name, chain } = environment;
  return {
    source: 'files',
    assumptions: [],
    conduct: [],
    steps: [],
    end: `done: the files do not have ${name} any more, so that no rollout concerns it`,
    followedBy: [],
    leftToDo: [
      `The fleet of ${name} runs on and signs for ${chain.producer}; nothing upgrades or watches it from here any more. To end it, unregister the producer, then uninstall its ${releases.length} releases.`,
    ],
    untouched: releases.map(each => each.name),
    expectedSeconds: 0,
    longestSeconds: 0,
    expectedMissedBlocks: 0,
  };
}

function forecast(
  source: Forecast['source'],
  fleet: FleetView,
  environment: Environment,
  assumptions: string[],
  removed: readonly Release[],
): Forecast {
  const { steps, end } = planRollout(fleet);
  const following = end.kind === 'ask' ? planRollout(afterPerson(fleet, steps)).steps : [];
  const timed = timeSteps(fleet, [...steps, ...following], environment.rollout);
  const own = timed.slice(0, steps.length);
  return {
    source,
    assumptions: [...assumptions, ...restingOn(timed, environment)],
    conduct: conductOf(timed, environment),
    steps: own.map(withoutLimit),
    end: `${end.kind}: ${end.why}`,
    followedBy: timed.slice(steps.length).map(withoutLimit),
    leftToDo: leftToDo(fleet, environment, removed),
    untouched: untouchedBy(fleet, [...steps, ...following]),
    expectedSeconds: sum(own.map(each => each.expectedSeconds)),
    longestSeconds: sum(own.map(each => each.longestSeconds)),
    // No step touches the node that signs, and a handover happens past the last claimed slot: docs/signing.md.
    expectedMissedBlocks: 0,
  };
}

/** The fleet when the steps are done, and the person that they wait for lets the rest happen. */
function afterPerson(fleet: FleetView, steps: readonly Step[]): FleetView {
  const reached = steps.reduce(afterStep, fleet);
  return { ...reached, rollout: { ...reached.rollout, activeUpdate: 'unsupervised' } };
}

function withoutLimit({ step, expectedSeconds }: TimedStep): Forecast['steps'][number] {
  return { step, expectedSeconds };
}

function holderOf({ claim }: FleetView): string | undefined {
  return claim.kind === 'held' ? claim.holder : undefined;
}

/** How many other holders are told about. */
const otherHolders = 3;

/** The order of upgrades where another node holds the claim than was assumed. */
function ifAnotherHolds(fleet: FleetView): string[] {
  const assumed = holderOf(fleet);
  const others = fleet.nodes.filter(each => each.running && each.node !== assumed);
  if (assumed === undefined || upgradesOf(fleet).length === 0) return [];
  const told = others
    .slice(0, otherHolders)
    .map(({ node }) => `${node} holds it: ${upgradesOf(heldBy(fleet, node)).join(', ')}`);
  if (told.length === 0) return [];
  const rest = others.length > told.length ? ' Whoever holds it goes last.' : '';
  return [`The order of upgrades if ${told.join('; if ')}.${rest}`];
}

/** In order, up to the person that is waited for and beyond. */
function upgradesOf(fleet: FleetView): string[] {
  const plan = planRollout({ ...fleet, rollout: { ...fleet.rollout, activeUpdate: 'unsupervised' } });
  return plan.steps.flatMap(step => (step.kind === 'upgrade' ? [step.node] : []));
}

/** What a reviewer has to know of how it is done. */
function conductOf(timed: readonly TimedStep[], { rollout }: Environment): string[] {
  const has = (kind: Step['kind']) => timed.some(({ step }) => step.kind === kind);
  const moment = rollout.handover === 'gap' ? 'in the gap between two of our windows' : 'at once';
  return [
    ...(has('upgrade')
      ? [
          `Nothing else is touched until an upgraded node passes its gates: ${describeGates(rollout.gates)}.`,
          `The canary, and then each cluster, is watched for ${describeDuration(rollout.soakSeconds)} before the next.`,
          'A node that fails is put back once, and the rollout stops there; the node that signs is left alone.',
        ]
      : []),
    ...(has('handover') ? [`The handover happens ${moment}.`] : []),
    ...(has('upgrade-member') ? ['One etcd member at a time; a leader hands its leadership over first.'] : []),
  ];
}

/** What the times rest on. */
function restingOn(timed: readonly TimedStep[], { rollout }: Environment): string[] {
  const sentences: string[] = [];
  const has = (is: (each: TimedStep) => boolean) => timed.some(is);
  if (has(({ step }) => step.kind === 'upgrade')) {
    const restart = describeDuration(restartSeconds(rollout));
    sentences.push(
      `A node passes its gates ${restart} after its upgrade: it stops, its image is pulled, it starts and catches up. After ${describeDuration(rollout.readyTimeoutSeconds)} (readyTimeout) the rollout gives it up.`,
    );
  }
  if (has(({ step, expectedSeconds }) => step.kind === 'prove' && step.soakSeconds > 0 && expectedSeconds === 0))
    sentences.push(
      'A watch that is expected to take no time is over when its turn comes: the node has been ready for long enough by then.',
    );
  if (timed.length > 0)
    sentences.push(
      `Not counted: the start of each job, and ${stabilityWindowSeconds} s in which etcd is asked before anything is changed.`,
    );
  return sentences;
}

function leftToDo(fleet: FleetView, environment: Environment, removed: readonly Release[]): string[] {
  const installed = [...fleet.nodes, ...fleet.members].some(each => each.release !== 'missing');
  if (!installed) {
    return [
      `Merging installs nothing: put the Secrets in place and run "active-eos install ${environment.name}" once; from then on rollouts do the rest.`,
    ];
  }
  return [
    ...fleet.nodes.filter(each => each.release === 'missing').map(each => secretsFirst(environment, each.node)),
    ...removed.map(release => runsOn(release)),
  ];
}

function secretsFirst({ clusters }: Environment, name: string): string {
  const cluster = clusters.find(({ nodes }) => nodes.some(each => each.name === name));
  const node = cluster?.nodes.find(each => each.name === name);
  const secrets = [node?.keySecret, node?.finalizerSecret].filter(each => each !== undefined).join(' and ');
  return `${name} is new: cluster ${cluster?.name ?? ''} needs its Secrets (${secrets}) before the merge; without them its pod does not start, and the rollout stops there.`;
}

function runsOn(release: Release): string {
  if (release.node === undefined) {
    return `etcd member ${memberOf(release)} is no longer in the files, but a rollout removes no member: it runs on and has its vote until somebody removes it from etcd and uninstalls ${release.name}.`;
  }
  return `${release.node} is no longer in the files, but a rollout removes nothing: it runs on and may take over until somebody drains it and uninstalls it. While it holds the claim, the rollout changes nothing.`;
}

/** Nodes and members that no step touches. */
function untouchedBy({ nodes, members }: FleetView, steps: readonly Step[]): string[] {
  const touched = new Set(
    steps.flatMap(step =>
      step.kind === 'upgrade' ? [step.node] : step.kind === 'upgrade-member' ? [`etcd-${step.member}`] : [],
    ),
  );
  return [...nodes.map(each => each.node), ...members.map(each => `etcd-${each.member}`)].filter(
    each => !touched.has(each),
  );
}

function sum(all: readonly number[]): number {
  return all.reduce((total, each) => total + each, 0);
}
