// Makes steps, summaries and readable lines out of what act prints with --json.

export type StepOutcome = 'success' | 'failure' | 'skipped';

export interface StepRecord {
  /** Id of the job in the workflow file. */
  job: string;
  /** Values of the job's matrix, in the order of their keys; empty without a matrix. */
  matrix: string[];
  name: string;
  outcome: StepOutcome;
  seconds: number;
}

export interface JobRecord {
  job: string;
  matrix: string[];
  outcome: 'success' | 'failure';
}

export interface Annotation {
  level: 'error' | 'warning' | 'notice';
  message: string;
  /** `file`, `line`, `title` and the like. */
  properties: Record<string, string>;
  step: string;
}

export interface StepOutput {
  job: string;
  matrix: string[];
  step: string;
  name: string;
  value: string;
}

export interface RunRecord {
  steps: StepRecord[];
  jobs: JobRecord[];
  annotations: Annotation[];
  /** Values that steps have set, in their order; a step sets them when it ends. */
  outputs: StepOutput[];
  /** Job summaries in Markdown, in the order in which the steps ended. */
  summaries: string[];
}

export type LineKind = 'output' | 'started' | 'ended' | 'annotation' | 'summary' | 'runner';

/** A line for a person: what, and of which step. */
export interface WorkflowLine {
  kind: LineKind;
  job: string;
  matrix: string[];
  step: string;
  text: string;
}

export function emptyRecord(): RunRecord {
  return { steps: [], jobs: [], annotations: [], outputs: [], summaries: [] };
}

/** Notes one line of act's output in `record` and returns the lines to show; a line that is not act's JSON is shown as it is. */
export function recordLine(record: RunRecord, text: string): WorkflowLine[] {
  const entry = parseEntry(text);
  if (entry === undefined) return text.trim() === '' ? [] : [{ ...nowhere, text }];
  const place = placeOf(entry);
  const say = (kind: LineKind, said: string): WorkflowLine[] => [{ kind, ...place, text: said }];

  if (entry.raw_output === true) return say('output', entry.msg.replace(/\r?\n$/, ''));
  if (entry.jobResult !== undefined) {
    record.jobs.push({ job: place.job, matrix: place.matrix, outcome: entry.jobResult });
    return say('runner', `Job ${entry.jobResult === 'success' ? 'succeeded' : 'failed'}`);
  }
  if (entry.command !== undefined) return recordCommand(record, entry, say);
  return recordStep(record, entry, place, say);
}

/** Values of an output by its name, in the order in which steps have set them. */
export function outputsOf({ outputs }: Pick<RunRecord, 'outputs'>, name: string): string[] {
  return outputs.flatMap(each => (each.name === name ? [each.value] : []));
}

/** The jobs with outcomes of their own: act calls every entry of a matrix failed as soon as one of them is. */
export function ownOutcomes({ jobs, steps }: RunRecord): JobRecord[] {
  return jobs.map(entry => {
    const own = steps.filter(step => step.job === entry.job && step.matrix.join('\0') === entry.matrix.join('\0'));
    const isOthersFailure = entry.matrix.length > 0 && own.length > 0 && own.every(step => step.outcome !== 'failure');
    return isOthersFailure ? { ...entry, outcome: 'success' } : entry;
  });
}

/** `canary (rehearsal) · Wait for the gates: text`, for a log file or a terminal. */
export function renderLine({ job, matrix, step, text }: WorkflowLine): string {
  const where = [job + (matrix.length > 0 ? ` (${matrix.join(', ')})` : ''), step].filter(part => part !== '');
  return where.length === 0 ? text : `${where.join(' · ')}: ${text}`;
}

/** The fields of act's entries that are read here; it spells `stepID` and `stepid`, and the first is the one of the workflow's own steps. */
interface Entry {
  msg: string;
  level?: string;
  job?: string;
  jobID?: string;
  matrix?: Record<string, unknown>;
  step?: string;
  stepID?: string[];
  stage?: string;
  stepResult?: StepOutcome;
  jobResult?: 'success' | 'failure';
  /** Nanoseconds. */
  executionTime?: number;
  raw_output?: boolean;
  command?: string;
  arg?: string;
  /** Of an output. */
  name?: string;
  kvPairs?: Record<string, string>;
  content?: string;
}

type Say = (kind: LineKind, text: string) => WorkflowLine[];

const nowhere = { kind: 'runner', job: '', matrix: [], step: '' } satisfies Omit<WorkflowLine, 'text'>;

function parseEntry(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && typeof (value as Entry).msg === 'string'
      ? (value as Entry)
      : undefined;
  } catch {
    return undefined;
  }
}

function placeOf(entry: Entry): { job: string; matrix: string[]; step: string } {
  return { job: entry.jobID ?? '', matrix: matrixValues(entry), step: entry.step ?? '' };
}

function matrixValues({ matrix }: Entry): string[] {
  return Object.entries(matrix ?? {})
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([, value]) => (typeof value === 'string' ? value : JSON.stringify(value)));
}

function recordCommand(record: RunRecord, entry: Entry, say: Say): WorkflowLine[] {
  const { command, arg = '', kvPairs = {}, step = '' } = entry;
  if (command === 'summary') {
    const summary = entry.content ?? '';
    record.summaries.push(summary);
    return say('summary', summary);
  }
  if (command === 'error' || command === 'warning' || command === 'notice') {
    const message = unescapeData(arg);
    record.annotations.push({ level: command, message, properties: kvPairs, step });
    return say('annotation', `${command}: ${message}`);
  }
  if (command === 'set-output' && entry.name !== undefined)
    record.outputs.push({ ...placeOf(entry), name: entry.name, value: arg });
  return command === 'group' ? say('output', arg) : [];
}

/** GitHub's escapes in the data of a workflow command. */
function unescapeData(data: string): string {
  return data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function recordStep(
  record: RunRecord,
  entry: Entry,
  place: { job: string; matrix: string[]; step: string },
  say: Say,
): WorkflowLine[] {
  // A composite action's own steps carry a second id; they are part of the step that uses it.
  const isOwnStep = entry.stage === 'Main' && entry.stepID?.length === 1;
  if (entry.stepResult !== undefined) {
    if (!isOwnStep) return [];
    const seconds = (entry.executionTime ?? 0) / 1e9;
    record.steps.push({
      job: place.job,
      matrix: place.matrix,
      name: place.step,
      outcome: entry.stepResult,
      seconds,
    });
    return say('ended', `${entry.stepResult} after ${seconds.toFixed(1)} s`);
  }
  if (isOwnStep && entry.msg.startsWith('\u2B50 Run Main')) return say('started', 'started');
  return entry.level === 'error' || entry.level === 'warning' ? say('runner', entry.msg) : [];
}
