// Puts text of others into GitHub's Markdown so that it stays text: no markup, no links, no mentions, nothing that is not seen.
// Special characters become references such as `&#42;`: they mean themselves in running text, in table cells and inside HTML alike.
// GitHub looks for mentions, issues and emoji after that, in the text as it is shown, and there a zero-width space parts them.

const apart = '&#8203;';

const unseen = /(?! )[\p{Cc}\p{Cf}\p{Co}\p{Zs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Characters that are not seen, or change how others are shown, as what they are; tabs and newlines stay. */
export function visible(text: string): string {
  return text.toWellFormed().replaceAll(unseen, each => {
    if (each === '\t' || each === '\n') return each;
    const code = each.codePointAt(0) ?? 0;
    // Unicode has pictures of the oldest control characters.
    return code < 0x20
      ? String.fromCodePoint(0x2400 + code)
      : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** One line of running text, for paragraphs, lists, table cells and HTML alike. */
export function tableCell(text: string): string {
  const line = visible(text.replaceAll(/\s*[\r\n]+\s*/g, ' ')).replaceAll(/\t/g, ' ');
  return (
    line
      .replaceAll(/[&<>"'`*_[\]|~$#@\\!^=]/g, each => `&#${each.codePointAt(0)};`)
      // What would begin a list within a list.
      .replace(/^\s*[-+]/, each => each.replace(/[-+]/, sign => `&#${sign.codePointAt(0)};`))
      .replace(/^(\s*\d+)([.)])/, (_, digits: string, sign: string) => `${digits}&#${sign.codePointAt(0)};`)
      // Mentions and addresses, issues, web addresses, emoji.
      .replaceAll(/&#(?:64|35);/g, each => `${each}${apart}`)
      .replaceAll(/\bGH-(?=\d)/gi, each => `${each}${apart}`)
      .replaceAll('://', `:${apart}//`)
      .replaceAll(/\bwww\./gi, each => `${each.slice(0, -1)}${apart}.`)
      .replaceAll(/:(?=[\w+-]+:)/g, `:${apart}`)
  );
}

/** A short code span. */
export function inlineCode(text: string): string {
  const line = visible(text.replaceAll(/\s*[\r\n]+\s*/g, ' ')).replaceAll(/\t/g, ' ');
  // A table would end its cell at the bar, whatever stands around it.
  if (line.includes('|') || line.trim() === '') return htmlCode(line);
  const marks = '`'.repeat(longestRun(line) + 1);
  const gap = line.startsWith('`') || line.endsWith('`') || (line.startsWith(' ') && line.endsWith(' ')) ? ' ' : '';
  return `${marks}${gap}${line}${gap}${marks}`;
}

/** The same inside HTML, where backticks mean nothing. */
export function htmlCode(text: string): string {
  return `<code>${tableCell(text)}</code>`;
}

/** A block of lines, fenced by more backticks than any of the lines has. */
export function fence(lines: readonly string[], language = 'text'): string {
  const shown = lines.flatMap(line => visible(line.replaceAll('\r', '␍')).split('\n'));
  const marks = '`'.repeat(Math.max(2, ...shown.map(longestRun)) + 1);
  return `${marks}${language}\n${shown.join('\n')}\n${marks}`;
}

function longestRun(line: string): number {
  return Math.max(0, ...[...line.matchAll(/`+/g)].map(match => match[0].length));
}
