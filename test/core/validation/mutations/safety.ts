// Faulty pull requests about what the design rests on.

import { aws, awsFile, type Mutation } from '../mutation.ts';

export const safetyMutations: readonly Mutation[] = [
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
  [
    'an option behind another in one entry',
    [aws('- chain-state-db-size-mb = 65536', '- "chain-state-db-size-mb = 65536\\npause-on-startup = false"')],
    { rule: 'safety-option', at: 'pause-on-startup', file: awsFile },
  ],
  [
    'a section that takes the options behind it away',
    [aws('- chain-state-db-size-mb = 65536', '- "[other]"')],
    { rule: 'safety-option', at: '[other]', file: awsFile },
  ],
  [
    'an option by its short name',
    [aws('    extraConfig:', '    extraArgs: ["-e"]\n    extraConfig:')],
    { rule: 'safety-option', at: '-e', file: awsFile },
  ],
  [
    'an option by the beginning of its name',
    [aws('    extraConfig:', '    extraArgs: ["--pause-on=false"]\n    extraConfig:')],
    { rule: 'safety-option', at: '--pause-on', file: awsFile },
  ],
  [
    'another configuration',
    [aws('    extraConfig:', '    extraArgs: ["--config-dir=/data"]\n    extraConfig:')],
    { rule: 'safety-option', at: '--config-dir', file: awsFile },
  ],
  [
    'an option in the script of a shell',
    [
      aws(
        '    extraConfig:',
        '    command: [sh, -c, "exec nodeos --pause-on-startup=false \\"$@\\"", sh]\n    extraConfig:',
      ),
    ],
    { rule: 'safety-option', at: 'pause-on-startup', file: awsFile },
  ],
  [
    'no plugins',
    [aws('    extraConfig:', '    plugins:\n    extraConfig:')],
    { rule: 'safety-plugin', at: 'plugins', file: awsFile },
  ],
  [
    "the chart's time to stop taken away",
    [aws('block-producer:\n', 'block-producer:\n  terminationGracePeriodSeconds:\n')],
    { rule: 'termination-grace', at: 'termination', file: awsFile },
  ],
  [
    'a signer that is not waited for',
    [aws('    extraConfig:', '    signerTimeoutMs: 5\n    extraConfig:')],
    { rule: 'signer-timeout', at: 'signerTimeoutMs: 5', file: awsFile },
  ],
  [
    'a signer that is waited for beyond the slot',
    [aws('    extraConfig:', '    signerTimeoutMs: 3000\n    extraConfig:')],
    { rule: 'signer-timeout', at: 'signerTimeoutMs: 3000', file: awsFile },
  ],
  [
    'a network policy taken away',
    [aws('block-producer:\n', 'block-producer:\n  networkPolicy:\n')],
    { rule: 'network-policy', at: 'networkPolicy', file: awsFile },
  ],
  [
    'a monitor that everybody may ask',
    [
      aws(
        'block-producer:\n',
        'block-producer:\n  networkPolicy: { monitorFrom: [{ ipBlock: { cidr: 0.0.0.0/0 } }] }\n',
      ),
    ],
    { rule: 'network-policy', at: '0.0.0.0/0', file: awsFile },
  ],
];
