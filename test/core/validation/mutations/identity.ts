// Faulty pull requests about the identity of an environment.

import { aws, type Mutation, main } from '../mutation.ts';

export const identityMutations: readonly Mutation[] = [
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
  ['another prefix alone', [main('prefix: /active-eos', 'prefix: /other')], { rule: 'identity-changed', at: '/other' }],
  [
    'another namespace with another image',
    [main('namespace: active-eos', 'namespace: other'), main(/000002\n/, '000009\n')],
    { rule: 'identity-with-rollout', at: 'namespace: other' },
  ],
  [
    'another context with another node',
    [
      main('context: gcp-us-west1', 'context: gcp-us-east1'),
      main(
        '      - name: aws-b\n',
        '      - name: aws-c\n        zone: us-west-2c\n        storage: { className: gp3, size: 500Gi }\n      - name: aws-b\n',
      ),
    ],
    { rule: 'identity-with-rollout', at: 'gcp-us-east1' },
  ],
];
