// Renders a report as GitHub-flavoured Markdown in as many parts as its size asks for. Nothing is cut without a word: what is too large for
// a part by itself is told by its size, and what is beyond the last part by how much it is.

import { fence, htmlCode, inlineCode, tableCell } from '../rollout/markdown.ts';
import type { Block, ShownProblem, Span } from './report-block.ts';

export interface PartLimits {
  /** Of one part, as `size` counts. */
  most: number;
  /** By default characters as JavaScript counts them, of which GitHub's are never more. */
  size?: (text: string) => number;
  parts: number;
  /** Where the whole is, such as `the job summary`. */
  whole: string;
}

/** Room for what ends a part: open folds, and a notice. */
const reserved = 1200;
/** A fold or a heading with less room than this begins the next part. */
const leastRoom = 2000;

/** The parts; each is whole Markdown by itself. */
export function renderMarkdown(blocks: readonly Block[], limits: PartLimits): string[] {
  const pages = new Pages(limits);
  for (const [index, block] of blocks.entries()) {
    // The verdict and what it was made of stay together.
    if (block.kind === 'heading' && index > 0 && pages.room < leastRoom) pages.turn();
    pages.place(block);
  }
  return pages.end();
}

/** Markdown of one block, without an end of line. */
export function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${renderSpans(block.text)}`;
    case 'paragraph':
      return renderSpans(block.text);
    case 'list':
      return block.items.map(item => `- ${renderSpans(item)}`).join('\n');
    case 'table':
      return renderTable(block.head, block.rows);
    case 'problems':
      return renderTable(['where', 'what', 'rule'], block.problems.map(problemCells));
    case 'diff':
      return fence(block.lines, 'diff');
    case 'details':
      return [opening(block.summary, false), ...block.blocks.map(renderBlock), closing].join('\n\n');
  }
}

const closing = '</details>';

function opening(summary: readonly Span[], isContinued: boolean): string {
  return `<details><summary>${renderHtml(summary)}${isContinued ? ' (continued)' : ''}</summary>`;
}

function renderTable(head: readonly string[], rows: readonly (readonly Span[])[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const lines = rows.map(cells => line(cells.map(renderSpans)));
  return [line(head.map(tableCell)), line(head.map(() => '---')), ...lines].join('\n');
}

function problemCells({ file, line, column, message, level, rule, url, ruleUrl, waiver }: ShownProblem): Span[][] {
  const place = `${file}:${line}:${column}`;
  const where: Span = url === undefined ? { code: place } : { link: place, url };
  const until = waiver === undefined ? [] : [` Waived until ${waiver.until}: ${waiver.reason}`];
  const sign = waiver !== undefined ? '⏳' : level === 'error' ? '⛔' : '⚠️';
  return [
    [`${sign} `, where],
    [message, ...until],
    [ruleUrl === undefined ? { code: rule } : { link: rule, url: ruleUrl }],
  ];
}

function renderSpans(spans: readonly Span[]): string {
  return spans.map(span => renderSpan(span)).join('');
}

function renderSpan(span: Span): string {
  if (typeof span === 'string') return edges(span, tableCell);
  if ('code' in span) return inlineCode(span.code);
  if ('strong' in span) return `<b>${edges(span.strong, tableCell)}</b>`;
  return `[${inlineCode(span.link)}](${target(span.url)})`;
}

/** One blank at an end parts spans; more of them would begin a block of code. */
function edges(text: string, render: (text: string) => string): string {
  const [, before = '', inner = '', after = ''] = /^( *)([\s\S]*?)( *)$/.exec(text) ?? [];
  return `${before.slice(0, 1)}${render(inner)}${after.slice(0, 1)}`;
}

/** Inside HTML, Markdown means nothing. */
function renderHtml(spans: readonly Span[]): string {
  const render = (span: Span): string => {
    if (typeof span === 'string') return edges(span, tableCell);
    if ('code' in span) return htmlCode(span.code);
    if ('strong' in span) return `<b>${tableCell(span.strong)}</b>`;
    return htmlCode(span.link);
  };
  return spans.map(render).join('');
}

/** Our own address of a page, with nothing in it that could end the link. */
function target(url: string): string {
  return url.replaceAll(/[\s<>()[\]\\|`"']/g, each => `%${(each.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`);
}

type Fold = Extract<Block, { kind: 'details' }>;

