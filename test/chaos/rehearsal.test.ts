// The whole story as `npm start` tells it, faults included, judged by its own report.

import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Report } from '#rehearsal/report/report.ts';

const main = new URL('../../rehearsal/main.ts', import.meta.url).pathname;
const limitMs = 12 * 60_000;

/** Runs the rehearsal to its end. */
function rehearse(args: readonly string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [main, ...args],
      { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 },
      (error, output, errors) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code ?? -1), output: output + errors });
      },
    );
  });
}

/**
 * A machine that stalls for a moment misses blocks whatever we do: a story that failed by missed slots alone is told once more.
 * That no slot is signed twice must hold each time.
 */
async function tellStory(
  t: ExecutionContext,
  folder: string,
): Promise<{ report: Report; exitCode: number; output: string }> {
  for (let attempt = 1; ; attempt++) {
    const { exitCode, output } = await rehearse(['--output', folder, '--faults', '--no-wait']);
    const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
    t.deepEqual(report.observer.doubleSignedSlots, []);
    const onlyMissed = report.reasons.every(reason => /slots? missed, at most/.test(reason));
    if (report.outcome === 'passed' || !onlyMissed || attempt === 2) return { report, exitCode, output };
    t.log(`told once more, since slots were missed: ${report.reasons.join('; ')}`);
  }
}

test.serial(
  'the whole story passes, faults included, and says so in report.json, a page and its exit code',
  async t => {
    t.timeout(2 * limitMs);
    const folder = await mkdtemp(join(tmpdir(), 'rehearsal-'));
    const { report, exitCode, output } = await tellStory(t, folder);
    t.deepEqual(report.reasons, [], output.slice(-4000));
    t.is(exitCode, 0);
    t.is(report.outcome, 'passed');
    const names = [
      'up',
      'nothing-changed',
      'missing-image',
      'second-rollout',
      'no-etcd-leader',
      'rollout',
      'kill-active',
    ];
    t.deepEqual(
      report.steps.map(step => step.name),
      names,
    );
    t.is(report.steps.find(step => step.name === 'rollout')?.missedSlots, 0);
    await access(join(folder, 'page.html'));
    await rm(folder, { recursive: true });
  },
);

test.serial('an unknown option is refused before anything starts', async t => {
  const { exitCode, output } = await rehearse(['--ouput', 'somewhere']);
  t.is(exitCode, 2);
  t.regex(output, /--ouput/);
  t.regex(output, /usage: npm start/);
});
