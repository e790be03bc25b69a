// Renders a rollout's report as GitHub-flavoured Markdown for the page that people open when they ask "what happened?".

import { fence, inlineCode, tableCell } from './markdown.ts';
import type { Step } from './plan.ts';
import type { FailureReport, NodeReport, RolloutReport, StepReport } from './report.ts';

const headlines: Record<RolloutReport['outcome'], string> = {
  done: '✅',
  'nothing-to-do': '✅',
  planned: '📝',
  waiting: '⏸️',
  refused: '⛔',
  failed: '❌',
};

/** The whole summary. `elapsed` texts are whole seconds. */
export function renderSummary(report: RolloutReport): string {
  const seconds = (report.finishedMs - report.startedMs) / 1000;
  const sections = [
    `## ${headlines[report.outcome]} ${report.part} of ${tableCell(report.environment)}: ${report.outcome.replaceAll('-', ' ')}`,
    `${tableCell(report.why)}. Took ${describeDuration(seconds)}; rollout ${inlineCode(report.rolloutId)}.`,
    failureSection(report.failure),
    nodesSection(report.nodes),
    handoverSection(report),
    stepsSection(report),
  ];
  return `${sections.filter(each => each !== '').join('\n\n')}\n`;
}

function failureSection(failure: FailureReport | undefined): string {
  if (failure === undefined) return '';
  const rollback = {
    done: 'The node was rolled back once.',
    failed: 'The rollback failed as well.',
    none: 'Nothing was rolled back.',
  }[failure.rollback];
  const parts = [
    `### What failed`,
    `${failure.node === undefined ? '' : `**${tableCell(failure.node)}**: `}${tableCell(failure.why)}`,
    `${rollback} ${tableCell(failure.rollbackNote)}`.trim(),
  ];
  if (failure.events.length > 0) parts.push(`Warnings of the pod:\n${fence(failure.events)}`);
  if (failure.logs.length > 0) parts.push(`Last lines of its logs:\n${fence(failure.logs)}`);
  return parts.join('\n\n');
}

function nodesSection(nodes: readonly NodeReport[]): string {
  if (nodes.length === 0) return '';
  const rows = nodes.map(each => {
    const cells = [each.node, each.cluster, each.role, images(each), each.release, gates(each)];
    return `| ${cells.join(' | ')} |`;
  });
  return ['### Nodes', '| node | cluster | role | images | release | gates |\n|---|---|---|---|---|---|', ...rows]
    .join('\n')
    .replace('\n', '\n\n');
}

function images({ imagesBefore, imagesAfter }: NodeReport): string {
  const before = imagesBefore.filter(each => !imagesAfter.includes(each));
  const after = imagesAfter.filter(each => !imagesBefore.includes(each));
  if (before.length === 0 && after.length === 0) return 'unchanged';
  return `${before.map(inlineCode).join(', ') || '–'} → ${after.map(inlineCode).join(', ') || '–'}`;
}

function gates(node: NodeReport): string {
  const failing = node.gates.filter(gate => gate.phase === 'fail' || gate.phase === 'inconclusive');
  if (node.gates.length === 0) return '–';
  if (failing.length === 0) return `all ${node.gates.length} pass`;
  return failing.map(gate => `**${gate.name}** ${gate.phase}: ${tableCell(gate.message)}`).join('; ');
}

function handoverSection({ handover }: RolloutReport): string {
  if (handover === undefined) return '';
  const { from, to, seconds, epoch } = handover;
  return `### Handover\n\n${tableCell(from)} → ${tableCell(to)} in ${describeDuration(seconds)}, claim epoch ${epoch}. Missed slots expected: 0.`;
}

function stepsSection({ steps, planned, outcome }: RolloutReport): string {
  if (steps.length === 0 && planned.length === 0) return '';
  const rows = steps.map(
    ({ step, outcome: went, seconds, note }: StepReport) =>
      `| ${describeStep(step)} | ${tableCell(step.why)} | ${went}${note === '' ? '' : `: ${tableCell(note)}`} | ${describeDuration(seconds)} |`,
  );
  const left = outcome === 'done' ? [] : planned.filter(step => !steps.some(done => sameStep(done.step, step)));
  const open = left.map(step => `| ${describeStep(step)} | ${tableCell(step.why)} | not done | |`);
  return ['### Steps\n', '| step | why | outcome | took |', '|---|---|---|---|', ...rows, ...open].join('\n');
}

function sameStep(a: Step, b: Step): boolean {
  return describeStep(a) === describeStep(b);
}

/** A step in a few words, for logs and tables. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'await-active':
      return `wait for the active node ${step.node}`;
    case 'upgrade':
      return `upgrade ${step.node}`;
    case 'prove':
      return step.soakSeconds > 0 ? `watch ${step.node} until ready for ${step.soakSeconds} s` : `check ${step.node}`;
    case 'handover':
      return `hand over ${step.from} → ${step.to}`;
    case 'upgrade-member':
      return `upgrade etcd member ${step.member}${step.moveLeadership ? ' (leadership moves first)' : ''}`;
    case 'prove-member':
      return `check etcd member ${step.member}`;
  }
}

/** Such as `90 s`, `2 min` or `4 min 5 s`. */
export function describeDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  return `${Math.floor(whole / 60)} min${whole % 60 === 0 ? '' : ` ${whole % 60} s`}`;
}
