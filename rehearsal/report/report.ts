// Decides what a rehearsal proved: each step with the slots of ours that fell into it, and the verdict over all of them.

import { slotAt } from '#core/slots.ts';
import type { Judgement, SlotVerdict } from '../observer/ledger.ts';

/** What the rehearsal knows of a step when it is over. */
export interface StepResult {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** Wall clock, ms since the Unix epoch. A step answers for our slots from its start to the next one's. */
  startMs: number;
  endMs: number;
  /** More missed slots than this fail the step: 0 for a rollout or a handover, 1 or so for a kill. */
  allowedMissedSlots: number;
  note: string;
  /** What it left to read, as paths beside report.json. */
  files?: readonly string[];
}

export interface ReportStep {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  seconds: number;
  /** Numbers of slots. */
  ourSlots: number;
  missedSlots: number;
  doubleSignedSlots: number;
  note: string;
  files: readonly string[];
}

/** The observer's word on the whole rehearsal; lists hold slot numbers. */
export interface ObserverReport {
  ourSlots: number;
  missedSlots: number[];
  doubleSignedSlots: number[];
  /** Not settled when they were judged. */
  pendingSlots: number[];
  /** Slots on the chain by the node that signed them. */
  signedBy: Record<string, number>;
  slots: SlotVerdict[];
}

/** The content of report.json. */
export interface Report {
  outcome: 'passed' | 'failed';
  /** Why it failed, one sentence each; empty when it passed. */
  reasons: string[];
  seconds: number;
  steps: ReportStep[];
  observer: ObserverReport;
}

/**
 * The report of a rehearsal. Whatever was not proven fails it: a step that did not pass, a slot missed beyond what a step
 * allows or outside of every step, a slot signed twice, a slot not settled, no slot of ours at all.
 * @param judgement over the whole rehearsal, taken when its last slots had settled
 */
export function buildReport(results: readonly StepResult[], judgement: Judgement): Report {
  const steps = results.map((result, index) => judgeStep(result, slotsOf(results, index, judgement)));
  const reasons = [
    ...steps.filter(({ outcome }) => outcome !== 'passed').map(({ name, note }) => `${name}: ${note || 'not passed'}`),
    ...judgeWhole(results, judgement),
  ];
  if (results.length === 0) reasons.push('No step was run.');
  const [first, last] = [results[0], results.at(-1)];
  return {
    outcome: reasons.length === 0 ? 'passed' : 'failed',
    reasons,
    seconds: first && last ? secondsBetween(first.startMs, last.endMs) : 0,
    steps,
    observer: {
      ourSlots: judgement.ourSlots,
      missedSlots: judgement.missedSlots,
      doubleSignedSlots: judgement.doubleSignedSlots,
      pendingSlots: judgement.pendingSlots,
      signedBy: countByNode(judgement.slots),
      slots: judgement.slots,
    },
  };
}

/** From the step's start up to the next step's, so that each slot belongs to one step; the last one ends at its end. */
function slotsOf(results: readonly StepResult[], index: number, { slots }: Judgement): SlotVerdict[] {
  const from = slotAt(results[index]?.startMs ?? 0);
  const next = results[index + 1];
  const to = next ? slotAt(next.startMs) : slotAt(results[index]?.endMs ?? 0) + 1;
  return slots.filter(({ slot }) => slot >= from && slot < to);
}

function judgeStep(result: StepResult, slots: SlotVerdict[]): ReportStep {
  const missed = countOf(slots, 'missed');
  const double = countOf(slots, 'double');
  const pending = countOf(slots, 'pending');
  const { allowedMissedSlots } = result;
  const problems = [
    missed > allowedMissedSlots ? `${count(missed, 'slot')} missed, at most ${allowedMissedSlots} allowed` : '',
    double > 0 ? `${count(double, 'slot')} signed twice` : '',
    pending > 0 ? `${count(pending, 'slot')} not settled when judged` : '',
  ].filter(problem => problem !== '');
  return {
    name: result.name,
    outcome: problems.length > 0 ? 'failed' : result.outcome,
    seconds: secondsBetween(result.startMs, result.endMs),
    ourSlots: slots.length,
    missedSlots: missed,
    doubleSignedSlots: double,
    note: [result.note, ...problems].filter(part => part !== '').join('; '),
    files: result.files ?? [],
  };
}

function judgeWhole(results: readonly StepResult[], judgement: Judgement): string[] {
  const inSteps = new Set(results.flatMap((_, index) => slotsOf(results, index, judgement)));
  const outside = judgement.slots.filter(verdict => !inSteps.has(verdict));
  const missed = countOf(outside, 'missed');
  const double = countOf(outside, 'double');
  const reasons: string[] = [];
  if (missed > 0) reasons.push(`${count(missed, 'slot')} missed outside of every step.`);
  if (double > 0) reasons.push(`${count(double, 'slot')} signed twice outside of every step.`);
  if (judgement.ourSlots === 0) reasons.push('The observer saw no slot of ours: nothing was proven.');
  return reasons;
}

function countByNode(slots: readonly SlotVerdict[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verdict, nodes } of slots) {
    const [node] = nodes;
    if (verdict === 'signed' && node !== undefined) counts[node] = (counts[node] ?? 0) + 1;
  }
  return counts;
}

function countOf(slots: readonly SlotVerdict[], verdict: SlotVerdict['verdict']): number {
  return slots.filter(slot => slot.verdict === verdict).length;
}

/** `1 slot`, `2 slots`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function secondsBetween(startMs: number, endMs: number): number {
  return Math.round((endMs - startMs) / 100) / 10;
}
