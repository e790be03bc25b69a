// The verdict as a table for a terminal.

import { count, type Report, type ReportStep } from './report.ts';

/** One row per step, the reasons of a failure, and the verdict as the last line. Colours only underline what the words say. */
export function renderReport(report: Report, { hasColours }: { hasColours: boolean }): string {
  const paint = (code: number, text: string) => (hasColours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const nameWidth = Math.max(4, ...report.steps.map(({ name }) => name.length));
  const header = row(nameWidth, '', 'step', 'time', 'slots', 'missed', 'twice', '');
  const { observer, outcome } = report;
  const nodes = Object.entries(observer.signedBy).map(([node, number]) => `${node} ${number}`);
  const verdict = outcome === 'passed' ? paint(greenBackground, ' PASSED ') : paint(redBackground, ' FAILED ');
  const slots = `${count(observer.ourSlots, 'slot')} of ours, ${observer.missedSlots.length} missed, ${observer.doubleSignedSlots.length} signed twice`;
  return [
    paint(dim, header),
    ...report.steps.map(step => renderStep(step, nameWidth, paint)),
    '',
    ...report.reasons.map(reason => paint(red, `  ${reason}`)),
    ...(report.reasons.length > 0 ? [''] : []),
    `${verdict} ${count(report.steps.length, 'step')} in ${formatSeconds(report.seconds)} · ${slots}`,
    ...(nodes.length > 0 ? [`  signed by ${nodes.join(', ')}`] : []),
    '',
  ].join('\n');
}

const red = 31;
const green = 32;
const dim = 2;
const redBackground = 41;
const greenBackground = 42;

type Paint = (code: number, text: string) => string;

function renderStep(step: ReportStep, nameWidth: number, paint: Paint): string {
  const text = row(
    nameWidth,
    marks[step.outcome],
    step.name,
    formatSeconds(step.seconds),
    String(step.ourSlots),
    String(step.missedSlots),
    String(step.doubleSignedSlots),
    step.note,
  );
  return step.outcome === 'skipped' ? paint(dim, text) : paint(step.outcome === 'passed' ? green : red, text);
}

const marks: Record<ReportStep['outcome'], string> = { passed: '✔', failed: '✘', skipped: '–' };

function row(nameWidth: number, mark: string, name: string, ...cells: string[]): string {
  const [time = '', slots = '', missed = '', twice = '', note = ''] = cells;
  const numbers = [time.padStart(9), slots.padStart(6), missed.padStart(7), twice.padStart(6)].join(' ');
  return `  ${mark.padEnd(1)} ${name.padEnd(nameWidth)} ${numbers}  ${note}`.trimEnd();
}

/** `8.1 s`, `3 min 12 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
