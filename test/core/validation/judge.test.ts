import test, { type ExecutionContext } from 'ava';
import { judgeRevision } from '#core/validation/judge.ts';
import { type Edit, edited, example, judgeExample, named, rehearsal, today } from './example.ts';
import { aws, main } from './mutation.ts';

const clean = test.macro((t: ExecutionContext, ...edits: Edit[]) => {
  const { problems, environment } = judgeExample(edited(example, ...edits));
  t.deepEqual(problems, []);
  t.truthy(environment);
});

test('the environments as shipped have no problem', t => {
  const judged = judgeRevision([example, rehearsal], [example, rehearsal], today);
  t.deepEqual(
    judged.map(({ name, problems }) => [name, problems]),
    [
      ['example', []],
      ['rehearsal', []],
    ],
  );
});
test('nor do they have one as new environments', t => {
  t.deepEqual(
    judgeRevision([example, rehearsal], [], today).flatMap(({ problems }) => problems),
    [],
  );
  t.deepEqual(
    judgeRevision([example, rehearsal], undefined, today).flatMap(({ problems }) => problems),
    [],
  );
});
test(
  'a patch version of nodeos is clean',
  clean,
  main('nodeos:v1.2.2@', 'nodeos:v1.2.4@'),
  main('nodeos: [v1.2.2]', 'nodeos: [v1.2.2, v1.2.4]'),
);
test(
  'the next minor version of etcd is clean',
  clean,
  main('etcd:v3.6.14@', 'etcd:v3.7.0@'),
  main('etcd: [v3.6.14]', 'etcd: [v3.7.0]'),
);
test('a new digest of a monitor is clean', clean, main(/000002\n/, '000009\n'));
test('another soak is clean', clean, main('soak: 10m', 'soak: 1h'));
test('requests that still fit are clean', clean, aws('memory: 32Gi', 'memory: 48Gi'));
test(
  'a config line of nodeos is clean',
  clean,
  aws(
    '- chain-state-db-size-mb = 65536',
    '- chain-state-db-size-mb = 65536\n      - p2p-peer-address = p2p.example.org:9876',
  ),
);
test(
  'a node in a third zone is clean',
  clean,
  main(
    '      - name: aws-b',
    '      - name: aws-c\n        zone: us-west-2c\n        storage: { className: gp3, size: 500Gi }\n        finalizerSecret: finalizer-aws-c\n      - name: aws-b',
  ),
);
test('a member that moves by itself is clean', clean, main('address: 10.20.0.20', 'address: 10.20.0.21'));
test(
  'two members more, in sites that bear them, are clean',
  clean,
  main(
    '    - name: us-west1\n',
    '    - name: us-west-2b\n      cluster: aws\n      address: 10.10.0.21\n    - name: us-west1b\n      cluster: gcp\n      address: 10.20.0.21\n    - name: us-west1\n',
  ),
);
test('a cluster under another name in the same place is clean', t => {
  const { values, ...rest } = edited(
    example,
    main('order: [gcp, aws]', 'order: [gcp, amazon]'),
    main('- name: aws\n', '- name: amazon\n'),
    main('cluster: aws\n', 'cluster: amazon\n'),
  );
  const renamed = values.map(each =>
    each.cluster === 'aws' ? { ...each, cluster: 'amazon', file: each.file.replace('aws', 'amazon') } : each,
  );
  t.deepEqual(judgeExample({ ...rest, values: renamed }).problems, []);
});
test(
  'the same key in its other spelling is clean',
  clean,
  main(
    'publicKey: EOS8Znrtgwt8TfpmbVpTKvA2oB8Nqey625CLN8bCN3TEbgx86Dsvr',
    'publicKey: PUB_K1_8Znrtgwt8TfpmbVpTKvA2oB8Nqey625CLN8bCN3TEbgx86Dsvs',
  ),
);
test(
  "etcd's timing, and requests that stay below the chart's limits, are clean",
  clean,
  main('heartbeat: 100ms', 'heartbeat: 150ms'),
  main('election: 1s', 'election: 1500ms'),
  aws('etcd:\n', 'etcd:\n  resources: { requests: { cpu: "1", memory: 512Mi } }\n'),
);
test(
  "arguments of nodeos that are the operator's are clean",
  clean,
  aws(
    '    extraConfig:',
    '    extraArgs: ["--p2p-max-nodes-per-host=4", "--logconf", /data/logging.json, -h]\n    extraConfig:',
  ),
);
test(
  'a monitor that a network may ask is clean',
  clean,
  aws(
    'block-producer:\n',
    'block-producer:\n  networkPolicy: { monitorFrom: [{ ipBlock: { cidr: 10.10.0.0/16 } }] }\n',
  ),
);
test('CRLF line ends are clean', clean, main(/[\s\S]*/, example.text.replaceAll('\n', '\r\n')));

