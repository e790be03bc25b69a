// Finds what two sequences have in common, and the runs in which they differ.

/** `before[from, to)` stands against `after[from, to)`: the same, or different, and then one of the two may be empty. */
export interface Run {
  isSame: boolean;
  before: [from: number, to: number];
  after: [from: number, to: number];
}

/** Beyond this many comparisons the middle is told as one run: true still, only less fine. */
const maxComparisons = 4_000_000;

/** All of both in runs that are in turn the same and different, with as much the same as can be (longest common subsequence). */
export function align(before: readonly string[], after: readonly string[]): Run[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const [rows, columns] = [before.length - start - end, after.length - start - end];
  const runs: Run[] = [];
  add(runs, start, start, true);
  if (rows * columns > maxComparisons) add(runs, rows, columns, false);
  else addMiddle(runs, before.slice(start, start + rows), after.slice(start, start + columns));
  add(runs, end, end, true);
  return runs;
}

function addMiddle(runs: Run[], before: readonly string[], after: readonly string[]): void {
  const common = commonLengths(before, after);
  const at = (i: number, j: number): number => common[i * (after.length + 1) + j] ?? 0;
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const isSame = i < before.length && j < after.length && before[i] === after[j];
    const isGone = !isSame && (j === after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1)));
    const [gone, come] = [isSame || isGone ? 1 : 0, isSame || !isGone ? 1 : 0];
    add(runs, gone, come, isSame);
    [i, j] = [i + gone, j + come];
  }
}

/** How long the longest common subsequence of the rests is, for every pair of rests. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const [gone, come] = [lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0];
      lengths[i * width + j] =
        before[i] === after[j] ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(gone, come);
    }
  }
  return lengths;
}

function add(runs: Run[], gone: number, come: number, isSame: boolean): void {
  if (gone === 0 && come === 0) return;
  const last = runs.at(-1);
  if (last?.isSame === isSame) {
    last.before[1] += gone;
    last.after[1] += come;
    return;
  }
  const [i, j] = [last?.before[1] ?? 0, last?.after[1] ?? 0];
  runs.push({ isSame, before: [i, i + gone], after: [j, j + come] });
}
