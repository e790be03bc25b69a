// Prints to a terminal. Text of pods and tools may hold control characters, which could rewrite what a person sees.

const startedMs = performance.now();

/** Without control characters, line breaks apart. */
export function plain(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, ' ');
}

/** A line of progress on stderr, so that stdout is the result alone. */
export function progress(text: string): void {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`[${seconds} s] ${plain(text).replaceAll('\n', ' ')}\n`);
}

/** Tells each new thing once. Numbers that move are nothing new. */
export function news(): (text: string) => void {
  let said = '';
  return text => {
    const pattern = text.replaceAll(/\d+/g, '');
    if (pattern !== said) progress(text);
    said = pattern;
  };
}

/** A time as people read it: `2026-01-01 12:00:00Z`. */
export function moment(iso: string): string {
  return Number.isNaN(Date.parse(iso)) ? '?' : `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

export function print(text: string): void {
  process.stdout.write(`${plain(text)}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Columns as wide as their widest cell. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, index) => Math.max(title.length, ...rows.map(row => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ');
  return [header, ...rows].map(cells => line(cells).trimEnd()).join('\n');
}
