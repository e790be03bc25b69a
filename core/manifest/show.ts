// Writes a value as a reviewer reads it: secrets replaced, and nothing invisible in it.

import { dump } from 'js-yaml';
import { type Leaf, type Node, shownValue } from './node.ts';
import { redactText } from './redact.ts';

/** A scalar as it is, anything else as YAML. */
export function showNode(node: Node): string {
  if (node.kind === 'leaf') return showLeaf(node);
  return visible(dump(shownValue(node), { lineWidth: -1 }).trimEnd());
}

/** Both sides of a change, told apart even where only their types or what is hidden of them differ. */
export function showPair(before: Node, after: Node): { before: string; after: string } {
  const pair = { before: showNode(before), after: showNode(after) };
  if (pair.before !== pair.after) return pair;
  if ([before, after].every(isPlain)) return { before: quoted(before), after: quoted(after) };
  return { before: pair.before, after: another(pair.after) };
}

/** What is shown for the other of two texts that look the same once their secrets are replaced. */
export function another(text: string): string {
  return text.endsWith('›') ? `${text.slice(0, -1)}, another›` : `${text} ‹another›`;
}

/** Control and formatting characters as escapes, and blanks at the end of a line as ␠: what cannot be seen cannot be reviewed. */
export function visible(text: string): string {
  return text
    .replace(/[^\P{C}\n\t]/gu, found => `\\u{${found.codePointAt(0)?.toString(16)}}`)
    .replace(/[ \t]+$/gm, found => found.replaceAll(' ', '␠').replaceAll('\t', '␉'));
}

/** Whether all of it is shown. */
function isPlain(node: Node): boolean {
  if (node.kind !== 'leaf' || node.placeholder !== undefined) return false;
  return redactText(String(node.value)) === String(node.value);
}

function showLeaf({ value, placeholder }: Leaf): string {
  if (placeholder !== undefined) return placeholder;
  const text = redactText(String(value));
  return text === '' ? '""' : visible(text);
}

function quoted(node: Node): string {
  return node.kind === 'leaf' ? visible(JSON.stringify(node.value)) : showNode(node);
}
