// Faulty pull requests against environments/example: each is one edit, is caught by its rule at its line, and nothing else is told.

import test, { type ExecutionContext } from 'ava';
import type { EnvironmentFiles } from '#core/environment/assemble.ts';
import { ruleIds } from '#core/validation/catalog.ts';
import { type Edit, edited, example, judgeExample, lineOf, named } from './example.ts';

interface Caught {
  rule: string;
  /** What stands on the line. */
  at: string;
  file?: string;
}

const seen = new Set<string>();

const caught = test.macro(
  (t: ExecutionContext, edits: Edit[], expected: Caught | Caught[], base: EnvironmentFiles = example) => {
    const head = edited(base, ...edits);
    const all = [expected].flat();
    const found = judgeExample(head, base).problems;
    t.deepEqual(
      found.map(({ rule, file }) => [rule, file.replace('environments/example/', '')]),
      all.map(({ rule, file = 'environment.yaml' }) => [rule, file]),
      found.map(({ line, message }) => `${line}: ${message}`).join('\n'),
    );
    for (const [index, { at }] of all.entries())
      t.true(lineOf(head, found[index] ?? { file: '', line: 0 }).includes(at), found[index]?.message);
    for (const { message } of found) t.regex(message, /[.?]$/);
  },
);

const main = (from: string | RegExp, to: string): Edit => ({ from, to });
const aws = (from: string | RegExp, to: string): Edit => ({ file: 'values/aws.yaml', from, to });
const awsFile = 'values/aws.yaml';
const nodeosOf = 'registry.example.org/nodeos:';
const etcdImage = /etcd:v3\.6\.14@/;

