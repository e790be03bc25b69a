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
