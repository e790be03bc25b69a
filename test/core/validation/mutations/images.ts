// Faulty pull requests about images.

import { aws, awsFile, type Mutation, main } from '../mutation.ts';

const etcdImage = /etcd:v3\.6\.14@/;

export const imagesMutations: readonly Mutation[] = [
  ['nodeos by tag', [main(/(nodeos:v1\.2\.2)@sha256:\S+/, 'nodeos:v1.2.2')], { rule: 'image-digest', at: 'nodeos:' }],
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
  [
    'nodeos by digest alone',
    [main('nodeos:v1.2.2@', 'nodeos@'), main('    nodeos: [v1.2.2]\n', '')],
    { rule: 'image-version-told', at: 'nodeos@' },
  ],
  [
    'etcd by a tag that is no version',
    [main(etcdImage, 'etcd:stable@'), main('    etcd: [v3.6.14]\n', '')],
    { rule: 'image-version-told', at: 'etcd:stable' },
  ],
  [
    'a snapshot fetched by an image by a tag of its own',
    [
      aws(
        'block-producer:\n',
        `block-producer:\n  snapshot: { url: "https://example.org/s.bin", sha256: ${'0'.repeat(64)}, image: curl:8 }\n`,
      ),
    ],
    { rule: 'image-digest', at: 'curl:8', file: awsFile },
  ],
  [
    'etcd a major version up',
    [main(etcdImage, 'etcd:v4.0.0@'), main('etcd: [v3.6.14]', 'etcd: [v4.0.0]')],
    { rule: 'etcd-version-jump', at: 'v4.0.0' },
  ],
];
