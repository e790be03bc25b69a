import test from 'ava';
import { windowsOf } from '#rehearsal/page/model.ts';
import { layOut, type Row } from '#rehearsal/page/timeline.ts';
import { disaster, kill, rollout } from './samples.ts';

test('slots are grouped into windows of twelve, and what the observer did not see stays empty', t => {
  const seen = rollout.slots.filter((_, index) => index !== 3);
  const [first, second] = windowsOf(seen);
  t.is(first?.cells.length, 12);
  t.is(first?.cells[3], undefined);
  t.is(first?.cells[4]?.slot, (first?.first ?? 0) + 4);
  t.is((second?.first ?? 0) - (first?.first ?? 0), 48);
});

test('rows are in the order of time, and each event stands in exactly one', t => {
  for (const model of [rollout, kill, disaster]) {
    const rows = layOut(model);
    t.true(rows.every((row, index) => index === 0 || row.fromMs >= (rows[index - 1]?.toMs ?? 0)));
    t.is(rows.flatMap(eventsOf).length, model.events.length);
  }
});

test('an event within a window names the slot during which it happened, and one between windows none', t => {
  const rows = layOut(kill);
  t.is(rows.flatMap(eventsOf).find(event => event.kind === 'kill')?.cell, 3);
  t.is(rows.flatMap(eventsOf).find(event => event.kind === 'takeover')?.cell, 4);
  t.is(rows.flatMap(eventsOf).find(event => event.text === 'fleet is up')?.cell, undefined);
});

test('many windows in which nothing happened become one row, and the newest stays as it is', t => {
  const rows = layOut(kill);
  const quiet = rows.find(row => row.kind === 'quiet');
  t.like(quiet, { windows: 10, node: 'aws-a' });
  t.deepEqual(quiet?.claims, [{ node: 'aws-a', fromMs: quiet?.fromMs ?? 0, toMs: quiet?.toMs ?? 0 }]);
  t.is(rows.at(-1)?.kind, 'window');
  t.is(rows.filter(row => row.kind === 'window').length, 5);
});

test('no window with a missed slot, a second signer or an event is folded away', t => {
  t.false(layOut(disaster).some(row => row.kind === 'quiet'));
  const noEvents = { ...kill, events: [] };
  const shown = layOut(noEvents).flatMap(row => (row.kind === 'window' ? row.window.cells : []));
  t.true(shown.some(cell => cell?.verdict === 'missed'));
});

test('a row shows who held the claim while it lasted, and nobody where nobody was seen', t => {
  const windows = layOut(disaster).filter(row => row.kind === 'window');
  t.deepEqual(
    windows[1]?.claims.map(({ node }) => node),
    ['aws-a', 'gcp-a'],
  );
  const [before, after] = windows[1]?.claims ?? [];
  t.true((before?.toMs ?? 0) < (after?.fromMs ?? 0));
});

test('without slots there are only the events', t => {
  const rows = layOut({ ...rollout, slots: [] });
  t.deepEqual(
    rows.map(row => row.kind),
    ['gap'],
  );
  t.deepEqual(layOut({ ...rollout, slots: [], events: [] }), []);
});

function eventsOf(row: Row) {
  return row.kind === 'quiet' ? [] : row.events;
}
