import test from 'ava';
import {
  isInWindow,
  producerOfSlot,
  slotAt,
  slotOfTimestamp,
  slotStartMs,
  slotTimestamp,
  windowFrom,
  windowsFrom,
} from '#core/slots.ts';

const schedule = ['alice', 'bob', 'carol'];

test('slot 0 starts with the year 2000, and a slot ends where the next one starts', t => {
  t.is(slotStartMs(0), Date.UTC(2000, 0, 1));
  t.is(slotAt(slotStartMs(1_697_586_345)), 1_697_586_345);
  t.is(slotAt(slotStartMs(1_697_586_345) + 499), 1_697_586_345);
  t.is(slotAt(slotStartMs(1_697_586_345) + 500), 1_697_586_346);
});

test('a timestamp of nodeos is read back to its slot, with or without a zone', t => {
  t.is(slotTimestamp(1_697_586_345), '2026-11-23T23:52:52.500');
  t.is(slotOfTimestamp('2026-11-23T23:52:52.500'), 1_697_586_345);
  t.is(slotOfTimestamp('2026-11-23T23:52:52.500Z'), 1_697_586_345);
  t.true(Number.isNaN(slotOfTimestamp('soon')));
});

test('each producer has 12 slots in a row, in the order of the schedule', t => {
  const round = Array.from({ length: 37 }, (_, slot) => producerOfSlot(schedule, slot));
  t.deepEqual(
    [round[0], round[11], round[12], round[23], round[24], round[35], round[36]],
    ['alice', 'alice', 'bob', 'bob', 'carol', 'carol', 'alice'],
  );
});

const windowOf = test.macro((t, producer: string, slot: number, first: number) => {
  t.deepEqual(windowFrom(schedule, producer, slot), { first, last: first + 11 });
});
test('the window of a slot before it is the one to come', windowOf, 'bob', 36, 48);
test('the window of its first slot is that window', windowOf, 'bob', 48, 48);
test('the window of its last slot is still that window', windowOf, 'bob', 59, 48);
test('the window of the slot after it is in the next round', windowOf, 'bob', 60, 84);

test('a producer that is not in the schedule has no window', t => {
  t.is(windowFrom(schedule, 'dave', 100), undefined);
});

test('of two schedules each window is given once, and in order', t => {
  const later = ['bob', 'alice', 'carol'];
  const firsts = (schedules: string[][], slot: number) => windowsFrom(schedules, 'bob', slot).map(({ first }) => first);
  t.deepEqual(firsts([schedule], 48), [48, 84]);
  t.deepEqual(firsts([schedule, later], 48), [48, 72, 84]);
  t.deepEqual(firsts([schedule, schedule], 60), [84]);
  t.deepEqual(firsts([], 48), []);
});

test('both ends of a window belong to it', t => {
  const window = { first: 48, last: 59 };
  t.deepEqual(
    [47, 48, 59, 60].map(slot => isInWindow(window, slot)),
    [false, true, true, false],
  );
});
