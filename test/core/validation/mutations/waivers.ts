// Faulty pull requests about waivers.

import { type Mutation, main } from '../mutation.ts';

export const waiversMutations: readonly Mutation[] = [
  [
    'a waiver of no rule',
    [main('waivers: []', 'waivers: [{ rule: image-digst, reason: a registry without digests, until: 2027-01-01 }]')],
    { rule: 'waiver-unknown', at: 'image-digst' },
  ],
  [
    'a waiver of a rule that is never waived',
    [main('waivers: []', 'waivers: [{ rule: key-shared, reason: we know what we do, until: 2027-01-01 }]')],
    { rule: 'waiver-unknown', at: 'key-shared' },
  ],
  [
    'a waiver that is over',
    [main('waivers: []', 'waivers: [{ rule: image-digest, reason: a registry without digests, until: 2026-11-30 }]')],
    { rule: 'waiver-expired', at: 'image-digest' },
  ],
  [
    'a waiver that excuses nothing',
    [main('waivers: []', 'waivers: [{ rule: image-digest, reason: a registry without digests, until: 2027-01-01 }]')],
    { rule: 'waiver-unused', at: 'image-digest' },
  ],
  [
    'a waiver without a reason',
    [main('waivers: []', 'waivers: [{ rule: image-digest, reason: "", until: 2027-01-01 }]')],
    { rule: 'schema', at: 'image-digest' },
  ],
  [
    'a waiver without a day',
    [main('waivers: []', 'waivers: [{ rule: image-digest, reason: a registry without digests }]')],
    { rule: 'schema', at: 'image-digest' },
  ],
  [
    'a waiver that is over, and what it excused',
    [
      main('nodeos:v1.2.2@', 'nodeos:v1.3.0@'),
      main('nodeos: [v1.2.2]', 'nodeos: [v1.3.0]'),
      main('waivers: []', 'waivers: [{ rule: nodeos-version-jump, reason: tried on testnet, until: 2026-11-30 }]'),
    ],
    [
      { rule: 'nodeos-version-jump', at: 'v1.3.0' },
      { rule: 'waiver-expired', at: '2026-11-30' },
    ],
  ],
  [
    'a waiver of a rule that is never waived, and its breach',
    [
      main('namespace: active-eos', 'namespace: active-eos # ghp_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1'),
      main('waivers: []', 'waivers: [{ rule: secret-in-file, reason: a token for tests, until: 2027-01-01 }]'),
    ],
    [
      { rule: 'secret-in-file', at: 'ghp_' },
      { rule: 'waiver-unknown', at: 'secret-in-file' },
    ],
  ],
];
