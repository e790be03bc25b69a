// Reads YAML text into a plain value and remembers where each key and value stands.

import { type Document, isAlias, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { Finding, Problem } from './problem.ts';

/** Nobody writes a larger file by hand. In characters. */
export const maxLength = 1024 * 1024;

/** What is quoted of a text that is no YAML. In characters. */
const mostQuoted = 160;

export interface SourceDocument {
  value: unknown;
  problems: Problem[];
  /** Turns a finding into a problem at its exact position. */
  locate: (finding: Finding) => Problem;
}

/** Problems of the text itself come back as `problems`; `value` is undefined when there is nothing to go on with. */
export function readDocument(text: string, file: string): SourceDocument {
  const lines = new LineCounter();
  const nothing = (line: number, column: number, message: string): SourceDocument => ({
    value: undefined,
    problems: [{ file, line, column, message, rule: 'yaml' }],
    locate: finding => ({ ...ruleOf(finding), file, line, column, message: finding.message }),
  });
  if (text.length > maxLength) {
    const found = `${(text.length / maxLength).toFixed(1)} MiB`;
    return nothing(1, 1, `The file has ${found}; expected at most 1 MiB. Keep only the environment in it.`);
  }
  // A file of bytes that no editor writes: the parser would stumble at every one of them.
  if (text.includes('\0'))
    return nothing(1, 1, 'The file is no text: it has a NUL byte; expected YAML in UTF-8. Write it anew.');
  const conflict = conflictIn(text);
  if (conflict !== undefined) {
    const message = conflictMessage;
    return {
      ...nothing(conflict, 1, message),
      problems: [{ file, line: conflict, column: 1, message, rule: 'merge-conflict' }],
    };
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const problems = syntaxProblems(document, lines, file);
  // A key given twice leaves a value that can still be checked; after any other error the rest would be guesswork.
  const readable = document.errors.every(error => error.code === 'DUPLICATE_KEY');
  if (readable && document.contents === null) {
    return nothing(1, 1, 'The file is empty; expected an environment. Copy environments/example/environment.yaml.');
  }
  const usable = readable && problems.length === document.errors.length;
  return {
    value: usable ? document.toJS() : undefined,
    problems,
    locate: finding => {
      const { line, col } = lines.linePos(offsetOf(document, finding.path, finding.at));
      return { ...ruleOf(finding), file, line, column: col, message: finding.message };
    },
  };
}

export const conflictMessage =
  'A merge conflict was left in the file; expected one of both sides, or what joins them. Resolve it.';

/** Line of the first mark that git leaves in a conflict, with its counterpart below. */
export function conflictIn(text: string): number | undefined {
  const lines = text.split('\n');
  const first = lines.findIndex(line => /^<{7}( |$)/.test(line.trimEnd()));
  const isClosed = first >= 0 && lines.slice(first).some(line => /^>{7}( |$)/.test(line.trimEnd()));
  return isClosed ? first + 1 : undefined;
}

function ruleOf({ rule }: Finding): Pick<Problem, 'rule'> {
  return rule === undefined ? {} : { rule };
}

function syntaxProblems(document: Document, lines: LineCounter, file: string): Problem[] {
  const seen = new Set<number>();
  const problems: Problem[] = [];
  const add = (offset: number, message: string) => {
    const { line, col } = lines.linePos(offset);
    // One slip often makes the reader stumble several times on the same line.
    if (seen.has(line)) return;
    seen.add(line);
    problems.push({ file, line, column: col, message, rule: 'yaml' });
  };
  for (const error of causes(document.errors)) add(error.pos[0], syntaxMessage(error.code, error.message));
  visit(document, {
    Node: (_, node) => {
      // Aliases can blow a small file up to gigabytes, and one value in two places has no one position.
      if (!isAlias(node)) return undefined;
      add(node.range?.[0] ?? 0, `The alias *${node.source} is not followed; expected the value itself. Write it out.`);
      return undefined;
    },
  });
  return problems;
}

/** After a tab, or a bracket that is not closed, the reader takes the lines that follow for something else. */
function causes(errors: Document['errors']): Document['errors'] {
  const tabs = errors.filter(error => error.code === 'TAB_AS_INDENT');
  if (tabs.length > 0) return tabs;
  const open = errors.filter(error => error.code === 'BLOCK_IN_FLOW');
  return open.length > 0 ? open.slice(0, 1) : errors;
}

/** The parser quotes what it stumbled over, whole: of a file that is no text that may be all of it. */
function shorten(message: string): string {
  const plain = message.replaceAll(/[^\x20-\x7e]/g, '?');
  return plain.length > mostQuoted ? `${plain.slice(0, mostQuoted)}…` : plain;
}

function syntaxMessage(code: string, message: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'The line is indented with a tab; expected spaces, since YAML allows no tabs there. Replace it by spaces.';
    case 'BLOCK_IN_FLOW':
      return 'Something else begins here, but a [ or { above is not closed; expected its end first. Close it.';
    case 'DUPLICATE_KEY':
      return 'The key stands here a second time; expected each key once. Remove one of the two.';
    case 'MULTIPLE_DOCS':
      return 'A second document begins here; expected one per file. Remove the line --- and what belongs to it.';
    case 'RESOURCE_EXHAUSTION':
      return 'The nesting is too deep to be read; expected an environment. Correct the brackets.';
    default:
      return `The text is no YAML: ${shorten(message)}. Correct the line.`;
  }
}

/** The offset of a value or key; of the nearest enclosing one when the path leads nowhere, as for a missing key. */
function offsetOf(document: Document, path: Finding['path'], at: Finding['at']): number {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === String(part));
      if (!pair) return offset;
      const keyOffset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
      const isEmpty = node === null || (isScalar(node) && node.source === '');
      offset = (last && at === 'key') || isEmpty ? keyOffset : (node?.range?.[0] ?? keyOffset);
    } else {
      node = (document.getIn(path.slice(0, depth + 1), true) as Node | undefined) ?? null;
      if (!node) return offset;
      offset = node.range?.[0] ?? offset;
    }
  }
  return offset;
}