/** Fills one part after the other; folds that are open at the end of one are closed there and opened again in the next. */
class Pages {
  readonly #limits: PartLimits;
  readonly #parts: string[] = [];
  readonly #open: Fold[] = [];
  #current = '';
  #used = 0;
  /** Whether the part holds more than what opens it. */
  #isFresh = true;
  #leftOut = 0;

  constructor(limits: PartLimits) {
    this.#limits = limits;
  }

  /** What still fits into the part. */
  get room(): number {
    return this.#limits.most - reserved - this.#used;
  }

  place(block: Block): void {
    const text = renderBlock(block);
    if (this.#fits(text)) this.#add(text);
    else if (block.kind === 'details') this.#placeFold(block);
    else this.#placeItems(block);
  }

  turn(): void {
    this.#finish();
    for (const fold of this.#open) this.#add(opening(fold.summary, true));
    this.#isFresh = true;
  }

  end(): string[] {
    if (this.#current !== '') this.#finish();
    if (this.#leftOut === 0) return this.#parts;
    const last = this.#parts.pop() ?? '';
    const size = this.#leftOut.toLocaleString('en');
    return [
      ...this.#parts,
      `${last}\n\n<b>${size} characters more are not shown here</b>: see ${tableCell(this.#limits.whole)}.`,
    ];
  }

  #placeFold(fold: Fold): void {
    if (this.room < leastRoom) this.turn();
    this.#add(opening(fold.summary, false));
    this.#open.push(fold);
    for (const block of fold.blocks) this.place(block);
    this.#open.pop();
    this.#add(closing);
  }

  /** As many items as fit, then the rest in the next part. */
  #placeItems(block: Exclude<Block, Fold>): void {
    const total = countItems(block);
    if (this.room < leastRoom && !this.#isFresh) this.turn();
    for (let from = 0; from < total; ) {
      const to = this.#fittingFrom(block, from, total);
      if (to > from) this.#add(renderBlock(slice(block, from, to)));
      else if (!this.#isFresh) {
        this.turn();
        continue;
      } else this.#addTooLarge(renderBlock(slice(block, from, from + 1)));
      from = Math.max(from + 1, to);
      if (from < total) this.turn();
    }
  }

  /** By halving: a render for each item would take the square of their number. */
  #fittingFrom(block: Exclude<Block, Fold>, from: number, total: number): number {
    let [fits, tooMany] = [from, total + 1];
    while (tooMany - fits > 1) {
      const middle = (fits + tooMany) >> 1;
      if (this.#fits(renderBlock(slice(block, from, middle)))) fits = middle;
      else tooMany = middle;
    }
    return fits;
  }

  #addTooLarge(text: string): void {
    const size = text.length.toLocaleString('en');
    this.#add(
      `<b>One entry of ${size} characters is too large to be shown here</b>: see ${tableCell(this.#limits.whole)}.`,
    );
  }

  #fits(text: string): boolean {
    return this.#size(text) + 2 <= this.room;
  }

  #add(text: string): void {
    this.#current = this.#current === '' ? text : `${this.#current}\n\n${text}`;
    this.#used += this.#size(text) + 2;
    this.#isFresh = false;
  }

  #finish(): void {
    const text = [this.#current, ...this.#open.map(() => closing)].join('\n\n');
    if (this.#parts.length < this.#limits.parts) this.#parts.push(text);
    else this.#leftOut += text.length;
    this.#current = '';
    this.#used = 0;
  }

  #size(text: string): number {
    return this.#limits.size?.(text) ?? text.length;
  }
}

function countItems(block: Exclude<Block, Fold>): number {
  switch (block.kind) {
    case 'list':
      return block.items.length;
    case 'table':
      return block.rows.length;
    case 'problems':
      return block.problems.length;
    case 'diff':
      return block.lines.length;
    case 'heading':
    case 'paragraph':
      return 1;
  }
}

function slice(block: Exclude<Block, Fold>, from: number, to: number): Block {
  switch (block.kind) {
    case 'list':
      return { ...block, items: block.items.slice(from, to) };
    case 'table':
      return { ...block, rows: block.rows.slice(from, to) };
    case 'problems':
      return { ...block, problems: block.problems.slice(from, to) };
    case 'diff': {
      const title = block.lines[0] ?? '';
      return { ...block, lines: [...(from > 0 ? [`${title} (continued)`] : []), ...block.lines.slice(from, to)] };
    }
    case 'heading':
    case 'paragraph':
      return block;
  }
}
