// What every step of the story works with.

import { setTimeout as pause } from 'node:timers/promises';
import { slotAt, slotStartMs, type Window, windowFrom } from '#core/slots.ts';
import type { Fleet } from '#operations/ports.ts';
import { otherProducers, type RehearsalFleet } from '#rehearsal/fleet/fleet.ts';
import type { GitHub } from '#rehearsal/github/github.ts';
import type { ScratchRepository } from '#rehearsal/github/scratch-repository.ts';
import type { Progress } from '#rehearsal/report/progress.ts';
import type { InstalledTools } from '#tools/install.ts';
import type { Diary } from './diary.ts';
import type { StoryOptions } from './options.ts';

export interface Stage {
  options: StoryOptions;
  tools: InstalledTools;
  progress: Progress;
  diary: Diary;
  rehearsal: RehearsalFleet;
  /** The fleet as operations see it, by the clusters' APIs alone. */
  fleet: Fleet;
  github: GitHub;
  scratch: ScratchRepository;
  /** Slots of ours count from here: the first that the first holder could sign. */
  firstSlot: number;
}

/** One step of the story. It throws a StoryError when what it tells does not come true; its note says what did. */
export type StoryStep = (stage: Stage) => Promise<string>;

/** The story did not go as it must. */
export class StoryError extends Error {
  readonly code = 'not-as-told';

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoryError';
  }
}

/** Name of the scratch repository on the stand-in for GitHub. */
export const repositoryName = 'operator/fleet';

/** Path of the rehearsal's environment in a clone. */
export const environmentFile = 'environments/rehearsal/environment.yaml';

/** The nodeos image that each node's pod runs, as environment.yaml spells it. */
export async function nodeImages({ releases, workloads }: Fleet): Promise<Map<string, string>> {
  const nodes = releases.filter(each => each.node !== undefined);
  const images = await Promise.all(
    nodes.map(async release => {
      const pod = await workloads.pod(release);
      const image = pod?.images.find(each => each.includes('nodeos')) ?? '';
      return [release.name, image.replace(/^docker\.io\//, '')] as const;
    }),
  );
  return new Map(images);
}

/** Producers in the schedule's order, as environments/rehearsal/values give them to the stand-ins. */
export function scheduleOf({ environment }: Fleet): string[] {
  return [environment.chain.producer, ...otherProducers];
}

/** Our next window that is at least `slots` slots away. */
export function nextWindow(fleet: Fleet, slots: number): Window {
  const window = windowFrom(scheduleOf(fleet), fleet.environment.chain.producer, slotAt(Date.now()) + slots);
  if (window === undefined) throw new Error('our producer is not in the schedule');
  if (window.first >= slotAt(Date.now()) + slots) return window;
  const round = scheduleOf(fleet).length * 12;
  return { first: window.first + round, last: window.last + round };
}

/** Waits until a moment of the wall clock, ms since the Unix epoch. */
export async function waitUntil(wallMs: number): Promise<void> {
  await pause(Math.max(0, wallMs - Date.now()));
}

/** Waits until the observer's word on a window is final. */
export async function waitUntilSettled({ last }: Window): Promise<void> {
  await waitUntil(slotStartMs(last) + settledMs);
}

/** As the observer's ledger has it, and a moment more. */
const settledMs = 3500;
