// Faulty pull requests about what pods ask for.

import { aws, awsFile, type Mutation, main } from '../mutation.ts';

const etcdResources = (resources: string) => aws(/^etcd:\n/m, `etcd:\n  resources: ${resources}\n`);

export const resourceMutations: readonly Mutation[] = [
  ['requests that fit no machine', [aws('memory: 32Gi', 'memory: 64Gi')], { rule: 'machine-fits', at: 'r7i.2xlarge' }],
  [
    'requests in another unit that fit no machine',
    [aws('memory: 32Gi', 'memory: 60.5Gi')],
    { rule: 'machine-fits', at: 'r7i.2xlarge' },
  ],
  [
    'a machine that is too small',
    [main('cpu: 7910m, memory: 58Gi', 'cpu: "2", memory: 58Gi')],
    { rule: 'machine-fits', at: 'n2-highmem-8' },
  ],
  [
    'an etcd member that fits no machine of a witness',
    [
      main(
        'network: { cidrs: [10.30.0.0/16], tunnel: 198.51.100.30 }',
        'network: { cidrs: [10.30.0.0/16], tunnel: 198.51.100.30 }\n    machine: { type: tiny, cpu: 100m, memory: 1Gi }',
      ),
    ],
    { rule: 'machine-fits', at: 'tiny' },
  ],
  [
    'an amount that is none',
    [aws('memory: 32Gi', 'memory: 32GB')],
    { rule: 'resource-amounts', at: '32GB', file: awsFile },
  ],
  [
    "a request above the chart's own limit",
    [etcdResources('{ requests: { memory: 2Gi } }')],
    { rule: 'resource-amounts', at: '2Gi', file: awsFile },
  ],
  [
    "a limit below the chart's own request",
    [etcdResources('{ limits: { cpu: 100m } }')],
    { rule: 'resource-amounts', at: '100m', file: awsFile },
  ],
];
