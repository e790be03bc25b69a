import test from 'ava';
import { align } from '#core/manifest/align.ts';

/** Every sequence of three letters up to a length. */
function* sequences(length: number): Generator<string[]> {
  yield [];
  if (length === 0) return;
  for (const rest of sequences(length - 1)) for (const letter of 'abc') yield [letter, ...rest];
}

/** The slow way. */
function commonLength([a, ...before]: string[], [b, ...after]: string[]): number {
  if (a === undefined || b === undefined) return 0;
  if (a === b) return 1 + commonLength(before, after);
  return Math.max(commonLength([a, ...before], after), commonLength(before, [b, ...after]));
}

test('runs cover both sequences in order, the same where they say so, and as much of it as can be', t => {
  const all = [...new Set([...sequences(4)].map(each => each.join('')))].map(each => each.split(''));
  t.is(all.length, 121);
  for (const before of all) {
    for (const after of all) {
      const runs = align(before, after);
      const what = `${before.join('')} ${after.join('')} ${JSON.stringify(runs)}`;
      t.deepEqual(
        runs.flatMap(run => before.slice(...run.before)),
        before,
        what,
      );
      t.deepEqual(
        runs.flatMap(run => after.slice(...run.after)),
        after,
        what,
      );
      const same = runs.filter(({ isSame }) => isSame);
      t.true(
        same.every(run => before.slice(...run.before).join() === after.slice(...run.after).join()),
        what,
      );
      const length = same.reduce((sum, run) => sum + run.before[1] - run.before[0], 0);
      t.is(length, commonLength(before, after), what);
      t.true(
        runs.every((run, index) => run.isSame !== runs[index + 1]?.isSame),
        what,
      );
    }
  }
});

test('what is too long to be compared is told as one run', t => {
  const lines = (word: string) => ['first', ...Array.from({ length: 3000 }, (_, index) => `${word} ${index}`), 'last'];
  t.deepEqual(align(lines('a'), lines('b')), [
    { isSame: true, before: [0, 1], after: [0, 1] },
    { isSame: false, before: [1, 3001], after: [1, 3001] },
    { isSame: true, before: [3001, 3002], after: [3001, 3002] },
  ]);
});
