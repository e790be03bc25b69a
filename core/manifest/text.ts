// Compares two long texts line by line, such as scripts and configuration files.

import { align, type Run } from './align.ts';
import type { Leaf } from './node.ts';
import { redactText } from './redact.ts';
import { another, visible } from './show.ts';

export interface TextChange {
  /** Such as `line 12` or `lines 12–14`: of the text after, and of the one before where lines only went. */
  where: string;
  before: string | undefined;
  after: string | undefined;
}

export function compareTexts(before: Leaf, after: Leaf): TextChange[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  const changes = align(a.raw, b.raw).flatMap(run => (run.isSame ? [] : splitRun(run, a, b)));
  if (a.isEnded === b.isEnded) return changes;
  const word = (isEnded: boolean) => (isEnded ? 'with a line break' : 'without a line break');
  return [...changes, { where: 'end', before: word(a.isEnded), after: word(b.isEnded) }];
}

interface Lines {
  raw: string[];
  shown: string[];
  isEnded: boolean;
}

function linesOf({ value }: Leaf): Lines {
  const text = String(value);
  // An empty text has no line, not one that is empty.
  if (text === '') return { raw: [], shown: [], isEnded: false };
  const isEnded = text.endsWith('\n');
  const whole = isEnded ? text.slice(0, -1) : text;
  return { raw: whole.split('\n'), shown: redactText(whole).split('\n'), isEnded };
}

/** Lines that went and came are told as pairs where one is clearly the other's successor. */
function splitRun({ before: [i, iEnd], after: [j, jEnd] }: Run, a: Lines, b: Lines): TextChange[] {
  const isEven = iEnd - i === jEnd - j;
  const runs = align(a.raw.slice(i, iEnd).map(subject), b.raw.slice(j, jEnd).map(subject));
  return (isEven ? [{ isSame: true, before: [0, iEnd - i], after: [0, jEnd - j] } as Run] : runs).flatMap(
    ({ isSame, before: [from, to], after: [start, end] }) => {
      if (!isSame) return [changeOf(a, [i + from, i + to], b, [j + start, j + end])];
      return Array.from({ length: to - from }, (_, k) =>
        changeOf(a, [i + from + k, i + from + k + 1], b, [j + start + k, j + start + k + 1]),
      );
    },
  );
}

/** What a line is about: the name before `=` or `:`, else all of it. */
function subject(line: string): string {
  return /^\s*["']?[\w.-]+["']?\s*[=:]/.exec(line)?.[0].replaceAll(/\s/g, '') ?? line;
}

function changeOf(a: Lines, [i, iEnd]: [number, number], b: Lines, [j, jEnd]: [number, number]): TextChange {
  const [before, after] = [a.shown.slice(i, iEnd), b.shown.slice(j, jEnd)].map(lines =>
    lines.length === 0 ? undefined : visible(lines.join('\n')),
  );
  const [start, count] = jEnd > j ? [j, jEnd - j] : [i, iEnd - i];
  const where = count === 1 ? `line ${start + 1}` : `lines ${start + 1}–${start + count}`;
  return { where, before, after: before === after && after !== undefined ? another(after) : after };
}
