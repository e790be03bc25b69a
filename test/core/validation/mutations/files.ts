// Faulty pull requests about reading the files.

import { aws, awsFile, type Mutation, main } from '../mutation.ts';

export const filesMutations: readonly Mutation[] = [
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
  [
    'two nodes of one name',
    [main('- name: gcp-a', '- name: aws-a')],
    [
      { rule: 'node-removed', at: 'nodes:' },
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
    [
      { rule: 'zones-distinct', at: 'us-west-2a' },
      { rule: 'volume-fixed', at: 'us-west-2a' },
    ],
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
      { rule: 'node-removed', at: 'name: witness' },
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
  [
    'no node left',
    [
      main(/ {4}nodes:\n {6}- name: aws-a[\s\S]*?finalizer-aws-b\n/, ''),
      main(/ {4}nodes:\n {6}- name: gcp-a[\s\S]*?finalizer-gcp-b\n/, ''),
    ],
    [
      { rule: 'no-producers', at: 'clusters:' },
      { rule: 'node-removed', at: 'name: aws' },
      { rule: 'node-removed', at: 'name: aws' },
      { rule: 'node-removed', at: 'name: gcp' },
      { rule: 'node-removed', at: 'name: gcp' },
    ],
  ],
  [
    "a member on another's port",
    [main('address: 10.20.0.20', 'address: 10.10.0.20\n      peerPort: 2379\n      clientPort: 2390')],
    [
      { rule: 'etcd-addresses', at: '10.10.0.20' },
      { rule: 'member-address', at: '10.10.0.20' },
    ],
  ],
  [
    'a private key where the chain id belongs',
    [main(/ {2}id: [0-9a-f]{64}/, '  id: 5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3')],
    [
      { rule: 'schema', at: 'id: 5K' },
      { rule: 'secret-in-file', at: 'id: 5K' },
      { rule: 'identity-changed', at: 'id: 5K' },
    ],
  ],
];
