// Faulty pull requests about what environments share.

import { example, named } from '../example.ts';
import { type Mutation, main } from '../mutation.ts';

const key = 'EOS8Znrtgwt8TfpmbVpTKvA2oB8Nqey625CLN8bCN3TEbgx86Dsvr';

/** A second environment in the same clusters that shares nothing with the example. */
const twin = named(
  {
    ...example,
    text: example.text
      .replace('namespace: active-eos', 'namespace: twin')
      .replace(key, 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV')
      .replace('producer: yourproducer', 'producer: twinproducer')
      .replaceAll(/(address: |cidrs: \[)10\.(\d)0\./g, '$110.1$20.')
      .replaceAll(/((?:- name: |finalizer-))((?:aws|gcp)-[ab])/g, '$1twin-$2'),
  },
  'twin',
);
const added = { of: twin, isNew: true, fellows: [example] };
const changed = { of: twin, fellows: [example] };
const sameKey = (spelling: string) => main(/publicKey: \S+/, `publicKey: ${spelling}`);
const sameProducer = main('producer: twinproducer', 'producer: yourproducer');
const sameNamespace = main('namespace: twin', 'namespace: active-eos');
const sameMember = main('address: 10.110.0.20', 'address: 10.10.0.20');

export const fellowMutations: readonly Mutation[] = [
  ['a new environment with the key of another', [sameKey(key)], { rule: 'key-shared', at: 'publicKey' }, added],
  [
    'a new environment with the key of another in another spelling',
    [sameKey(`PUB_K1_${key.slice(3, -1)}s`)],
    { rule: 'key-shared', at: 'publicKey' },
    added,
  ],
  [
    'an environment that takes the key of another',
    [sameKey(key)],
    [
      { rule: 'key-shared', at: 'publicKey' },
      { rule: 'identity-changed', at: 'publicKey' },
    ],
    changed,
  ],
  [
    'an environment that takes the key of one with a later name',
    [main(key, 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV')],
    [
      { rule: 'key-shared', at: 'publicKey' },
      { rule: 'identity-changed', at: 'publicKey' },
    ],
    { fellows: [twin] },
  ],
  [
    'a new environment with the claim of another',
    [sameProducer, sameMember],
    [
      { rule: 'claim-shared', at: 'producer:' },
      { rule: 'etcd-shared', at: '10.10.0.20' },
      { rule: 'member-address', at: '10.10.0.20' },
    ],
    added,
  ],
  [
    'a new environment of the same producer',
    [sameProducer],
    { rule: 'producer-shared', at: 'producer: yourproducer' },
    added,
  ],
  [
    "a new environment with a member at another's address",
    [sameMember],
    [
      { rule: 'etcd-shared', at: '10.10.0.20' },
      { rule: 'member-address', at: '10.10.0.20' },
    ],
    added,
  ],
  [
    "a new environment in another's namespace, with the Secret of its key",
    [
      sameNamespace,
      main(/- name: (us-west-2)$/m, '- name: other-2'),
      main(/- name: us-west1$/m, '- name: other1'),
      main('- name: witness\n      cluster: witness', '- name: other\n      cluster: witness'),
    ],
    { rule: 'secret-shared', at: 'keySecret: producer-key' },
    added,
  ],
  [
    "a new environment in another's namespace, with a node of the same name",
    [
      sameNamespace,
      main(/- name: (us-west-2)$/m, '- name: other-2'),
      main(/- name: us-west1$/m, '- name: other1'),
      main('- name: witness\n      cluster: witness', '- name: other\n      cluster: witness'),
      main('- name: twin-gcp-a', '- name: gcp-a'),
    ],
    [
      { rule: 'secret-shared', at: 'keySecret: producer-key' },
      { rule: 'release-shared', at: 'name: gcp-a' },
    ],
    added,
  ],
  [
    'the signing key where nodeos has its votes',
    [main('finalizerSecret: finalizer-gcp-b', 'finalizerSecret: producer-key')],
    { rule: 'secret-shared', at: 'finalizerSecret: producer-key' },
  ],
  [
    'a signing key in the Secret of a certificate',
    [main('keySecret: producer-key', 'keySecret: etcd-client')],
    { rule: 'secret-shared', at: 'keySecret: etcd-client' },
  ],
];
