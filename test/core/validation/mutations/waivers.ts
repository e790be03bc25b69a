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
];
