// Forecasts what merging starts: from the live fleet where it may be looked at and answers in time, from the files otherwise.

import type { Environment, Release } from '#core/environment/environment.ts';
import type { ComparedRelease } from '#core/rollout/files-view.ts';
import { viewFleet } from '#core/rollout/fleet-view.ts';
import { forecastFromFiles, forecastLive } from '#core/rollout/forecast.ts';
import type { Forecast } from '#core/validation/verdict.ts';
import { type Answer, askWithin } from './ask-within.ts';
import { lookFirst } from './observe.ts';
import type { Fleet } from './ports.ts';

export interface ForecastSources {
  environment: Environment;
  /** Every release of the head, against the base. */
  states: readonly ComparedRelease[];
  /** Releases that the base has and the head has not. */
  removed: readonly Release[];
  /** The live fleet, with the releases of the head; undefined where it may not be looked at, as for a fork's pull request. */
  fleet: Fleet | undefined;
  limits?: ForecastLimits;
}

export interface ForecastLimits {
  /** For a first answer of each cluster. */
  clusterMs: number;
  /** For the whole look. */
  lookMs: number;
}

export interface FleetForecast {
  forecast: Forecast;
  /** Why the live fleet is not what the forecast rests on, when it should be. */
  notes: string[];
}

/** A look takes a second or two for each release: Helm is asked for each. */
const defaultLimits: ForecastLimits = { clusterMs: 8000, lookMs: 60_000 };

/** Changes nothing, and never throws for a fleet that cannot be looked at: that is a note. */
export async function forecastFleet(sources: ForecastSources): Promise<FleetForecast> {
  const { environment, states, removed, fleet } = sources;
  if (fleet === undefined) return { forecast: forecastFromFiles(environment, states, removed), notes: [] };
  const seen = await forecastAnswering(fleet, removed, sources.limits ?? defaultLimits);
  if (seen.kind === 'answer') return { forecast: seen.value, notes: [] };
  const note = `The live fleet was not looked at, so this forecast is from the files: ${seen.problem.replace(/\.$/, '')}.`;
  return { forecast: forecastFromFiles(environment, states, removed), notes: [note] };
}

async function forecastAnswering(
  fleet: Fleet,
  removed: readonly Release[],
  { clusterMs, lookMs }: ForecastLimits,
): Promise<Answer<Forecast>> {
  const problem = await findSilentCluster(fleet, clusterMs);
  if (problem !== undefined) return { kind: 'silent', problem };
  const looked = await askWithin(lookMs)('fleet', () => lookFirst(fleet));
  if (looked.kind === 'silent') return looked;
  const { observation } = looked.value;
  // A rollout would stop here, too; but what a reviewer asks is how it goes once etcd is back.
  if (observation.claim.kind === 'unreadable')
    return {
      kind: 'silent',
      problem: `the claim cannot be read (${observation.claim.problem}), and until it can, a rollout changes nothing`,
    };
  return { kind: 'answer', value: forecastLive(viewFleet(observation, fleet.environment), fleet.environment, removed) };
}

/** Each cluster is asked for one thing, all at once: Helm would take its own long limit to find out that one is away. */
async function findSilentCluster(fleet: Fleet, limitMs: number): Promise<string | undefined> {
  const ask = askWithin(limitMs);
  const clusters = [...new Set(fleet.releases.map(each => each.cluster))];
  const asked = clusters.map(async cluster => {
    const release = fleet.releases.find(each => each.cluster === cluster);
    if (release === undefined) return [];
    const answer = await ask(cluster, () => fleet.workloads.statefulSet(release));
    return answer.kind === 'silent' ? [`cluster ${cluster} does not answer (${answer.problem})`] : [];
  });
  const problems = (await Promise.all(asked)).flat();
  return problems.length === 0 ? undefined : problems.join('; ');
}
