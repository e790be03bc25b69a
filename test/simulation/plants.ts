// Bugs planted on purpose, one at a time: each must be caught by the same simulation that finds nothing in the product as it is.

import type { Scenario } from './faults.ts';

export interface Plant {
  name: string;
  file: string;
  /** Text that occurs exactly once in the file. */
  find: string;
  replace: string;
  /** What the product would do wrong. */
  why: string;
  /** The first seed to try: one that is known to catch it soon. */
  seed?: number;
  scenario?: Scenario;
}

const holder = 'core/failover/holder.ts';
const knowledge = 'core/failover/knowledge.ts';
const next = 'core/failover/next.ts';
const signing = 'core/failover/signing.ts';
const register = 'monitor/register.ts';
const signer = 'monitor/signer.ts';
const ahead = 'monitor/claim-ahead.ts';

export const plants: readonly Plant[] = [
  {
    name: 'any-incarnation',
    file: knowledge,
    find: 'return stored?.claim.holder === node && stored.claim.incarnation === incarnation;',
    replace: 'return stored?.claim.holder === node;',
    why: 'a monitor that was started again takes the claim of the one before for its own',
  },
  {
    name: 'no-compare',
    file: register,
    find: 'const result = await member.compareAndPut(key, expected, text, undefined, beside);',
    replace:
      "await member.put(key, text);\n  const result = { kind: 'put', revision: (await member.get(key))?.modRevision ?? '0' };",
    why: 'who believes that it holds the claim writes it, as one who trusts a lease',
  },
  {
    name: 'early-resume',
    file: holder,
    find: 'const isPast = slotAt(event.wallMs) >= claim.slot && isPausedIn(claim.slot, knows);',
    replace: 'const isPast = true;',
    why: 'nodeos is resumed before the claimed slot, and stamps slots that were signed already',
  },
  {
    name: 'early-resume-after-restart',
    file: holder,
    find: 'const isPast = slotAt(event.wallMs) >= claim.slot && isPausedIn(claim.slot, knows);',
    replace:
      "const isPast =\n    state.reason.includes('did it restart?') || (slotAt(event.wallMs) >= claim.slot && isPausedIn(claim.slot, knows));",
    why: 'the same holder resumes its nodeos at once after a restart, as if its own slots could not come again',
    seed: 10,
  },
  {
    name: 'lost-answer-is-success',
    file: register,
    find: 'return await resolveLostAnswer(text, claim, readClaim, error);',
    replace: "return { kind: 'put', stored: { claim, text, revision: expected.revision } };",
    why: 'a claim whose answer was lost counts as made, without looking',
    seed: 10,
  },
  {
    name: 'revision-alone',
    file: 'test/simulation/etcd-store.ts',
    find: ' && found?.value === expected.text',
    replace: '',
    why: 'the adapter has etcd compare the revision only, which a restored etcd uses a second time',
    scenario: 'reused-revisions',
    seed: 2,
  },
  {
    name: 'read-back-without-digest',
    file: register,
    find: "if (found?.text === text) return { kind: 'put', stored: found };",
    replace:
      "if (found?.claim.slot === claim.slot && found.claim.incarnation === claim.incarnation) return { kind: 'put', stored: found };",
    why: 'a claim of the same slot counts as ours, though it is for another digest',
    seed: 9,
  },
  {
    name: 'fork-ignored',
    file: signing,
    find: 'return Math.max(claim.slot + 1, last.slot + 2);',
    replace: 'return claim.slot + 1;',
    why: 'a fork drops our block, and nodeos stamps its slot again just before the slot ends',
    seed: 68,
  },
  {
    name: 'head-ignored',
    file: signing,
    find: 'const slot = Math.max(next, head.slot + 1);',
    replace: 'const slot = next;',
    why: 'full blocks come early: the clock alone names a slot below the one that the block carries',
    seed: 5,
  },
  {
    name: 'refusal-ignored',
    file: signer,
    find: "if (outcome.kind === 'changed')",
    replace: "if (outcome.kind === 'changed' && outcome.stored === undefined)",
    why: 'etcd says that the claim is not as it was, and the signature is given all the same',
    seed: 9,
  },
  {
    name: 'watch-trusted',
    file: signer,
    find: 'const swapping = settled(register.swapClaim(stored, claim));',
    replace:
      "const swapping = settled(Promise.resolve({ kind: 'put', stored: { claim, text: renderClaim(claim), revision: stored.revision } }));",
    why: 'who holds the claim by what the watch last told signs without asking etcd',
  },
  {
    name: 'signed-too-late',
    file: signer,
    find: 'if (slackMs < deliveryMs)',
    replace: 'if (slackMs < -10_000)',
    why: 'a signature leaves long after its slot, and nodeos publishes it',
    seed: 217,
  },
  {
    name: 'last-block-forgotten',
    file: signer,
    find: 'last = { digest, slot: claimed.slot, epoch: stored.claim.epoch };',
    replace: 'last = undefined;',
    why: 'a signature that left does not count as our last block',
    seed: 5,
  },
  {
    name: 'paused-long-ago',
    file: holder,
    find: ' && isPausedIn(claim.slot, knows);',
    replace: ';',
    why: 'nodeos was resumed by somebody else since it last said that it is paused, and makes a block of a claimed slot',
    scenario: 'by-hand',
    seed: 34,
  },
  {
    name: 'takeover-lowers-slot',
    file: next,
    find: 'slot: from.slot, digest',
    replace: 'slot: from.slot - 1, digest',
    why: 'a new holder forgets the last slot that the one before has claimed',
  },
  {
    name: 'same-epoch',
    file: next,
    find: 'epoch: from.epoch + 1',
    replace: 'epoch: from.epoch',
    why: 'a takeover does not begin a new epoch, and a last block of the tenure before counts in this one',
  },
  {
    name: 'clone-ignored',
    file: signer,
    find: 'if (!isOurs(tenure)) {',
    replace: 'if (stored.claim.slot < 0) {',
    why: 'a cloned machine extends the claims of its original',
    scenario: 'clones',
    seed: 3,
  },
  {
    name: 'ahead-pays-for-any-slot',
    file: signer,
    find: 'const early = slotBeforeHead(facts);',
    replace:
      'if (ready !== undefined) return useAhead(slotAt(facts.nowMs) + 1, 0);\n    const early = slotBeforeHead(facts);',
    why: 'a claim made ahead pays for whatever is asked for next, be it of a later slot',
    scenario: 'ahead',
  },
  {
    name: 'ahead-before-it-stands',
    file: 'core/failover/ahead.ts',
    find: 'return ready.text === stored.text;',
    replace: 'return ready.slot >= stored.claim.slot;',
    why: 'a claim made ahead is used though etcd has not answered that it stands',
    seed: 2,
    scenario: 'ahead',
  },
  {
    name: 'ahead-forgotten-by-successor',
    file: next,
    find: 'slot: from.slot, digest',
    replace: 'slot: from.ahead === undefined ? from.slot : from.slot - 1, digest',
    why: 'a new holder takes a claim made ahead for one that nobody can have used',
    scenario: 'ahead',
  },
  {
    name: 'ahead-unmarked',
    file: ahead,
    find: 'const drawn = mark?.();',
    replace: "const drawn = mark === undefined ? undefined : 'as ever';",
    why: 'two clones make the same claim ahead, and both take it for their own',
    seed: 5,
    scenario: 'clones-ahead',
  },
  {
    name: 'ahead-unnamed',
    file: 'core/failover/ahead.ts',
    find: '...(unnamed === undefined ? {} : { before: unnamed })',
    replace: '',
    why: 'a block that was signed on a claim made ahead is named by no later claim, and counts as signed outside the register',
    seed: 2,
    scenario: 'ahead',
  },
  {
    name: 'slots-for-signatures',
    file: 'core/failover/unclaimed.ts',
    find: "if (signature === undefined) return 'lacks signature';",
    replace: "return claimsFor(trail, slot, slot + 2).length > 0 ? 'claimed' : 'unclaimed';",
    why: 'before Savanna a block that was held up for slots counts as signed outside the register',
    seed: 10,
  },
  {
    name: 'early-claim-unchecked',
    file: signing,
    find: 'return next > claim.slot && windows',
    replace: 'return windows',
    why: 'a claim made before the head is known may be lower than the last one',
    seed: 7,
  },
  {
    name: 'deposed-for-ever',
    file: 'core/failover/standby.ts',
    find: "if (event.type === 'tick' && isSafelyPaused(knows)) {\n    return { state: { kind: 'standby' }",
    replace:
      "if (event.type === 'tick' && isSafelyPaused(knows) && state.reason === '') {\n    return { state: { kind: 'standby' }",
    why: 'a node that lost the claim once never stands by again',
  },
];
