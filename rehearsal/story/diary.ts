// Keeps what happened in a rehearsal, for the page: the fleet as it was last seen, events, who held the claim when, the steps.

import type { ClaimSpan, EventKind, Model, PageEvent, PageStep, SiteModel } from '#rehearsal/page/model.ts';
import type { Report } from '#rehearsal/report/report.ts';

export interface Diary {
  note(kind: EventKind, text: string, subject?: string): void;
  seeSites(sites: SiteModel[]): void;
  /** Somebody holds the claim since `atMs`; a change is an event. */
  seeHolder(node: string, why: 'handover' | 'takeover', atMs: number): void;
  seeSlots(slots: Model['slots']): void;
  beginStep(name: string): void;
  /** What the step left to read, as a path in the output folder. */
  leaveFile(name: string, file: string): void;
  filesOf(name: string): readonly string[];
  endStep(name: string, outcome: PageStep['outcome'], note: string): void;
  judge(report: Report): void;
  /** When our next window begins, ms since the Unix epoch, asked at each look; null when it is not known. */
  expectWindow(nextMs: () => number | null): void;
  model(): Model;
}

/** @param stepNames in their order; a step waits until it begins */
export function startDiary(title: string, stepNames: readonly string[]): Diary {
  const startedMs = Date.now();
  const events: PageEvent[] = [];
  const claims: ClaimSpan[] = [];
  const begun = new Map<string, number>();
  const steps: PageStep[] = stepNames.map(name => ({ name, outcome: 'waiting', seconds: null, note: '', files: [] }));
  let sites: SiteModel[] = [];
  let slots: Model['slots'] = [];
  let verdict: Model['verdict'] = null;
  let nextWindowMs: () => number | null = () => null;
  const note: Diary['note'] = (kind, text, subject) => {
    events.push({ atMs: Date.now(), kind, text, ...(subject === undefined ? {} : { subject }) });
  };
  const stepOf = (name: string): PageStep => {
    const step = steps.find(each => each.name === name);
    if (step === undefined) throw new Error(`there is no step ${name}`);
    return step;
  };
  return {
    note,
    seeSites: seen => {
      sites = seen;
    },
    seeHolder: (node, why, atMs) => {
      const last = claims.at(-1);
      if (last?.node === node || node === '') return;
      if (last !== undefined) {
        last.toMs = atMs;
        events.push({ atMs, kind: why, text: `after ${last.node}`, subject: node });
      }
      claims.push({ node, fromMs: atMs, toMs: null });
    },
    seeSlots: seen => {
      slots = seen;
    },
    beginStep: name => {
      begun.set(name, Date.now());
      stepOf(name).outcome = 'running';
    },
    leaveFile: (name, file) => {
      const step = stepOf(name);
      step.files = [...(step.files ?? []), file];
    },
    filesOf: name => stepOf(name).files ?? [],
    endStep: (name, outcome, text) => {
      Object.assign(stepOf(name), { outcome, seconds: secondsSince(begun.get(name)), note: text });
    },
    judge: report => {
      verdict = { outcome: report.outcome, reasons: report.reasons };
      for (const { name, outcome, note: text } of report.steps) Object.assign(stepOf(name), { outcome, note: text });
    },
    expectWindow: ask => {
      nextWindowMs = ask;
    },
    model: () => ({
      nextWindowMs: nextWindowMs(),
      title,
      startedMs,
      nowMs: Date.now(),
      sites,
      slots,
      claims,
      events,
      steps: steps.map(step =>
        step.outcome === 'running' ? { ...step, seconds: secondsSince(begun.get(step.name)) } : step,
      ),
      verdict,
    }),
  };
}

function secondsSince(startMs: number | undefined): number | null {
  return startMs === undefined ? null : Math.round((Date.now() - startMs) / 100) / 10;
}
