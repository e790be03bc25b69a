// Faulty pull requests about the network.

import { aws, awsFile, type Mutation, main } from '../mutation.ts';

export const networkMutations: readonly Mutation[] = [
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
];
