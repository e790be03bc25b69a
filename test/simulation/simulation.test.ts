// The simulation itself, and that it finds nothing in the product: the same command with more faults is a longer proof.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { readArguments } from './arguments.ts';
import { runSeed } from './run.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** Exit code and output of `npm run simulate`. */
function simulate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [main, ...args], { timeout: 120_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

test.serial('ten thousand faults leave no slot signed twice, and nobody stuck', async t => {
  const { code, stdout } = await simulate('--faults', '10000');
  const [last = ''] = stdout.trimEnd().split('\n').slice(-1);
  t.regex(last, /^\d{5,} faults, 0 double-signed, 0 stuck$/, stdout);
  t.is(code, 0, stdout);
});

test.serial('a seed decides everything: twice the same is the same to the last line, another one is not', async t => {
  const once = await runSeed(3, { isTraced: true });
  const again = await runSeed(3, { isTraced: false });
  const other = await runSeed(4, { isTraced: false });
  t.is(once.hash, again.hash);
  t.deepEqual(once.faults, again.faults);
  t.not(once.hash, other.hash);
  t.true(once.trace.length > 500);
  t.regex(once.trace.join('\n'), /block \d+ of slot \d+/);
});

test.serial('a seed that fails ends the run with 1, and is told with the command that shows it', async t => {
  const { code, stdout } = await simulate('--faults', '1', '--seed', '2', '--plant', 'no-compare');
  t.is(code, 1);
  t.regex(stdout, /^seed 2: rule broken: /m);
  t.regex(stdout, /npm run simulate -- --faults 1 --seed 2 --plant no-compare --trace$/m);
  const shown = await simulate('--faults', '1', '--seed', '2', '--plant', 'no-compare', '--trace');
  t.is(shown.code, 1);
  t.regex(shown.stdout, /^ +\d+\.\d{4} \d+ !! +rule broken: /m);
});

test('what cannot be run is told all at once, and ends with 2', async t => {
  const { code, stderr } = await simulate('--faults', 'many', '--seed', '0', '--plant', 'rose');
  t.is(code, 2);
  t.regex(stderr, /--faults is many; expected a whole number from 1 to/);
  t.regex(stderr, /--seed is 0; expected a whole number from 1 to/);
  t.regex(stderr, /there is no plant rose; there are any-incarnation, /);
  t.regex(stderr, /^usage: npm run simulate/m);
  const read = readArguments(['--fault', '1']);
  t.regex('problems' in read ? read.problems.join() : '', /Unknown option '--fault'/);
  t.deepEqual(readArguments([]), { faults: 10_000, seed: 1, plant: undefined, isTraced: false });
});
