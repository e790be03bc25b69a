// The trials that docs/faults.md tells of: kept as lines of docs/faults.csv, so that those of many runs add up, and rendered as its table.

import { alignTable, distribution, median, type Trial } from './report.ts';
import type { Fault } from './scene.ts';

/** What is kept of a trial. */
export type PublishedTrial = Pick<
  Trial,
  | 'fault'
  | 'trial'
  | 'seed'
  | 'claimAhead'
  | 'startedAt'
  | 'missedSlots'
  | 'doubleSignedSlots'
  | 'forkedSlots'
  | 'ourSlots'
  | 'note'
> & { recoverySeconds: number | null; problems: number };

/** docs/faults.csv cannot be read. */
export class PublishError extends Error {
  readonly code = 'malformed';

  constructor(message: string) {
    super(message);
    this.name = 'PublishError';
  }
}

const columns = [
  'startedAt',
  'fault',
  'seed',
  'trial',
  'claimAhead',
  'missedSlots',
  'doubleSignedSlots',
  'forkedSlots',
  'ourSlots',
  'recoverySeconds',
  'problems',
  'note',
] as const;

/** The trials of the file and those of a run, each once, in the order in which they were begun. */
export function mergeTrials(text: string, run: readonly Trial[]): PublishedTrial[] {
  const kept = parseTrials(text);
  const known = new Set(kept.map(({ startedAt }) => startedAt));
  const added = run
    .filter(({ startedAt }) => !known.has(startedAt))
    .map(trial => ({ ...trial, problems: trial.problems.length }));
  return [...kept, ...added].toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

/** @throws {PublishError} */
export function parseTrials(text: string): PublishedTrial[] {
  const [head, ...lines] = text.trimEnd().split('\n');
  if (head !== columns.join(',')) {
    throw new PublishError(`docs/faults.csv:1:1: found ${JSON.stringify(head)}; expected ${columns.join(',')}.`);
  }
  return lines.map((line, index) => parseLine(line, index + 2));
}

function parseLine(line: string, number: number): PublishedTrial {
  const cells = line.split(',');
  const plain = columns.length - 1;
  const note = cells.slice(plain).join(',');
  const [startedAt = '', fault = '', ...figures] = cells.slice(0, plain);
  const [seed, trial, claimAhead, missedSlots, doubleSignedSlots, forkedSlots, ourSlots, recoverySeconds, problems] =
    figures.map(text => (text === '' ? null : Number(text)));
  const isWhole = [seed, trial, claimAhead, missedSlots, doubleSignedSlots, forkedSlots, ourSlots, problems].every(
    Number.isInteger,
  );
  if (!isWhole || cells.length <= plain) {
    throw new PublishError(
      `docs/faults.csv:${number}:1: expected ${plain} cells and a note, in whole numbers. Take the line out, or mend it.`,
    );
  }
  return {
    startedAt,
    fault,
    seed: seed ?? 0,
    trial: trial ?? 0,
    claimAhead: claimAhead === 1 ? 1 : 0,
    missedSlots: missedSlots ?? 0,
    doubleSignedSlots: doubleSignedSlots ?? 0,
    forkedSlots: forkedSlots ?? 0,
    ourSlots: ourSlots ?? 0,
    recoverySeconds: recoverySeconds ?? null,
    problems: problems ?? 0,
    note,
  };
}

/** One line each; the note comes last and may have commas. */
export function renderTrials(trials: readonly PublishedTrial[]): string {
  const lines = trials.map(each =>
    columns.map(column => String(each[column] ?? '').replaceAll(/\s*[\r\n]+\s*/g, ' ')).join(','),
  );
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}

const title = `# What a fault costs

Written by \`npm run chaos -- --publish DIR\` from the trials in [faults.csv](faults.csv); \`npm run chaos -- --fault NAME --trials 20 --seed 1 --output DIR\` makes new ones.

The rehearsal's fleet: five kubelets at three sites, etcd over them, four nodes, all on one machine of two processors, and a chain of two producers: our window comes
every 12 s. A seed decides the moment of each
fault. An observer that only reads blocks counts what became of our slots; _signed twice_ counts the nodes' own logs too. _Whole again_: seconds until one node signs, all others could, and etcd is complete.
\`0×18 1×2\` means: 18 trials missed nothing, 2 missed one slot. The bound is of the median and of the most in one trial.`;

const head = ['fault', 'trials', 'missed', 'bound', '', 'signed twice', 'whole again: median', 'max'];

/** The page docs/faults.md: a row for every fault, tried or not. */
export function renderPage(trials: readonly PublishedTrial[], faults: readonly Fault[]): string {
  const table = alignTable(
    head,
    renderRows(
      trials.filter(each => each.claimAhead === 0),
      faults,
    ),
  );
  const total = trials.reduce((sum, { doubleSignedSlots }) => sum + doubleSignedSlots, 0);
  const slots = trials.reduce((sum, { ourSlots }) => sum + ourSlots, 0);
  const counts = `${trials.length} trials, ${slots} slots of ours: ${total} signed twice.`;
  const broken = trials.filter(({ problems }) => problems > 0);
  const troubles = broken.map(({ fault, seed, trial, note }) => `- ${fault}, trial ${trial}, seed ${seed}: ${note}`);
  const trouble =
    broken.length === 0
      ? []
      : [
          '## Trials with a problem',
          'A wait that came to its bound, or a block that left the chain.',
          troubles.join('\n'),
        ];
  const rowsAhead = renderRows(
    trials.filter(each => each.claimAhead === 1),
    faults,
  ).filter(row => row[1] !== '0');
  const ahead =
    rowsAhead.length === 0
      ? []
      : [
          '## With a claim ahead',
          'The same with `etcd.claimAhead: 1` ([0012](decisions/0012-claim-ahead.md)); the bounds are those of 0.',
          alignTable(head, rowsAhead),
        ];
  const what = faults.map(fault => `- \`${fault.name}\`: ${fault.what}`);
  return `${[title, counts, table, ...ahead, ...trouble, '## The faults', what.join('\n')].join('\n\n')}\n`;
}

function renderRows(trials: readonly PublishedTrial[], faults: readonly Fault[]): string[][] {
  const of = Map.groupBy(trials, ({ fault }) => fault);
  return faults.map(fault => renderRow(fault, of.get(fault.name) ?? []));
}

function renderRow({ name, bound }: Fault, trials: readonly PublishedTrial[]): string[] {
  const limit = bound === undefined ? '' : bound.max === 0 ? 'none' : `median ${bound.median}, max ${bound.max}`;
  if (trials.length === 0) return [`\`${name}\``, '0', '', limit, 'not tried', '', '', ''];
  const missed = trials.map(({ missedSlots }) => missedSlots);
  const isKept = bound === undefined || (median(missed) <= bound.median && Math.max(...missed) <= bound.max);
  const recovery = trials.flatMap(({ recoverySeconds }) => recoverySeconds ?? []);
  return [
    `\`${name}\``,
    String(trials.length),
    distribution(missed),
    limit,
    bound === undefined ? '' : isKept ? 'kept' : '**not kept**',
    String(trials.reduce((sum, { doubleSignedSlots }) => sum + doubleSignedSlots, 0)),
    recovery.length === 0 ? 'never' : `${median(recovery).toFixed(1)} s`,
    recovery.length < trials.length ? 'never' : `${Math.max(...recovery).toFixed(1)} s`,
  ];
}
