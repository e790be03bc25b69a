// What came of the trials: each judged by the blocks that were read, and all of them as a table.

import type { Judgement } from '#rehearsal/observer/ledger.ts';

/** One trial. Every slot of ours belongs to one: those from the end of the trial before to its own end. */
export interface Trial {
  fault: string;
  /** How many slots of ours have no block on the chain. */
  missedSlots: number;
  /** How many slots of ours have two blocks, on the chain or not. */
  doubleSignedSlots: number;
  note: string;
  /** Blocks of ours that were made and are not on the chain. */
  forkedSlots: number;
  ourSlots: number;
  /** Counts from 1 for each fault; with fault and seed it decides every choice. */
  trial: number;
  seed: number;
  /** Of the fleet. */
  claimAhead: 0 | 1;
  startedAt: string;
  seconds: number;
  /** From the end of the fault until the fleet was whole again; null when it never was. */
  recoverySeconds: number | null;
  /** What must not have happened. */
  problems: string[];
  /** The slots behind the counts. */
  slots: { missed: number[]; doubleSigned: number[]; forked: number[] };
}

export interface Verdict {
  /** From the observer. */
  judgement: Judgement;
  /** Slots that nodes say to have signed twice, by their own logs: a block that reached nobody is seen there alone. */
  doubleInLogs: readonly number[];
  /** Whether the fault takes blocks away from the chain by what it is. */
  mayFork: boolean;
  /** A wait that came to its bound, or whatever else went wrong. */
  problem: string | undefined;
  /** Slots outside are missed by what prepared the fault or undid it, and do not count as missed. */
  counted: { from: number; to: number };
}

/** The counts of a trial, and what of it must not be. */
export function judgeTrial({
  judgement,
  doubleInLogs,
  mayFork,
  problem,
  counted,
}: Verdict): Pick<Trial, 'missedSlots' | 'doubleSignedSlots' | 'forkedSlots' | 'ourSlots' | 'problems' | 'slots'> {
  const doubleSigned = [...new Set([...judgement.doubleSignedSlots, ...doubleInLogs])].sort((a, b) => a - b);
  const forked = judgement.slots.filter(({ verdict, ids }) => verdict === 'missed' && ids.length > 0);
  const missed = judgement.missedSlots.filter(slot => slot >= counted.from && slot <= counted.to);
  const problems = [
    ...(problem === undefined ? [] : [problem]),
    ...doubleSigned.map(slot => `slot ${slot} was signed twice`),
    ...(mayFork ? [] : forked.map(({ slot, nodes }) => `the block of ${nodes.join()} at slot ${slot} left the chain`)),
    ...judgement.pendingSlots.map(slot => `slot ${slot} was never settled`),
  ];
  return {
    missedSlots: missed.length,
    doubleSignedSlots: doubleSigned.length,
    forkedSlots: forked.length,
    ourSlots: judgement.ourSlots,
    problems,
    slots: { missed, doubleSigned, forked: forked.map(({ slot }) => slot) },
  };
}

interface Row {
  fault: string;
  trials: number;
  missed: number[];
  doubleSigned: number;
  forked: number;
  recovery: number[];
  problems: number;
}

const columns = [
  'fault',
  'trials',
  'missed: median',
  'max',
  'distribution',
  'double-signed',
  'left the chain',
  'whole after s: median',
  'max',
  'problems',
];

/** The table as Markdown, its columns aligned so that it is read in a terminal as well. */
export function renderTable(trials: readonly Trial[]): string {
  const cells = rowsOf(trials).map(row => [
    row.fault,
    String(row.trials),
    String(median(row.missed)),
    String(Math.max(...row.missed)),
    distribution(row.missed),
    String(row.doubleSigned),
    String(row.forked),
    row.recovery.length === 0 ? 'never' : median(row.recovery).toFixed(1),
    row.recovery.length === 0 ? 'never' : Math.max(...row.recovery).toFixed(1),
    String(row.problems),
  ]);
  return alignTable(columns, cells);
}

/** Markdown that is read in a terminal as well: the first column to the left, figures to the right. */
export function alignTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, index) => Math.max(3, name.length, ...rows.map(row => (row[index] ?? '').length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, index) => (index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Every problem with its trial, and the trials in which blocks were missed, one line each. */
export function renderDetails(trials: readonly Trial[]): string {
  const name = ({ fault, trial, seed }: Trial) => `${fault}, trial ${trial}, seed ${seed}`;
  const problems = trials.flatMap(each => each.problems.map(problem => `- ${name(each)}: ${problem}`));
  const missed = trials
    .filter(({ missedSlots }) => missedSlots > 0)
    .map(each => `- ${name(each)}: ${each.missedSlots} of ${each.ourSlots} missed; ${each.note}`);
  return [
    '## Problems',
    '',
    ...(problems.length === 0 ? ['None.'] : problems),
    '',
    '## Missed slots',
    '',
    ...(missed.length === 0 ? ['None.'] : missed),
  ].join('\n');
}

function rowsOf(trials: readonly Trial[]): Row[] {
  return [...Map.groupBy(trials, ({ fault }) => fault)].map(([fault, own]) => ({
    fault,
    trials: own.length,
    missed: own.map(({ missedSlots }) => missedSlots),
    doubleSigned: sum(own.map(({ doubleSignedSlots }) => doubleSignedSlots)),
    forked: sum(own.map(({ forkedSlots }) => forkedSlots)),
    recovery: own.flatMap(({ recoverySeconds }) => recoverySeconds ?? []),
    problems: sum(own.map(({ problems }) => problems.length)),
  }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The lower one of two in the middle: a number that was measured. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}

/** `0×9 1×1`: nine trials missed nothing, one missed one slot. */
export function distribution(values: readonly number[]): string {
  const counts = [...Map.groupBy(values, value => value)].toSorted(([a], [b]) => a - b);
  return counts.map(([value, all]) => `${value}×${all.length}`).join(' ');
}
