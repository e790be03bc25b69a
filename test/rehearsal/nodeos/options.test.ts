import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { mergeValues, type Options, parseArguments, parseConfig, readOptions } from '#rehearsal/nodeos/options.ts';

function read(given: readonly string[], config = ''): Options {
  const [commandLine, file] = [parseArguments(given), parseConfig(config, 'config.ini')];
  if (commandLine.kind === 'refused' || file.kind === 'refused') throw new Error('refused');
  const options = readOptions(mergeValues(commandLine.value, file.value), '/home/somebody');
  if (options.kind === 'refused') throw new Error(options.reason);
  return options.value;
}

function problem(given: readonly string[]): string {
  const commandLine = parseArguments(given);
  if (commandLine.kind === 'refused') return commandLine.reason;
  const options = readOptions(commandLine.value, '/home/somebody');
  return options.kind === 'refused' ? options.reason : 'none';
}

test('the defaults are those of nodeos', t => {
  const { paused, staleProduction, keosdTimeoutMs, votePauseMs, runtime, httpAddress, listen, redialMs } = read([]);
  t.deepEqual(
    { paused, staleProduction, keosdTimeoutMs, votePauseMs },
    { paused: false, staleProduction: false, keosdTimeoutMs: 5, votePauseMs: 6000 },
  );
  t.deepEqual(
    { httpAddress, listen, redialMs },
    { httpAddress: '127.0.0.1:8888', listen: '0.0.0.0:9876', redialMs: 30_000 },
  );
  t.is(runtime.produceBlockOffsetMs, 450);
});

test('options are taken as --name value, as --name=value and by their letter', t => {
  const { producers, paused, agentName, peers } = read([
    '-p',
    'bpa',
    '-x',
    '--standin-producers=bpa,bpb',
    '--agent-name',
    'one',
    '--p2p-peer-address',
    'x:1',
    '--p2p-peer-address=y:2',
  ]);
  t.deepEqual(
    { producers, paused, agentName, peers },
    { producers: ['bpa'], paused: true, agentName: 'one', peers: ['x:1', 'y:2'] },
  );
});

test('the command line wins over the file, and repeated options of both count', t => {
  const config =
    '# a comment\nagent-name = from the file\np2p-peer-address = z:3\npause-on-startup = true\n\nproduce-block-offset-ms=300\n';
  const { agentName, peers, paused, runtime } = read(
    ['--agent-name', 'from the command line', '--p2p-peer-address', 'x:1'],
    config,
  );
  t.deepEqual(
    { agentName, peers, paused },
    { agentName: 'from the command line', peers: ['x:1', 'z:3'], paused: true },
  );
  t.is(runtime.produceBlockOffsetMs, 300);
});

test('a signature provider is read with its key, its socket and its url', t => {
  const { providers } = read(['--signature-provider', 'EOS6abc=KEOSD:unix:///run/signer.sock']);
  t.deepEqual(providers, [
    { publicKey: 'EOS6abc', url: 'unix:///run/signer.sock', target: { kind: 'unix', path: '/run/signer.sock' } },
  ]);
});

test('a finalizer key is accepted beside it', t => {
  t.is(
    read([
      '--signature-provider',
      'PUB_BLS_abc=KEY:PVT_BLS_def',
      '--signature-provider',
      'EOS6abc=KEOSD:http://127.0.0.1:1/x',
    ]).providers.length,
    1,
  );
});

const refuses = test.macro((t, given: readonly string[], expected: RegExp) => {
  t.regex(problem(given), expected);
});

test(
  'an unknown option is named',
  refuses,
  ['--no-such-option'],
  /^Unknown option '--no-such-option' passed as command line argument$/,
);
test(
  'an option without its value is named',
  refuses,
  ['--agent-name'],
  /argument for option '--agent-name' is missing/,
);
test(
  'a number that is none is named',
  refuses,
  ['--produce-block-offset-ms', 'x'],
  /argument \('x'\) for option '--produce-block-offset-ms' is invalid/,
);
test(
  'a producer key in clear is refused, and not told',
  refuses,
  ['--signature-provider', 'EOS6abc=KEY:5Jsecret'],
  /"EOS6abc=KEY:\*\*\*": The stand-in holds no private keys/,
);
test(
  "a signer's url with a path behind the socket is refused",
  refuses,
  ['--signature-provider', 'EOS6abc=KEOSD:unix:///run/signer.sock/v1/x'],
  /must end with \.sock/,
);
test(
  'a finalizer key elsewhere than in the option is refused',
  refuses,
  ['--signature-provider', 'PUB_BLS_abc=KEOSD:unix:///x.sock'],
  /finalizer key needs the type KEY/,
);
test(
  'a producer outside the schedule is refused',
  refuses,
  ['-p', 'bpx', '--standin-producers', 'bpa'],
  /bpx is not among standin-producers bpa/,
);

test('an unknown option of the file is named with the file', t => {
  t.deepEqual(parseConfig('nonsense = 1', '/etc/config.ini'), {
    kind: 'refused',
    reason: "Unknown option 'nonsense' inside the config file /etc/config.ini",
  });
});

test('an image says its own version', t => {
  const main = fileURLToPath(new URL('../../../rehearsal/nodeos/main.ts', import.meta.url));
  const run = (env: NodeJS.ProcessEnv): string =>
    execFileSync(process.execPath, [main, '--version'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString();
  t.is(run({}), 'v1.2.2\n');
  t.is(run({ STANDIN_VERSION: 'v1.2.3' }), 'v1.2.3\n');
});
