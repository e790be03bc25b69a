import test from 'ava';
import type { Environment } from '#core/environment/environment.ts';
import { parseEnvironment } from '#core/environment/parse.ts';
import { renderProblem } from '#core/environment/problem.ts';
import { sampleFile, sampleText, sampleWith } from './sample.ts';

function parsed(text: string): Environment {
  const { environment, problems } = parseEnvironment(text, sampleFile);
  if (!environment) throw new Error(problems.map(renderProblem).join('\n'));
  return environment;
}

function problemsOf(text: string): string[] {
  return parseEnvironment(text, sampleFile).problems.map(problem =>
    renderProblem(problem).replace(`${sampleFile}:`, ''),
  );
}

test('a file that is right gives the environment, named after its folder and with defaults filled in', t => {
  const environment = parsed(sampleText);
  t.is(environment.name, 'testnet');
  t.is(environment.namespace, 'active-eos');
  t.is(environment.chain.produceBlockOffsetMs, 450);
  t.deepEqual(
    environment.etcd.members.map(({ clientPort, peerPort }) => [clientPort, peerPort]),
    [
      [2379, 2380],
      [2379, 2380],
      [2379, 2380],
    ],
  );
  t.is(environment.etcd.heartbeatMs, 100);
  t.is(environment.etcd.electionMs, 1000);
  t.deepEqual(environment.clusters[2]?.nodes, []);
  t.deepEqual(environment.rollout, {
    order: ['gcp', 'aws'],
    soakSeconds: 300,
    readyTimeoutSeconds: 1800,
    activeUpdate: 'supervised',
    handover: 'gap',
    gates: { maxHeadLagSlots: 4, minPeers: 1 },
  });
});

test('nodes without a priority are equals', t => {
  const nodes = parsed(sampleText).clusters.flatMap(cluster => cluster.nodes);
  t.deepEqual(
    nodes.map(({ name, priority }) => [name, priority]),
    [
      ['aws-a', 100],
      ['aws-b', 100],
      ['gcp-a', 100],
    ],
  );
});

test('a file with CRLF line ends says the same', t => {
  t.deepEqual(parsed(sampleText.replaceAll('\n', '\r\n')), parsed(sampleText));
});

test('a byte order mark is no problem', t => {
  t.deepEqual(parsed(`\ufeff${sampleText}`), parsed(sampleText));
});

const tells = test.macro((t, text: string, ...expected: string[]) => {
  t.deepEqual(problemsOf(text), expected);
});

test('the leader of etcd is left alone unless the environment says where it shall be', t => {
  t.is(parsed(sampleText).etcd.leader, 'anywhere');
  t.is(parsed(sampleWith('  election: 1s', '  election: 1s\n  leader: near')).etcd.leader, 'near');
});

test('slots are claimed ahead only when the environment says so', t => {
  t.is(parsed(sampleText).etcd.claimAhead, 0);
  t.is(parsed(sampleWith('  election: 1s', '  election: 1s\n  claimAhead: 1')).etcd.claimAhead, 1);
});

test(
  'more than one slot ahead is told',
  tells,
  sampleWith('  election: 1s', '  election: 1s\n  claimAhead: 2'),
  '14:15: etcd.claimAhead is 2; expected a whole number from 0 to 1. Correct it.',
);

test(
  'a place for the leader that nobody knows is told',
  tells,
  sampleWith('  election: 1s', '  election: 1s\n  leader: here'),
  '14:11: etcd.leader is "here"; expected anywhere or near or away. Correct it.',
);

test(
  'a key nobody knows is told with the nearest known one',
  tells,
  sampleWith('  soak: 5m', '  soka: 5m'),
  '38:3: rollout.soka is not known; expected one of order, soak, readyTimeout, activeUpdate, handover, gates. Did you mean soak?',
);

test(
  'a key like no other is to be removed',
  tells,
  sampleWith('chain:\n', 'colour: red\nchain:\n'),
  '1:1: colour is not known; expected one of namespace, chain, images, etcd, clusters, rollout, policies, waivers. Remove it.',
);

test(
  'a missing key is told where its mapping stands',
  tells,
  sampleWith('  producer: eosproducer1\n', ''),
  '2:3: chain.producer is missing; expected an account name of 1 to 12 characters a-z, 1-5 and ., such as eosproducer1. Add it.',
);

test(
  'a missing section is told at the beginning',
  tells,
  sampleText.slice(0, sampleText.indexOf('rollout:')),
  '1:1: rollout is missing; expected a mapping. Add it.',
);

test(
  'a number where an account name of digits is meant needs quotes',
  tells,
  sampleWith('producer: eosproducer1', 'producer: 12345'),
  '3:13: chain.producer is 12345; expected an account name of 1 to 12 characters a-z, 1-5 and ., such as eosproducer1. Put it in quotes.',
);

test(
  'a list where a mapping belongs is told',
  tells,
  sampleWith('images:\n  nodeos: example/nodeos:1.2.2\n  monitor: example/monitor:1', 'images: [example/nodeos:1.2.2]'),
  '7:9: images is a list; expected a mapping. Correct it.',
);

test(
  'a value left empty is told at its key',
  tells,
  sampleWith('context: gcp', 'context:'),
  '29:5: clusters[1].context is empty; expected the name of a context in the kubeconfig. Fill it in.',
);

test(
  'a capital letter in an account name is told',
  tells,
  sampleWith('eosproducer1', 'EosProducer1'),
  '3:13: chain.producer is "EosProducer1"; expected an account name of 1 to 12 characters a-z, 1-5 and ., such as eosproducer1. Correct it.',
);

