// What a report is made of, before it becomes Markdown or text for a terminal. Texts are as they came: whoever renders makes them harmless.

import type { RuleProblem } from './verdict.ts';

export type Span = string | { code: string } | { strong: string } | { link: string; url: string };

export type Block =
  | { kind: 'heading'; level: 2 | 3 | 4; text: Span[] }
  | { kind: 'paragraph'; text: Span[] }
  | { kind: 'list'; items: Span[][]; ordered?: boolean }
  | { kind: 'table'; head: string[]; rows: Span[][][] }
  | { kind: 'problems'; problems: ShownProblem[] }
  /** Lines of a diff: the first character says added, removed or neither. */
  | { kind: 'diff'; lines: string[] }
  /** Folded, where that can be. */
  | { kind: 'details'; summary: Span[]; blocks: Block[] };

export interface ShownProblem extends RuleProblem {
  /** Page of the line; undefined where there is none. */
  url: string | undefined;
  /** Where the rule is explained. */
  ruleUrl: string | undefined;
  /** Of a waiver: why, and until when. */
  waiver?: { reason: string; until: string };
}
