// Faulty pull requests about etcd.

import { type Mutation, main } from '../mutation.ts';

export const etcdMutations: readonly Mutation[] = [
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
  [
    'a member more, and another moved',
    [
      main(
        '    - name: us-west1\n',
        '    - name: us-west-2b\n      cluster: aws\n      address: 10.10.0.21\n    - name: us-west1b\n      cluster: gcp\n      address: 10.20.0.21\n    - name: us-west1\n',
      ),
      main('address: 10.30.0.20', 'address: 10.30.0.21'),
    ],
    { rule: 'etcd-one-at-a-time', at: 'members:' },
  ],
  [
    'all members on another port',
    [
      main(/address: 10\.\d0\.0\.20\n/, 'address: 10.10.0.20\n      peerPort: 2390\n'),
      main('address: 10.20.0.20', 'address: 10.20.0.20\n      peerPort: 2390'),
    ],
    { rule: 'etcd-one-at-a-time', at: 'members:' },
  ],
  [
    'a member moved and a new image',
    [
      main('address: 10.20.0.20', 'address: 10.20.0.21'),
      main('@sha256:0000000000000000000000000000000000000000000000000000000000000003', `@sha256:${'4'.repeat(64)}`),
    ],
    { rule: 'etcd-one-at-a-time', at: 'image:' },
  ],
];