test(
  'a chain id with a letter that is no hex digit is told',
  tells,
  sampleWith('73e4385a', '73g4385a'),
  '2:7: chain.id is "73g4385a2708e6d7048834fbc1079f2fabb17b3c125b146af438971e…; expected a chain id of 64 hex digits in lower case. Correct it.',
);

test(
  'a private key in the place of the public one is told without quoting all of it',
  tells,
  sampleWith(
    'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV',
    '5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3',
  ),
  '4:14: chain.publicKey is no public key (not shown, since it may be a private one); expected the public half of a K1 key, EOS… or PUB_K1_…. Correct it.',
);

test(
  'a public key with a character that base58 lacks is told',
  tells,
  sampleWith('EOS6MRyAjQq8', 'EOS0MRyAjQq8'),
  '4:14: chain.publicKey is no public key (not shown, since it may be a private one); expected the public half of a K1 key, EOS… or PUB_K1_…. Correct it.',
);

test(
  'a duration without a unit is told',
  tells,
  sampleWith('soak: 5m', 'soak: 5'),
  '38:9: rollout.soak is 5; expected a duration of 1s to 24h, such as 10m. Correct it.',
);

test(
  'a size without a binary unit is told',
  tells,
  sampleWith('size: 200Gi', 'size: 200GB'),
  '24:66: clusters[0].nodes[0].storage.size is "200GB"; expected a size in Mi, Gi or Ti, such as 200Gi. Correct it.',
);

test(
  'a peer without a port is told',
  tells,
  sampleWith('- p2p.example.org:9876', '- p2p.example.org'),
  '6:7: chain.peers[0] is "p2p.example.org"; expected an address host:port, such as p2p.example.org:9876. Correct it.',
);

test(
  'an image without a tag or digest is told',
  tells,
  sampleWith('example/monitor:1', 'example/monitor'),
  '9:12: images.monitor is "example/monitor"; expected an image by tag or digest, such as ghcr.io/example/nodeos@sha256:…. Correct it.',
);

test(
  'an offset that is out of range is told',
  tells,
  sampleWith('  peers:', '  produceBlockOffsetMs: 50\n  peers:'),
  '5:25: chain.produceBlockOffsetMs is 50; expected a whole number from 100 to 500. Correct it.',
);

test(
  'a word that is not among the choices is told',
  tells,
  sampleWith('  soak: 5m', '  soak: 5m\n  handover: later'),
  '39:13: rollout.handover is "later"; expected gap or now. Correct it.',
);

test(
  'an indentation by tab is told as such',
  tells,
  sampleWith('  producer:', '\tproducer:'),
  '3:1: The line is indented with a tab; expected spaces, since YAML allows no tabs there. Replace it by spaces.',
);

test(
  'a key given twice is told at the second',
  tells,
  sampleWith('  soak: 5m', '  soak: 5m\n  soak: 6m'),
  '39:3: The key stands here a second time; expected each key once. Remove one of the two.',
);

test('a key given twice does not hide other problems', t => {
  const text = sampleWith('  soak: 5m', '  soak: 5m\n  soak: 6m').replace('cloud: gcp', 'cloud: 7');
  t.is(problemsOf(text).length, 2);
});

test(
  'an empty file is told',
  tells,
  '',
  '1:1: The file is empty; expected an environment. Copy environments/example/environment.yaml.',
);

test(
  'a file of comments only is empty',
  tells,
  '# later\n',
  '1:1: The file is empty; expected an environment. Copy environments/example/environment.yaml.',
);

test(
  'a second document is told',
  tells,
  `${sampleText}---\nmore: true\n`,
  '39:1: A second document begins here; expected one per file. Remove the line --- and what belongs to it.',
);

test('an alias is refused before anything is expanded, so that a bomb stays small', t => {
  const levels = Array.from({ length: 30 }, (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}]`);
  const problems = problemsOf(['l0: &l0 [boom, boom]', ...levels].join('\n'));
  t.is(problems.length, 30);
  t.is(problems[0], '2:10: The alias *l0 is not followed; expected the value itself. Write it out.');
});

test('a file larger than 1 MiB is not read', t => {
  t.deepEqual(problemsOf(`${sampleText}#${'x'.repeat(3 * 1024 * 1024)}`), [
    '1:1: The file has 3.0 MiB; expected at most 1 MiB. Keep only the environment in it.',
  ]);
});

test('nesting without end is told and does not overflow the stack', t => {
  const problems = problemsOf('['.repeat(100_000));
  t.true(problems.length > 0);
  t.regex(problems[0] ?? '', /^1:\d+: The nesting is too deep to be read/);
});

test('a text that is no YAML is told at its line', t => {
  const problems = problemsOf(sampleWith('cloud: gcp', 'cloud: gcp: extra'));
  t.is(problems.length, 1);
  t.regex(problems[0] ?? '', /^28:12: The text is no YAML: .+ Correct the line\.$/);
});

test('all problems come at once, in the order of the file', t => {
  const text = sampleText
    .replace('eosproducer1', 'Nope')
    .replace('example/etcd:3.6', 'example/etcd')
    .replace('cluster: gcp', 'cluster: gpc')
    .replace('soak: 5m', 'soak: never');
  t.deepEqual(
    problemsOf(text).map(problem => problem.split(' ')[1]),
    ['chain.producer', 'etcd.image', 'etcd.members[1].cluster', 'clusters[1].site', 'rollout.soak'],
  );
});

test('a problem is rendered as editors and terminals follow it', t => {
  const problem = { file: 'environments/x/environment.yaml', line: 14, column: 11, message: 'Something.' };
  t.is(renderProblem(problem), 'environments/x/environment.yaml:14:11: Something.');
});
