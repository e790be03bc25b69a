// Renders a report as text for a terminal: problems as lines that editors and terminals make clickable, everything unfolded.

import { renderProblem } from '../environment/problem.ts';
import { visible } from '../rollout/markdown.ts';
import type { Block, ShownProblem, Span } from './report-block.ts';

export type Tone = 'strong' | 'bad' | 'good' | 'faint';

/** Puts colours around a text, or returns it as it is. */
export type Paint = (tone: Tone, text: string) => string;

/** @param paint its codes are the only control characters of the result */
export function renderTerminal(blocks: readonly Block[], paint: Paint): string {
  return `${blocks.map(block => renderBlock(block, paint)).join('\n\n')}\n`;
}

function renderBlock(block: Block, paint: Paint): string {
  switch (block.kind) {
    case 'heading':
      return paint('strong', spansOf(block.text));
    case 'paragraph':
      return spansOf(block.text);
    case 'list':
      return block.items.map(item => `- ${spansOf(item)}`).join('\n');
    case 'table':
      return renderTable(
        block.head,
        block.rows.map(cells => cells.map(spansOf)),
      );
    case 'problems':
      return block.problems.map(each => problemLine(each, paint)).join('\n');
    case 'diff':
      return block.lines.map(line => diffLine(line, paint)).join('\n');
    case 'details':
      return [paint('strong', spansOf(block.summary)), ...block.blocks.map(each => renderBlock(each, paint))].join(
        '\n',
      );
  }
}

function problemLine(problem: ShownProblem, paint: Paint): string {
  const { level, rule, waiver } = problem;
  const kind = waiver === undefined ? level : 'waived';
  const more = waiver === undefined ? '' : ` Waived until ${waiver.until}: ${waiver.reason}`;
  const place = renderProblem({ ...problem, file: oneLine(problem.file), message: '' }).trimEnd();
  const message = oneLine(`${problem.message}${more}`);
  return `${place} ${paint(kind === 'error' ? 'bad' : 'faint', kind)}: ${message} ${paint('faint', `[${oneLine(rule)}]`)}`;
}

function diffLine(line: string, paint: Paint): string {
  const text = visible(line).replaceAll('\n', '⏎');
  if (text.startsWith('+')) return paint('good', text);
  if (text.startsWith('-')) return paint('bad', text);
  return text.startsWith('@') ? paint('strong', text) : text;
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = head.every(each => each === '') ? rows : [head, ...rows];
  const widths = head.map((_, index) => Math.max(...all.map(row => row[index]?.length ?? 0)));
  return all
    .map(row =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function spansOf(spans: readonly Span[]): string {
  return spans.map(span => oneLine(textOf(span))).join('');
}

function textOf(span: Span): string {
  if (typeof span === 'string') return span;
  if ('code' in span) return span.code;
  return 'strong' in span ? span.strong : span.link;
}

function oneLine(text: string): string {
  return visible(text.replaceAll(/\s*[\r\n]+\s*/g, ' ')).replaceAll('\t', ' ');
}
