// Faulty pull requests about where nodes stand.

import { type Mutation, main } from '../mutation.ts';

export const placementMutations: readonly Mutation[] = [
  [
    'all nodes in one cloud',
    [main('cloud: aws', 'cloud: gcp'), main('cloud: hetzner', 'cloud: aws')],
    [
      { rule: 'etcd-quorum', at: 'members:' },
      { rule: 'clouds-distinct', at: 'clusters:' },
    ],
  ],
  ['a node removed', [main(/ {6}- name: gcp-b[\s\S]*?finalizer-gcp-b\n/, '')], { rule: 'node-removed', at: 'nodes:' }],
  ['another size of a volume', [main('size: 500Gi', 'size: 900Gi')], { rule: 'volume-fixed', at: '900Gi' }],
  [
    "another class of a member's volume",
    [main('className: gp3, size: 10Gi', 'className: io2, size: 10Gi')],
    { rule: 'volume-fixed', at: 'io2' },
  ],
  [
    'a node in another zone',
    [main('zone: us-west-2b', 'zone: us-west-2c')],
    { rule: 'volume-fixed', at: 'us-west-2c' },
  ],
  [
    'a node that goes to another cluster',
    [
      main(/ {6}- name: gcp-b[\s\S]*?finalizer-gcp-b\n/, ''),
      main(
        '      - name: aws-b\n',
        '      - name: gcp-b\n        zone: us-west-2c\n        storage: { className: gp3, size: 500Gi }\n      - name: aws-b\n',
      ),
    ],
    { rule: 'node-removed', at: 'name: gcp-b' },
  ],
  ['a node under another name', [main('- name: gcp-b', '- name: gcp-z')], { rule: 'node-removed', at: 'nodes:' }],
  [
    'a cluster removed',
    [
      main(/ {2}- name: gcp\n[\s\S]*?finalizer-gcp-b\n/, ''),
      main('order: [gcp, aws]', 'order: [aws]'),
      main(/ {4}- name: us-west1\n[\s\S]*?10Gi \}\n/, ''),
    ],
    [
      { rule: 'etcd-quorum', at: 'members:' },
      { rule: 'node-removed', at: 'members:' },
      { rule: 'clouds-distinct', at: 'clusters:' },
      { rule: 'node-removed', at: 'clusters:' },
      { rule: 'node-removed', at: 'clusters:' },
    ],
  ],
];
