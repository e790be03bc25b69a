// What a pull request is told: what is wrong, what will happen, and what exactly changes. Values only: the comment, the job summary,
// annotations, outputs and the terminal are all rendered from a verdict.

import type { Problem } from '../environment/problem.ts';
import type { Step } from '../rollout/plan.ts';

export interface Verdict {
  /** Commit compared with; undefined when there is none, as for a folder outside git. */
  base: string | undefined;
  /** Commit judged, or `working tree`. */
  head: string;
  /** Files of the checks themselves that the change edits: the base's version judged, and a person has to read the new one. */
  checks: string[];
  environments: EnvironmentVerdict[];
  /** Problems of files that belong to no one environment. */
  problems: RuleProblem[];
}

export interface EnvironmentVerdict {
  name: string;
  change: 'added' | 'changed' | 'removed' | 'untouched';
  problems: RuleProblem[];
  waived: WaivedProblem[];
  /** undefined when its members cannot be read. */
  quorum: QuorumProof | undefined;
  /** undefined when it cannot be told, as for an environment with problems; `notes` say why. */
  forecast: Forecast | undefined;
  /** One for each release of base and head; undefined when they could not be rendered; `notes` say why. */
  diffs: ReleaseDiff[] | undefined;
  /** What a reviewer must know about what could not be computed. */
  notes: string[];
}

/** A problem and the rule it breaks; docs/rules.md explains the rule under its id. */
export interface RuleProblem extends Problem {
  rule: string;
  /** Only an error fails the check. */
  level: 'error' | 'warning';
}

/** A problem that the file itself excuses for a while. */
export interface WaivedProblem extends RuleProblem {
  reason: string;
  /** Last day of the waiver, such as 2026-12-31. */
  until: string;
  /** Whether the waiver comes with the very change that it excuses. */
  isNew: boolean;
}

/** Whether etcd outlives the loss of any one site and any one cloud. */
export interface QuorumProof {
  members: number;
  /** Members that must be left. */
  majority: number;
  losses: { domain: 'site' | 'cloud'; name: string; members: number; left: number; holds: boolean }[];
}

/** The rollout that merging starts. */
export interface Forecast {
  /** `live`: the fleet was looked at. `files`: only base and head are known. */
  source: 'live' | 'files';
  /** What was taken for granted, a sentence each, such as who holds the claim. */
  assumptions: string[];
  /** How it is done, a sentence each: gates, soak, handover, what a failure leads to. Empty when nothing is done. */
  conduct: string[];
  steps: { step: Step; expectedSeconds: number }[];
  /** How it ends: `done: everything runs …`, `ask: …`, `blocked: …`. */
  end: string;
  /** Supervised: what a person begins, the handover, and what then follows. Empty when nobody is waited for. Not in the times below. */
  followedBy: { step: Step; expectedSeconds: number }[];
  /** What merging does not do, a sentence each, such as that a node taken out of the files runs on. */
  leftToDo: string[];
  /** Nodes and members that nobody touches. */
  untouched: string[];
  expectedSeconds: number;
  /** The longest it may take before a step gives up. */
  longestSeconds: number;
  expectedMissedBlocks: number;
}

/** One Helm release in one cluster, base against head. */
export interface ReleaseDiff {
  cluster: string;
  release: string;
  /** Folder of the chart. */
  chart: string;
  change: 'added' | 'removed' | 'changed' | 'unchanged';
  /** Only objects that differ. */
  objects: ObjectDiff[];
}

export interface ObjectDiff {
  /** Such as `apps/v1`. */
  apiVersion: string;
  kind: string;
  name: string;
  change: 'added' | 'removed' | 'changed';
  /** What a reviewer reads; of an added or removed object, its whole content. Secrets are redacted. */
  fields: FieldChange[];
  /** Changes that follow from others or mean nothing to the cluster, such as checksums and chart labels. */
  noise: FieldChange[];
}

export interface FieldChange {
  /** As people write it: `spec.template.spec.containers[nodeos].image`. */
  path: string;
  /** undefined: not there. */
  before: string | undefined;
  after: string | undefined;
}
