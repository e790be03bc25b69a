// What a rollout has to say at its end: values for summaries, outputs and the exit code.

import type { GateResult } from './gates.ts';
import type { Part, Step } from './plan.ts';

/**
 * - `done` this part is through
 * - `nothing-to-do` the fleet is as the repository says already
 * - `planned` a dry run: this is what would be done
 * - `waiting` a person goes on (supervised)
 * - `refused` a precondition failed and nothing was changed
 * - `failed` something was changed and then stopped
 */
export type RolloutOutcome = 'done' | 'nothing-to-do' | 'planned' | 'waiting' | 'refused' | 'failed';

export interface RolloutReport {
  environment: string;
  part: Part;
  rolloutId: string;
  outcome: RolloutOutcome;
  why: string;
  /** Steps in the order they were done, with how each went. */
  steps: StepReport[];
  /** Steps that were planned when the run began. */
  planned: Step[];
  nodes: NodeReport[];
  handover: HandoverReport | undefined;
  failure: FailureReport | undefined;
  startedMs: number;
  finishedMs: number;
}

export interface StepReport {
  step: Step;
  outcome: 'done' | 'failed' | 'overtaken';
  seconds: number;
  note: string;
}

export interface NodeReport {
  node: string;
  cluster: string;
  role: string;
  imagesBefore: string[];
  imagesAfter: string[];
  release: 'missing' | 'outdated' | 'current';
  gates: GateResult[];
}

export interface HandoverReport {
  from: string;
  to: string;
  seconds: number;
  /** Epoch of the claim after it. */
  epoch: number;
}

export interface FailureReport {
  /** Node or member that failed; undefined when it was none of them. */
  node: string | undefined;
  why: string;
  /** Warnings of its pod and the last lines of its logs: text of others, to be shown and never to be obeyed. */
  events: string[];
  logs: string[];
  rollback: 'done' | 'failed' | 'none';
  rollbackNote: string;
}
