import test from 'ava';
import { startProgress } from '#rehearsal/report/progress.ts';

test('elsewhere than on a terminal each thing is a line with the seconds since the start', t => {
  const { output, written, at } = recorder(false);
  const progress = startProgress(output, { clock: () => at.ms });
  at.ms = 12_345;
  progress.doing('rollout: canary aws-a');
  at.ms = 123_456;
  progress.say('rollout: aws-a runs nodeos:2');
  progress.end();
  t.is(written(), '[ 12.3 s] rollout: canary aws-a\n[123.5 s] rollout: aws-a runs nodeos:2\n');
});

test('on a terminal what is being done is one line that is rewritten, and what happened stays above it', t => {
  const { output, written, at } = recorder(true);
  const progress = startProgress(output, { clock: () => at.ms });
  progress.doing('soak');
  at.ms = 5000;
  progress.say('gates passed');
  progress.end();
  const lines = written().split('\r\u001b[K');
  t.regex(lines[1] ?? '', /^\[ {2}0\.0 s\] \S soak$/);
  t.is(lines[2], '[  5.0 s] gates passed\n');
  t.regex(lines[3] ?? '', /^\[ {2}5\.0 s\] \S soak \(5 s\)$/);
  t.is(lines.at(-1), '', 'the moving line is gone at the end');
});

test('the moving line never wraps', t => {
  const { output, written, at } = recorder(true);
  const progress = startProgress({ ...output, columns: 40 }, { clock: () => at.ms });
  progress.doing('x'.repeat(200));
  progress.end();
  t.true(
    written()
      .split('\r\u001b[K')
      .every(line => line.length < 40),
  );
});

test('texts from logs cannot move the cursor', t => {
  const { output, written, at } = recorder(false);
  const progress = startProgress(output, { clock: () => at.ms });
  progress.say('one\u001b[2J\rtwo\nthree\u0007');
  progress.end();
  t.is(written(), '[  0.0 s] one two three\n');
});

test('where nothing moves, a long activity is repeated', async t => {
  const { output, written, at, next } = recorder(false);
  const progress = startProgress(output, { clock: () => at.ms, reminderMs: 10 });
  progress.doing('soak');
  at.ms = 30_000;
  // The timer alone does not keep the process alive.
  const alive = setInterval(() => {}, 1000);
  await next();
  clearInterval(alive);
  progress.end();
  t.true(written().includes('[ 30.0 s] still: soak\n'));
});

function recorder(isTTY: boolean) {
  let text = '';
  let wake: () => void = () => {};
  return {
    at: { ms: 0 },
    output: {
      isTTY,
      write: (chunk: string) => {
        text += chunk;
        wake();
      },
    },
    written: () => text,
    next: () =>
      new Promise<void>(resolve => {
        wake = resolve;
      }),
  };
}
