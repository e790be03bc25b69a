// Faulty pull requests about secrets.

import { aws, awsFile, type Mutation, main } from '../mutation.ts';

export const secretsMutations: readonly Mutation[] = [
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
  [
    'a password within braces',
    [aws('etcd:\n', 'etcd:\n  podAnnotations: { a: b, grafana-password: hunter2 }\n')],
    { rule: 'secret-in-file', at: 'hunter2', file: awsFile },
  ],
  [
    'a token on the line below its name',
    [aws('etcd:\n', 'etcd:\n  podAnnotations:\n    auth-token:\n      hunter2\n')],
    { rule: 'secret-in-file', at: 'auth-token', file: awsFile },
  ],
  [
    'a password that is commented out',
    [aws('etcd:\n', '# grafana-password: hunter2\netcd:\n')],
    { rule: 'secret-in-file', at: 'hunter2', file: awsFile },
  ],
  [
    'a password as an option',
    [aws('- chain-state-db-size-mb = 65536', '- http-password = hunter2')],
    { rule: 'secret-in-file', at: 'hunter2', file: awsFile },
  ],
  [
    'a password in a URL',
    [aws('etcd:\n', '# see https://me:hunter2@example.org/ for more\netcd:\n')],
    { rule: 'secret-in-file', at: 'hunter2', file: awsFile },
  ],
  [
    "a finalizer's key in a comment",
    [main('namespace:', '# PUB_BLS_x=KEY:0123456789abcdefghijklmnop\nnamespace:')],
    { rule: 'secret-in-file', at: 'KEY:' },
  ],
  [
    'a GitHub token',
    [main('namespace:', `# ghp_${'a1'.repeat(18)}\nnamespace:`)],
    { rule: 'secret-in-file', at: 'ghp_' },
  ],
  [
    'a private key in a file that is no YAML',
    [aws('etcd:\n', 'etcd: [\n# PVT_K1_2bfGi9rYsXQSXXTvJbDAPhHLQUojjaNLomdm3cEJ1XTzMqUt3V\n')],
    [
      { rule: 'secret-in-file', at: 'PVT_K1', file: awsFile },
      { rule: 'yaml', at: 'annotations:', file: awsFile },
    ],
  ],
];
