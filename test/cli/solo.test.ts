import test from 'ava';
import { activeEos } from './run-cli.ts';

const wrong = test.macro<[string[], RegExp]>({
  async exec(t, args, message) {
    const { exitCode, stderr } = await activeEos('solo', ...args);
    t.is(exitCode, 2);
    t.regex(stderr, message);
  },
  title: (title = '') => title,
});

test(
  'solo without an act is wrong usage',
  wrong,
  ['testnet'],
  /expected ENVIRONMENT start\|stop\|status; found testnet/,
);
test(
  'an act that is none is wrong usage',
  wrong,
  ['testnet', 'begin', '--node', 'a'],
  /expected start, stop or status/,
);
test('a start that names no node is wrong usage', wrong, ['testnet', 'start'], /--node NODE is needed/);
test(
  'solo in a pod is wrong usage, and names what gives an order there',
  wrong,
  ['start', '--node', 'a', '--monitor-config', 'monitor.json'],
  /node monitor\/solo-order\.ts/,
);

test('help tells of solo, and of its page', async t => {
  const { stdout } = await activeEos('--help');
  t.regex(stdout, /active-eos solo ENVIRONMENT start\|stop\|status.*docs\/solo\.md/s);
});
