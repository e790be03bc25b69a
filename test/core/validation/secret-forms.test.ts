import test from 'ava';
import { edited, example, judgeExample } from './example.ts';
import { aws, main } from './mutation.ts';

test('a message about a secret does not repeat it', t => {
  const key = '5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3';
  const { problems } = judgeExample(edited(example, main('publicKey: EOS8', `publicKey: ${key} # EOS8`)));
  t.true(problems.some(({ rule }) => rule === 'secret-in-file'));
  t.false(JSON.stringify(problems).includes(key));
});

test('no message repeats a secret, wherever it stands and however it is quoted', t => {
  const secrets = [
    '5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3',
    'PVT_BLS_0d8dsux83r42Qg8CHgAqIuSsn9AV-QdCzx3tPj0K8yOJA_qb',
    'hunter2hunter2',
  ];
  const lines = [
    'producer: yourproducer',
    'soak: 10m',
    'priority: 1',
    'tunnel: 192.0.2.10',
    'prefix: /active-eos',
    'order: [gcp, aws]',
    'context: aws-us-west-2',
    'address: 10.10.0.20',
  ];
  for (const secret of secrets) {
    for (const line of lines) {
      const [key = ''] = line.split(':');
      const shown = secret.startsWith('hunter') ? `https://me:${secret}@example.org/` : secret;
      const { problems } = judgeExample(edited(example, main(line, `${key}: "${shown}"`)));
      t.true(
        problems.some(({ rule }) => rule === 'secret-in-file'),
        line,
      );
      t.false(JSON.stringify(problems).includes(secret.slice(0, 14)), `${line}: ${JSON.stringify(problems)}`);
    }
  }
});

test('a key that was there before is not repeated when it is taken out', t => {
  const key = '5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3';
  const leaked = edited(example, main('prefix: /active-eos', `prefix: /${key}`));
  const { problems } = judgeExample(example, leaked);
  t.deepEqual(
    problems.map(({ rule }) => rule),
    ['identity-changed'],
  );
  t.false(JSON.stringify(problems).includes(key.slice(0, 10)));
});

test('a secret is found in any file of the folder', t => {
  const file = 'environments/example/login.sh';
  const others = [{ file, text: '#!/bin/sh\nlogin --password=hunter2\n' }];
  const { problems } = judgeExample({ ...example, others });
  t.deepEqual(
    problems.map(problem => [problem.rule, problem.file, problem.line]),
    [['secret-in-file', file, 2]],
  );
});

test('a script that only passes a token on holds none', t => {
  const text = [
    'export TOKEN="$ID_TOKEN"',
    'token=$(curl --silent "$TOKEN_URL")',
    'if [ "$token" = "" ]; then exit 1; fi',
    'git clone https://x:$TOKEN@example.org/',
  ].join('\n');
  const others = [{ file: 'environments/example/login.sh', text }];
  t.deepEqual(judgeExample({ ...example, others }).problems, []);
});

test('names of Secrets, references and prose are no secrets', t => {
  const comments = [
    'The password: it lies in a Secret of the cluster.',
    'token: see the page about logging in',
    'Each key (PVT_K1_…) lies elsewhere.',
    'signature-provider = PUB_BLS_…=KEY:PVT_BLS_…',
  ];
  const values =
    'etcd:\n  podAnnotations: { inject-token: "true", api-key: $(API_KEY), tokenSecret: name }\n  serviceMonitor: { labels: { keySecret: producer-key } }\n';
  const { problems } = judgeExample(
    edited(
      example,
      main('namespace:', `${comments.map(each => `# ${each}\n`).join('')}namespace:`),
      aws('etcd:\n', values),
    ),
  );
  t.deepEqual(problems, []);
});

test('a hostile line does not hold the search for secrets up', t => {
  const size = 300_000;
  for (const unit of [
    'token:',
    'password ',
    '=KEY: ',
    '-----BEGIN ',
    'a://b:',
    'eyJ0',
    '5J',
    '"',
    ' ',
    '# token: a',
    'PVT_K1_',
  ]) {
    const started = performance.now();
    judgeExample(edited(example, main('namespace:', `# ${unit.repeat(size / unit.length)}\nnamespace:`)));
    t.true(performance.now() - started < 3000, unit);
  }
});
