// docs/faults.md and the trials behind it.

import { readFile } from 'node:fs/promises';
import test from 'ava';
import { faults } from './faults/catalog.ts';
import { mergeTrials, parseTrials, renderPage, renderTrials } from './published.ts';
import type { Trial } from './report.ts';

const read = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

const empty =
  'startedAt,fault,seed,trial,claimAhead,missedSlots,doubleSignedSlots,forkedSlots,ourSlots,recoverySeconds,problems,note\n';

const trialAt = (startedAt: string, changes: Partial<Trial> = {}): Trial => ({
  fault: 'kill-both-inside',
  missedSlots: 0,
  doubleSignedSlots: 0,
  note: 'holder aws-a; killed, 300 ms into our window',
  forkedSlots: 0,
  ourSlots: 12,
  trial: 1,
  seed: 1,
  claimAhead: 0,
  startedAt,
  seconds: 24,
  recoverySeconds: 3.5,
  problems: [],
  slots: { missed: [], doubleSigned: [], forked: [] },
  ...changes,
});

/** The row of a fault, its cells without padding. */
const rowOf = (page: string, fault: string) =>
  page
    .split('\n')
    .map(line => line.replaceAll(/ +/g, ' '))
    .find(line => line.startsWith(`| \`${fault}\` |`)) ?? '';

test('the page tells the trials that are kept', async t => {
  const trials = parseTrials(await read('faults.csv'));
  const page = renderPage(trials, faults);
  t.is(await read('faults.md'), page, 'write it anew: npm run chaos -- --publish DIR');
  const names = new Set(faults.map(({ name }) => name));
  t.deepEqual(
    [...new Set(trials.map(({ fault }) => fault))].filter(name => !names.has(name)),
    [],
  );
});

test('trials of several runs add up, each once', t => {
  const first = mergeTrials(empty, [trialAt('2026-01-02T00:00:00.000Z'), trialAt('2026-01-02T00:01:00.000Z')]);
  const again = mergeTrials(renderTrials(first), [
    trialAt('2026-01-02T00:01:00.000Z'),
    trialAt('2026-01-01T00:00:00.000Z'),
  ]);
  t.deepEqual(
    again.map(({ startedAt }) => startedAt.slice(0, 16)),
    ['2026-01-01T00:00', '2026-01-02T00:00', '2026-01-02T00:01'],
  );
  t.is(again[0]?.note, 'holder aws-a; killed, 300 ms into our window');
});

test('a trial whose fleet never was whole again keeps saying so', t => {
  const kept = mergeTrials(empty, [
    trialAt('2026-01-01T00:00:00.000Z', { recoverySeconds: null, problems: ['not whole'] }),
  ]);
  const read = parseTrials(renderTrials(kept));
  t.is(read[0]?.recoverySeconds, null);
  t.regex(rowOf(renderPage(read, faults), 'kill-both-inside'), /never \| never/);
});

test('a bound that one trial breaks is not kept', t => {
  const within = mergeTrials(empty, [trialAt('a'), trialAt('b', { missedSlots: 1 })]);
  t.regex(rowOf(renderPage(within, faults), 'kill-both-inside'), /0×1 1×1 \| median 0, max 1 \| kept/);
  const beyond = mergeTrials(empty, [trialAt('a'), trialAt('b'), trialAt('c', { missedSlots: 2 })]);
  t.regex(
    rowOf(renderPage(beyond, faults), 'kill-both-inside') ?? '',
    /0×2 2×1 \| median 0, max 1 \| \*\*not kept\*\*/,
  );
});

test('trials with a claim ahead have a table of their own', t => {
  const page = renderPage(mergeTrials(empty, [trialAt('a', { claimAhead: 1, missedSlots: 2 })]), faults);
  const [usual = '', ahead = ''] = page.split('## With a claim ahead');
  t.regex(rowOf(usual, 'kill-both-inside'), /not tried/);
  t.regex(rowOf(ahead, 'kill-both-inside'), /\| 1 \| 2×1 \|/);
  t.false(renderPage([], faults).includes('With a claim ahead'));
});

test('a fault that was never tried is told as such', t => {
  t.regex(rowOf(renderPage([], faults), 'nothing'), /\| 0 \|.*not tried/);
});

test('a line that was broken by hand is named', t => {
  t.throws(() => parseTrials(`${empty}2026,kill,1\n`), { message: /docs\/faults\.csv:2:1: expected/ });
  t.throws(() => parseTrials('who,knows\n'), { message: /docs\/faults\.csv:1:1: found "who,knows"/ });
});
