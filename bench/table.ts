// Renders what a benchmark found: a table that reads as well on a terminal as in Markdown.

export interface Row {
  figure: string;
  measured: string;
  /** Undefined where no bound was promised. */
  bound?: { text: string; isKept: boolean };
}

/** What one benchmark found. */
export interface Finding {
  title: string;
  /** How it was measured, in a sentence or two. */
  how: string;
  rows: Row[];
}

export function renderFinding({ title, how, rows }: Finding): string {
  const cells = [
    ['figure', 'measured', 'bound', ''],
    ...rows.map(({ figure, measured, bound }) => [
      figure,
      measured,
      bound?.text ?? '',
      bound === undefined ? '' : bound.isKept ? 'kept' : 'NOT KEPT',
    ]),
  ];
  const widths = [0, 1, 2, 3].map(column => Math.max(3, ...cells.map(row => row[column]?.length ?? 0)));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`;
  return [`### ${title}`, '', how, '', line(head), rule, ...body.map(line), ''].join('\n');
}

export function milliseconds(value: number): string {
  return Number.isNaN(value) ? 'none' : `${value.toFixed(value < 100 ? 2 : 0)} ms`;
}

/** A row whose figure must be at most `most`. */
export function atMost(figure: string, value: number, most: number, render: (value: number) => string): Row {
  return { figure, measured: render(value), bound: { text: `≤ ${render(most)}`, isKept: value <= most } };
}
