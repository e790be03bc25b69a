// Compares two texts line by line, as a reviewer wants to see it: what changed, and a little around it.

/** Lines left out are told by `…`. */
const around = 2;
/** Larger comparisons would take longer than they are worth: all of it is shown as replaced. */
const mostPairs = 1_000_000;

/** Each line with `-`, `+` or a space before it. */
export function diffLines(before: string, after: string): string[] {
  return fold(compare(before.split('\n'), after.split('\n')));
}

function compare(before: readonly string[], after: readonly string[]): string[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++;
  const same = (lines: readonly string[]) => lines.map(line => ` ${line}`);
  return [
    ...same(before.slice(0, start)),
    ...compareMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ];
}

/** By the longest common subsequence. */
function compareMiddle(before: readonly string[], after: readonly string[]): string[] {
  if (before.length * after.length > mostPairs) {
    return [...before.map(line => `-${line}`), ...after.map(line => `+${line}`)];
  }
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < before.length || j < after.length; ) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push(` ${before[i]}`);
      i++;
      j++;
    } else if (i < before.length && (j === after.length || at(i + 1, j) >= at(i, j + 1))) lines.push(`-${before[i++]}`);
    else lines.push(`+${after[j++]}`);
  }
  return lines;
}

function fold(lines: readonly string[]): string[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(line => !line.startsWith(' ')),
  );
  return lines.flatMap((line, index) => (near[index] ? [line] : (near[index - 1] ?? index === 0) ? [' …'] : []));
}
