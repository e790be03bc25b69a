import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { slotStartMs } from '#core/slots.ts';
import type { Judgement, SlotVerdict, Verdict } from '#rehearsal/observer/ledger.ts';
import { renderReport } from '#rehearsal/report/render.ts';
import { buildReport, type StepResult } from '#rehearsal/report/report.ts';
import { writeReport } from '#rehearsal/report/write.ts';

test('a rehearsal in which every step passed and no slot was lost has passed', t => {
  const report = buildReport(
    [step('rollout', 100, 120), step('handover', 120, 140)],
    judged(104, 'SSSSSSSSSSSS', 128, 'TTTTTTTTTTTT'),
  );
  t.is(report.outcome, 'passed');
  t.deepEqual(report.reasons, []);
  t.deepEqual(
    report.steps.map(({ name, ourSlots, missedSlots }) => [name, ourSlots, missedSlots]),
    [
      ['rollout', 12, 0],
      ['handover', 12, 0],
    ],
  );
  t.is(report.seconds, 20);
  t.deepEqual(report.observer.signedBy, { 'aws-a': 12, 'gcp-a': 12 });
});

test('a slot between two steps belongs to the one that began before it, and is counted once', t => {
  const report = buildReport([step('one', 100, 103), step('two', 106, 120)], judged(104, 'SSSS'));
  t.deepEqual(
    report.steps.map(({ ourSlots }) => ourSlots),
    [2, 2],
  );
});

test('a missed slot fails the step that does not allow it, and not the one that does', t => {
  const missed = judged(104, 'SSMS');
  const strict = buildReport([step('rollout', 100, 120)], missed);
  t.is(strict.outcome, 'failed');
  t.like(strict.steps[0], { outcome: 'failed', missedSlots: 1, note: '1 slot missed, at most 0 allowed' });
  const lenient = buildReport([{ ...step('kill', 100, 120), allowedMissedSlots: 1 }], missed);
  t.is(lenient.outcome, 'passed');
  t.deepEqual(lenient.observer.missedSlots, [106]);
});

const failures = test.macro((t, steps: StepResult[], judgement: Judgement, reason: RegExp) => {
  const report = buildReport(steps, judgement);
  t.is(report.outcome, 'failed');
  t.regex(report.reasons.join('\n'), reason);
});
const lenient = { ...step('kill', 100, 120), allowedMissedSlots: 12 };
test(
  'a slot signed twice fails whatever is allowed',
  failures,
  [lenient],
  judged(104, 'SDSS'),
  /kill: 1 slot signed twice/,
);
test('a slot not settled fails', failures, [lenient], judged(104, 'SSSP'), /1 slot not settled when judged/);
test(
  'a step that failed fails',
  failures,
  [{ ...lenient, outcome: 'failed', note: 'the node never came up' }],
  judged(104, 'S'),
  /kill: the node never came up/,
);
test('a skipped step fails', failures, [{ ...lenient, outcome: 'skipped' }], judged(104, 'S'), /kill: not passed/);
test(
  'a slot missed before the first step fails',
  failures,
  [lenient],
  judged(96, 'MSSS', 104, 'S'),
  /1 slot missed outside of every step/,
);
test(
  'a slot signed twice after the last step fails',
  failures,
  [lenient],
  judged(104, 'S', 121, 'D'),
  /1 slot signed twice outside/,
);
test('without a slot of ours nothing is proven', failures, [lenient], judged(104, ''), /saw no slot of ours/);
test('without a step nothing is proven', failures, [], judged(104, 'S'), /No step was run/);

test('the table says for each step what became of our slots, and ends with the verdict', t => {
  const text = renderReport(
    buildReport(
      [step('rollout', 100, 120), { ...lenient, name: 'kill -9', startMs: slotStartMs(120), endMs: slotStartMs(400) }],
      judged(104, 'SSSS', 128, 'MSDS'),
    ),
    { hasColours: false },
  );
  t.is(
    text,
    [
      '    step         time  slots  missed  twice',
      '  ✔ rollout    10.0 s      4       0      0',
      '  ✘ kill -9 2 min 20 s      4       1      1  1 slot signed twice',
      '',
      '  kill -9: 1 slot signed twice',
      '',
      ' FAILED  2 steps in 2 min 30 s · 8 slots of ours, 1 missed, 1 signed twice',
      '  signed by aws-a 6',
      '',
    ].join('\n'),
  );
});

test('colours are only used where they are wanted', t => {
  const report = buildReport([step('rollout', 100, 120)], judged(104, 'SSSS'));
  t.true(renderReport(report, { hasColours: true }).includes('\u001b['));
  t.false(renderReport(report, { hasColours: false }).includes('\u001b['));
});

test('the report is written whole, and nothing else is left', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'report-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const report = buildReport([step('rollout', 100, 120)], judged(104, 'SSSS'));
  await writeReport(join(folder, 'output/report.json'), report);
  t.deepEqual(JSON.parse(await readFile(join(folder, 'output/report.json'), 'utf8')), report);
  t.deepEqual(await readdir(join(folder, 'output')), ['report.json']);
});

function step(name: string, fromSlot: number, toSlot: number): StepResult {
  const [startMs, endMs] = [slotStartMs(fromSlot), slotStartMs(toSlot)];
  return { name, outcome: 'passed', startMs, endMs, allowedMissedSlots: 0, note: '' };
}

/** Slots from a first one on, a letter each: S and T signed by aws-a and gcp-a, M missed, D double, P pending. */
function judged(...parts: (number | string)[]): Judgement {
  const slots: SlotVerdict[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const letters = String(parts[index + 1]).split('');
    slots.push(...letters.map((letter, offset) => verdictOf(letter, Number(parts[index]) + offset)));
  }
  const having = (verdict: Verdict) => slots.filter(each => each.verdict === verdict).map(({ slot }) => slot);
  return {
    ourSlots: slots.length,
    missedSlots: having('missed'),
    doubleSignedSlots: having('double'),
    pendingSlots: having('pending'),
    slots,
  };
}

function verdictOf(letter: string, slot: number): SlotVerdict {
  const verdicts: Record<string, Verdict> = { M: 'missed', D: 'double', P: 'pending' };
  const verdict = verdicts[letter] ?? 'signed';
  const nodes =
    letter === 'T' ? ['gcp-a'] : letter === 'D' ? ['aws-a', 'gcp-a'] : verdict === 'signed' ? ['aws-a'] : [];
  return { slot, verdict, nodes, ids: nodes.map(node => `${slot}-${node}`), onChain: nodes.length > 0 };
}