test('a waiver moves a problem to what is waived, with its reason and day', t => {
  const { problems, waived } = judgeExample(
    edited(
      example,
      main('nodeos:v1.2.2@', 'nodeos:v1.3.0@'),
      main('nodeos: [v1.2.2]', 'nodeos: [v1.3.0]'),
      main('waivers: []', 'waivers: [{ rule: nodeos-version-jump, reason: tried on testnet, until: 2026-12-01 }]'),
    ),
  );
  t.deepEqual(problems, []);
  t.deepEqual(
    waived.map(({ rule, reason, until, isNew }) => [rule, reason, until, isNew]),
    [['nodeos-version-jump', 'tried on testnet', today, true]],
  );
});

test('a waiver that was there before is not new', t => {
  const { waived } = judgeRevision([rehearsal], [rehearsal], today)[0] ?? { waived: [] };
  t.true(waived.length > 0);
  t.true(waived.every(({ isNew }) => !isNew));
});

test('a waiver of one file does not excuse another', t => {
  const off = 'block-producer:\n  networkPolicy: { enabled: false }\n';
  const { problems, waived } = judgeExample(
    edited(
      example,
      aws('block-producer:\n', off),
      { file: 'values/gcp.yaml', from: 'block-producer:\n', to: off },
      main(
        'waivers: []',
        'waivers: [{ rule: network-policy, file: values/aws.yaml, reason: no network plugin, until: 2027-01-01 }]',
      ),
    ),
  );
  t.deepEqual(
    problems.map(({ rule, file }) => [rule, file]),
    [['network-policy', 'environments/example/values/gcp.yaml']],
  );
  t.is(waived.length, 1);
});

test('a removed environment is told, and so is what a renamed one leaves behind', t => {
  const renamed = judgeRevision([named(example, 'new')], [example], today);
  t.deepEqual(
    renamed.map(({ name, problems }) => [name, problems.map(({ rule, level }) => `${rule} ${level}`)]),
    [
      ['new', []],
      ['example', ['node-removed warning']],
    ],
  );
  t.regex(renamed[1]?.problems[0]?.message ?? '', /is now called new, which takes over/);
  const [, gone] = judgeRevision([rehearsal], [rehearsal, example], today);
  t.regex(gone?.problems[0]?.message ?? '', /its nodes go on signing/);
});

test('all problems of all files come at once', t => {
  const { problems } = judgeExample(
    edited(
      example,
      main('soak: 10m', 'soak: soon'),
      main('zone: us-west-2b', 'zone: us-west-2a'),
      main('nodeos:v1.2.2@', 'nodeos:v1.2.3@'),
      aws('- chain-state-db-size-mb = 65536', '- pause-on-startup = false'),
    ),
  );
  t.deepEqual(problems.map(({ rule }) => rule).sort(), [
    'image-version',
    'safety-option',
    'schema',
    'volume-fixed',
    'zones-distinct',
  ]);
});

test('the proof counts members by site and by cloud', t => {
  const { quorum } = judgeExample(edited(example, main('cloud: hetzner', 'cloud: gcp')));
  t.is(quorum?.majority, 2);
  t.deepEqual(
    quorum?.losses.map(({ domain, name, left, holds }) => `${domain} ${name} ${left} ${holds}`),
    ['site us-west-2 2 true', 'site us-west1 2 true', 'site witness 2 true', 'cloud aws 2 true', 'cloud gcp 1 false'],
  );
});