const table: [string, Edit[], Caught | Caught[], EnvironmentFiles?][] = [
  // Files
  ['a bracket that is not closed', [main('order: [gcp, aws]', 'order: [gcp, aws')], { rule: 'yaml', at: 'soak:' }],
  ['a tab', [main('  soak: 10m', '\tsoak: 10m')], { rule: 'yaml', at: '\tsoak' }],
  ['a key given twice', [main('  soak: 10m', '  soak: 10m\n  soak: 5m')], { rule: 'yaml', at: 'soak: 5m' }],
  [
    'an alias',
    [main('namespace: active-eos', 'namespace: &a active-eos\nwaivers: *a')],
    [
      { rule: 'yaml', at: 'waivers: *a' },
      { rule: 'yaml', at: 'waivers: []' },
    ],
  ],
  ['an empty file', [main(/^[\s\S]*$/, '')], { rule: 'yaml', at: '' }],
  ['a NUL byte', [main('namespace:', '\0namespace:')], { rule: 'yaml', at: '#' }],
  [
    'a file that is far too large',
    [main('namespace:', `#${'x'.repeat(1024 * 1024)}\nnamespace:`)],
    { rule: 'yaml', at: '#' },
  ],
  [
    'a merge conflict',
    [main('  soak: 10m', '<<<<<<< HEAD\n  soak: 10m\n=======\n  soak: 5m\n>>>>>>> other')],
    { rule: 'merge-conflict', at: '<<<<<<<' },
  ],
  [
    'a merge conflict in a values file',
    [aws('etcd:', '<<<<<<< HEAD\netcd:\n=======\n>>>>>>> other')],
    { rule: 'merge-conflict', at: '<<<<<<<', file: awsFile },
  ],
  ['a misspelled key', [main('  soak: 10m', '  soack: 10m')], { rule: 'schema', at: 'soack' }],
  [
    'a chain id that is too short',
    [main('id: aca376', 'id: aca37')],
    [
      { rule: 'schema', at: 'id:' },
      { rule: 'identity-changed', at: 'id:' },
    ],
  ],
  ['a soak that is no duration', [main('soak: 10m', 'soak: ten minutes')], { rule: 'schema', at: 'soak:' }],
  [
    'a produce-block-offset that is too small',
    [main('produceBlockOffsetMs: 450', 'produceBlockOffsetMs: 50')],
    { rule: 'schema', at: 'produceBlockOffsetMs' },
  ],
  [
    'a network that is none',
    [main('cidrs: [10.30.0.0/16]', 'cidrs: [10.30.0.1/16]')],
    { rule: 'schema', at: '10.30.0.1/16' },
  ],
  [
    'a values file with an unknown chart',
    [aws('block-producer:', 'block-produser:')],
    { rule: 'values-file', at: 'block-produser', file: awsFile },
  ],
  [
    'a values file that is a list',
    [aws(/^[\s\S]*$/, '- etcd\n')],
    { rule: 'values-file', at: '- etcd', file: awsFile },
  ],
  [
    'a value that environment.yaml decides',
    [aws('block-producer:', 'block-producer:\n  priority: 7')],
    { rule: 'computed-value', at: 'priority: 7', file: awsFile },
  ],
  [
    'an image in a values file',
    [aws('  nodeos:\n', '  nodeos:\n    image: other\n')],
    { rule: 'computed-value', at: 'image: other', file: awsFile },
  ],
  // Names, quorum, order
  [
    'two nodes of one name',
    [main('- name: gcp-a', '- name: aws-a')],
    [
      { rule: 'node-removed', at: 'clusters:' },
      { rule: 'unique-names', at: 'aws-a' },
    ],
  ],
  [
    'two etcd members at one address',
    [main('address: 10.20.0.20', 'address: 10.10.0.20')],
    [
      { rule: 'etcd-addresses', at: '10.10.0.20' },
      { rule: 'member-address', at: '10.10.0.20' },
    ],
  ],
  [
    'two nodes in one zone',
    [main('zone: us-west-2b', 'zone: us-west-2a')],
    { rule: 'zones-distinct', at: 'us-west-2a' },
  ],
  [
    'two nodes with one BLS key',
    [main('finalizerSecret: finalizer-aws-b', 'finalizerSecret: finalizer-aws-a')],
    { rule: 'finalizer-key-shared', at: 'finalizer-aws-a' },
  ],
  [
    'a BLS key of another cluster',
    [main('finalizerSecret: finalizer-gcp-a', 'finalizerSecret: finalizer-aws-a')],
    { rule: 'finalizer-key-shared', at: 'finalizer-aws-a' },
  ],
  [
    'two members in one site',
    [main('      cluster: witness\n      address: 10.30.0.20', '      cluster: gcp\n      address: 10.20.0.21')],
    [
      { rule: 'etcd-quorum', at: 'members:' },
      { rule: 'etcd-quorum', at: 'site: witness' },
    ],
  ],
  ['two members in one cloud', [main('cloud: hetzner', 'cloud: gcp')], { rule: 'etcd-quorum', at: 'members:' }],
  [
    'an even number of members',
    [
      main(
        '    - name: witness\n      cluster: witness',
        '    - name: other\n      cluster: witness\n      address: 10.30.0.21\n    - name: witness\n      cluster: witness',
      ),
    ],
    [
      { rule: 'etcd-quorum', at: 'members:' },
      { rule: 'etcd-quorum', at: 'members:' },
    ],
  ],
  [
    'a member in no cluster',
    [main('      cluster: witness\n', '      cluster: witnes\n')],
    [
      { rule: 'etcd-quorum', at: 'witnes' },
      { rule: 'etcd-quorum', at: 'site: witness' },
    ],
  ],
  [
    'a cluster left out of the order',
    [main('order: [gcp, aws]', 'order: [gcp]')],
    { rule: 'rollout-order', at: 'order' },
  ],
  [
    'an unknown cluster in the order',
    [main('order: [gcp, aws]', 'order: [gcp, aws, azure]')],
    { rule: 'rollout-order', at: 'azure' },
  ],
  [
    'an election that etcd refuses',
    [main('election: 1s', 'election: 400ms')],
    { rule: 'etcd-election', at: 'election' },
  ],
  // Secrets
  [
    'a private key in WIF',
    [main('namespace:', '# 5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3\nnamespace:')],
    { rule: 'secret-in-file', at: '# 5K' },
  ],
  [
    'a private key in a value',
    [
      aws(
        '- chain-state-db-size-mb = 65536',
        '- agent-name = PVT_K1_2bfGi9rYsXQSXXTvJbDAPhHLQUojjaNLomdm3cEJ1XTzMqUt3V',
      ),
    ],
    { rule: 'secret-in-file', at: 'PVT_K1', file: awsFile },
  ],
  [
    'a BLS key',
    [main('namespace:', '# PVT_BLS_0d8dsux83r42Qg8CHgAqIuSsn9AV-QdCzx3tPj0K8yOJA_qb\nnamespace:')],
    { rule: 'secret-in-file', at: 'PVT_BLS' },
  ],
  [
    'a PEM key',
    [main('namespace:', '# -----BEGIN EC PRIVATE KEY-----\nnamespace:')],
    { rule: 'secret-in-file', at: 'BEGIN EC' },
  ],
  [
    'a password',
    [aws('etcd:\n', 'etcd:\n  podAnnotations: \n    grafana-password: hunter2\n')],
    { rule: 'secret-in-file', at: 'hunter2', file: awsFile },
  ],
  [
    'an AWS key',
    [aws('etcd:\n', '# AKIAIOSFODNN7EXAMPLE\netcd:\n')],
    { rule: 'secret-in-file', at: 'AKIA', file: awsFile },
  ],
  // Identity
  [
    'another producer with another image',
    [main('producer: yourproducer', 'producer: myproducer'), main('soak: 10m', 'soak: 5m')],
    { rule: 'identity-with-rollout', at: 'myproducer' },
  ],
  [
    'another chain with another value',
    [main('id: aca376', 'id: bca376'), aws('65536', '32768')],
    { rule: 'identity-with-rollout', at: 'bca376' },
  ],
  [
    'another prefix with another image',
    [main('prefix: /active-eos', 'prefix: /other'), main('soak: 10m', 'soak: 5m')],
    { rule: 'identity-with-rollout', at: '/other' },
  ],
  [
    'another namespace',
    [main('namespace: active-eos', 'namespace: other')],
    { rule: 'identity-changed', at: 'namespace: other' },
  ],
  [
    'another context',
    [main('context: aws-us-west-2', 'context: aws-us-east-1')],
    { rule: 'identity-changed', at: 'aws-us-east-1' },
  ],
  [
    'another key',
    [
      main(
        'publicKey: EOS8Znrtgwt8TfpmbVpTKvA2oB8Nqey625CLN8bCN3TEbgx86Dsvr',
        'publicKey: EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV',
      ),
    ],
    { rule: 'identity-changed', at: 'publicKey' },
  ],
  // Safety
  [
    'a nodeos that starts unpaused',
    [aws('- chain-state-db-size-mb = 65536', '- pause-on-startup = false')],
    { rule: 'safety-option', at: 'pause-on-startup', file: awsFile },
  ],
  [
    'a key of nodeos by an argument',
    [aws('    extraConfig:', '    extraArgs: [--signature-provider=EOS1=KEY:x]\n    extraConfig:')],
    { rule: 'safety-option', at: 'signature-provider', file: awsFile },
  ],
  [
    'votes that pause production',
    [aws('- chain-state-db-size-mb = 65536', '- production-pause-vote-timeout-ms = 6000')],
    { rule: 'safety-option', at: 'production-pause', file: awsFile },
  ],
  [
    'stale production',
    [aws('    extraConfig:', '    extraArgs: ["--enable-stale-production"]\n    extraConfig:')],
    { rule: 'safety-option', at: 'enable-stale', file: awsFile },
  ],
  [
    'an option in the command',
    [aws('    extraConfig:', '    command: [nodeos, --producer-name=other]\n    extraConfig:')],
    { rule: 'safety-option', at: 'producer-name', file: awsFile },
  ],
  [
    'a plugin left out',
    [
      aws(
        '    extraConfig:',
        '    plugins: ["eosio::producer_plugin", "eosio::chain_api_plugin", "eosio::net_api_plugin"]\n    extraConfig:',
      ),
    ],
    { rule: 'safety-plugin', at: 'plugins', file: awsFile },
  ],
  [
    'a short time to stop',
    [aws('block-producer:\n', 'block-producer:\n  terminationGracePeriodSeconds: 30\n')],
    { rule: 'termination-grace', at: ': 30', file: awsFile },
  ],
  [
    'no network policy of a node',
    [aws('block-producer:\n', 'block-producer:\n  networkPolicy: { enabled: false }\n')],
    { rule: 'network-policy', at: 'networkPolicy', file: awsFile },
  ],
  [
    'no network policy of etcd',
    [aws('etcd:\n', 'etcd:\n  networkPolicy: { enabled: false }\n')],
    { rule: 'network-policy', at: 'networkPolicy', file: awsFile },
  ],
  // Images
  [
    'nodeos by tag',
    [main(/(nodeos:v1\.2\.2)@sha256:\S+/, `${nodeosOf.split('/')[1]}v1.2.2`)],
    { rule: 'image-digest', at: 'nodeos:' },
  ],
  ['etcd by tag', [main(/etcd:v3\.6\.14@\S+/, 'etcd:v3.6.14')], { rule: 'image-digest', at: 'etcd:v3.6.14' }],
  [
    'a snapshot fetched by an image by tag',
    [
      aws(
        'block-producer:\n',
        `block-producer:\n  snapshot: { url: "https://example.org/s.bin", sha256: ${'0'.repeat(64)} }\n`,
      ),
    ],
    { rule: 'image-digest', at: 'snapshot', file: awsFile },
  ],
  [
    'a version that is not allowed',
    [main('nodeos:v1.2.2@', 'nodeos:v1.2.3@')],
    { rule: 'image-version', at: 'v1.2.3' },
  ],
  [
    'an image without a version where versions are listed',
    [main('nodeos:v1.2.2@', 'nodeos@')],
    { rule: 'image-version', at: 'nodeos@' },
  ],
  [
    'a version on hold',
    [main('nodeos:v1.2.2@', 'nodeos:v1.2.0@'), main('nodeos: [v1.2.2]', 'nodeos: [v1.2.0, v1.2.2]')],
    { rule: 'image-held', at: 'v1.2.0' },
  ],
  [
    'a minor version up',
    [main('nodeos:v1.2.2@', 'nodeos:v1.3.0@'), main('nodeos: [v1.2.2]', 'nodeos: [v1.3.0]')],
    { rule: 'nodeos-version-jump', at: 'v1.3.0' },
  ],
  [
    'a minor version down',
    [main('nodeos:v1.2.2@', 'nodeos:v1.1.5@'), main('nodeos: [v1.2.2]', 'nodeos: [v1.1.5]')],
    { rule: 'nodeos-version-jump', at: 'v1.1.5' },
  ],
  [
    'etcd down',
    [main(etcdImage, 'etcd:v3.6.13@'), main('etcd: [v3.6.14]', 'etcd: [v3.6.13]')],
    { rule: 'etcd-version-jump', at: 'v3.6.13' },
  ],
  [
    'etcd over a minor version',
    [main(etcdImage, 'etcd:v3.8.0@'), main('etcd: [v3.6.14]', 'etcd: [v3.8.0]')],
    { rule: 'etcd-version-jump', at: 'v3.8.0' },
  ],
  // Placement
  [
    'all nodes in one cloud',
    [main('cloud: aws', 'cloud: gcp'), main('cloud: hetzner', 'cloud: aws')],
    [
      { rule: 'etcd-quorum', at: 'members:' },
      { rule: 'clouds-distinct', at: 'clusters:' },
    ],
  ],
  ['requests that fit no machine', [aws('memory: 32Gi', 'memory: 64Gi')], { rule: 'machine-fits', at: 'r7i.2xlarge' }],
  [
    'a machine that is too small',
    [main('cpu: 7910m, memory: 58Gi', 'cpu: "2", memory: 58Gi')],
    { rule: 'machine-fits', at: 'n2-highmem-8' },
  ],
  [
    'a node removed',
    [main(/ {6}- name: gcp-b[\s\S]*?finalizer-gcp-b\n/, '')],
    { rule: 'node-removed', at: 'clusters:' },
  ],
  // Network
  [
    'networks that overlap',
    [main('cidrs: [10.20.0.0/16]', 'cidrs: [10.20.0.0/16, 10.10.128.0/17]')],
    { rule: 'networks-disjoint', at: '10.10.128.0/17' },
  ],
  [
    'one tunnel address for two sites',
    [main('tunnel: 203.0.113.20', 'tunnel: 192.0.2.10')],
    { rule: 'tunnel-addresses', at: '192.0.2.10' },
  ],
  [
    'a tunnel address within the tunnels',
    [main('tunnel: 203.0.113.20', 'tunnel: 10.10.0.1')],
    { rule: 'tunnel-addresses', at: '10.10.0.1' },
  ],
  [
    "a member outside its cluster's networks",
    [main('address: 10.20.0.20', 'address: 10.40.0.20')],
    { rule: 'member-address', at: '10.40.0.20' },
  ],
  [
    'one port for clients and peers',
    [main('      address: 10.20.0.20', '      address: 10.20.0.20\n      peerPort: 2379')],
    { rule: 'ports-disjoint', at: 'peerPort: 2379' },
  ],
  [
    'one port for clients and metrics',
    [aws('etcd:\n', 'etcd:\n  metricsPort: 2379\n')],
    { rule: 'ports-disjoint', at: 'us-west-2' },
  ],
  [
    "a monitor on nodeos' port",
    [aws('block-producer:\n', 'block-producer:\n  monitor: { port: 8888 }\n')],
    { rule: 'ports-disjoint', at: '8888', file: awsFile },
  ],
  // etcd
  [
    'two members moved',
    [main('address: 10.20.0.20', 'address: 10.20.0.21'), main('address: 10.30.0.20', 'address: 10.30.0.21')],
    { rule: 'etcd-one-at-a-time', at: 'members:' },
  ],
  [
    'a member replaced and one moved',
    [main('- name: us-west1\n', '- name: us-west1-new\n'), main('address: 10.30.0.20', 'address: 10.30.0.21')],
    [
      { rule: 'node-removed', at: 'members:' },
      { rule: 'etcd-one-at-a-time', at: 'members:' },
    ],
  ],
  // Waivers
  [
    'a waiver of no rule',
    [main('waivers: []', 'waivers: [{ rule: image-digst, reason: a registry without digests, until: 2027-01-01 }]')],
    { rule: 'waiver-unknown', at: 'image-digst' },
  ],
  [
    'a waiver of a rule that is never waived',
    [main('waivers: []', 'waivers: [{ rule: key-shared, reason: we know what we do, until: 2027-01-01 }]')],
    { rule: 'waiver-unknown', at: 'key-shared' },
  ],
  [
    'a waiver that is over',
    [main('waivers: []', 'waivers: [{ rule: image-digest, reason: a registry without digests, until: 2026-11-30 }]')],
    { rule: 'waiver-expired', at: 'image-digest' },
  ],
  [
    'a waiver that excuses nothing',
    [main('waivers: []', 'waivers: [{ rule: image-digest, reason: a registry without digests, until: 2027-01-01 }]')],
    { rule: 'waiver-unused', at: 'image-digest' },
  ],
  [
    'a waiver without a reason',
    [main('waivers: []', 'waivers: [{ rule: image-digest, reason: "", until: 2027-01-01 }]')],
    { rule: 'schema', at: 'image-digest' },
  ],
  [
    'a waiver without a day',
    [main('waivers: []', 'waivers: [{ rule: image-digest, reason: a registry without digests }]')],
    { rule: 'schema', at: 'image-digest' },
  ],
];

