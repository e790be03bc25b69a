// Prints to the log of a workflow run: progress as it happens, and text of others in a way that it cannot give orders.

import { randomUUID } from 'node:crypto';
import { info, setFailed, summary, warning } from '@actions/core';
import { tableCell, visible } from '#core/rollout/markdown.ts';

const startedMs = performance.now();
const lastWaiting = { text: '', atMs: 0 };

/** One line, with the time since the start. */
export function say(text: string): void {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
  info(`[${seconds} s] ${harmless(text)}`);
}

/** One line that is no command to the runner: it obeys `::…` at the beginning of a line, and the old form `##[…]` anywhere in one. */
function harmless(text: string): string {
  return visible(text.replaceAll(/\s*[\r\n]+\s*/g, ' ')).replaceAll('##[', '## [');
}

/** A line about waiting: printed when it says something new, and otherwise every half minute. */
export function sayWaiting(text: string): void {
  const nowMs = performance.now();
  if (text.replaceAll(/\d+/g, '') === lastWaiting.text && nowMs - lastWaiting.atMs < 30_000) return;
  lastWaiting.text = text.replaceAll(/\d+/g, '');
  lastWaiting.atMs = nowMs;
  say(`  … ${text}`);
}

/** Lines of pods and tools: between these marks the runner obeys no `::command::` in them. */
export function printForeign(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  say(title);
  const mark = randomUUID();
  info(`::stop-commands::${mark}`);
  for (const line of lines) info(`    ${harmless(line)}`);
  info(`::${mark}::`);
}

/** Adds to the job summary. A summary that cannot be written is no reason to fail. */
export async function writeSummary(markdown: string): Promise<void> {
  try {
    await summary.addRaw(markdown, true).write();
  } catch (error) {
    warning(`The job summary could not be written: ${String(error)}`);
  }
}

/** Runs an action's main; whatever it throws becomes one clear error, a summary line and exit code 1. */
export async function runAction(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    setFailed(message);
    if (error instanceof Error && error.cause instanceof Error) say(`cause: ${error.cause.message}`);
    await writeSummary(`## ❌ ${name}\n\n${tableCell(message)}\n`);
  }
}
