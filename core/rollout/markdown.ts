// Puts text of others into Markdown so that it stays text: no markup, no links, no mentions.

/** For table cells and running text: one line, markup made harmless. */
export function tableCell(text: string): string {
  return (
    text
      .replaceAll(/\s*\r?\n\s*/g, ' ')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll(/([\\`*_[\]|#])/g, '\\$1')
      // A mention would notify somebody.
      .replaceAll('@', '&#64;')
  );
}

/** A short code span; a backtick would end it. */
export function inlineCode(text: string): string {
  return `\`${text.replaceAll(/[`|\r\n]/g, "'")}\``;
}

/** A block of lines, fenced by more backticks than any of the lines has. */
export function fence(lines: readonly string[]): string {
  const longest = Math.max(2, ...lines.flatMap(line => [...line.matchAll(/`+/g)].map(match => match[0].length)));
  const marks = '`'.repeat(longest + 1);
  return `${marks}text\n${lines.join('\n')}\n${marks}`;
}