for (const [title, edits, expected, base] of table) {
  for (const { rule } of [expected].flat()) seen.add(rule);
  test(`${title}: caught`, caught, edits, expected, base ?? example);
}

const together = test.macro((t: ExecutionContext, fellow: EnvironmentFiles, rules: string[]) => {
  const judged = judgeExample(example, undefined, [fellow]);
  const told = [...judged.problems, ...judgeExample(fellow, undefined, [example]).problems].map(({ rule }) => rule);
  t.deepEqual(told, rules);
});
const elsewhere = [main('namespace: active-eos', 'namespace: other')];
const otherKey = main(/publicKey: \S+/, 'publicKey: EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV');
const otherProducer = main('producer: yourproducer', 'producer: other');
test('a copy of an environment: caught once', together, named(edited(example, ...elsewhere), 'twin'), [
  'claim-shared',
  'key-shared',
]);
test(
  'a second environment of the same producer: caught once',
  together,
  named(edited(example, ...elsewhere, otherKey), 'twin'),
  ['claim-shared'],
);
test(
  'a second environment with the same key: caught once',
  together,
  named(edited(example, ...elsewhere, otherProducer), 'twin'),
  ['key-shared'],
);
test(
  'a second environment in the same place: caught at each release',
  together,
  named(edited(example, otherKey, otherProducer), 'twin'),
  Array.from({ length: 7 }, () => 'release-shared'),
);

test('the table has sixty faulty pull requests, and every rule is broken by one', t => {
  t.true(table.length >= 60);
  const elsewhereBroken = [
    'claim-shared',
    'key-shared',
    'release-shared',
    'no-producers',
    'chart-renders',
    'kubernetes-schema',
    // test/operations/validate.test.ts
    'plain-file',
    'text-file',
    'environment-folder',
  ];
  t.deepEqual(
    ruleIds().filter(id => !seen.has(id) && !elsewhereBroken.includes(id)),
    [],
  );
});
