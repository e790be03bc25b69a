// The signing desk between a made-up nodeos and register: what it asks of them, and when it signs.

import test from 'ava';
import { machineTime } from '#adapters/clock/machine.ts';
import { type Nodeos, NodeosError } from '#adapters/nodeos/client.ts';
import { openSigner } from '#adapters/signature/k1.ts';
import type { Claim, StoredClaim } from '#core/failover/claim.ts';
import { slotAt, slotStartMs } from '#core/slots.ts';
import { startJournal } from '../../monitor/journal.ts';
import type { ClaimOutcome, Register } from '../../monitor/register.ts';
import { openSigningDesk, type SignerPort } from '../../monitor/signer.ts';

const digest = '0000000bababab'.padEnd(64, 'c');
/** On the same head. */
const another = '0000000bacacac'.padEnd(64, 'd');
const next = '0000000cababab'.padEnd(64, 'd');
const stored = (claim: Claim): StoredClaim => ({ claim, text: JSON.stringify(claim), revision: '7' });

/** Holds a claim of slot `claimed`; nodeos' head has slot `head`. Slots well ahead of the clock, as full blocks have them, leave the test its time. */
function desk(options: { claimed?: number; head?: number; ours?: boolean; suspect?: boolean; lastSlot?: number } = {}) {
  const { claimed = slotAt(Date.now()) + 5, ours = true, suspect = false, lastSlot = 2 ** 31 } = options;
  const { head = claimed } = options;
  const read = openSigner('5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3');
  if ('problem' in read) throw new Error(read.problem);
  const seen = { swaps: [] as Claim[], claims: [] as (StoredClaim | undefined)[], signed: 0, cloned: [] as string[] };
  let held = stored({ v: 1, slot: claimed, digest: '', holder: 'a', incarnation: 'i', epoch: 3 });
  const begunWith = held.text;
  const world = {
    /** Where the wall clock stands; it goes on while undefined. */
    wallMs: undefined as number | undefined,
    swap: async (claim: Claim): Promise<ClaimOutcome> => ({ kind: 'put', stored: stored(claim) }),
    info: async () => ({
      chainId: '',
      version: '',
      headNum: 10,
      headId: '0000000a',
      headSlot: head,
      headProducer: 'them',
      lib: 8,
    }),
  };
  const port: SignerPort = {
    asked: () => undefined,
    tenure: () =>
      ours
        ? { stored: held, begunWith, windows: [{ first: 0, last: lastSlot }], unnamed: undefined, mayClaimAhead: true }
        : undefined,
    claimSeen: claim => {
      seen.claims.push(claim);
      held = claim ?? held;
    },
    signed: () => seen.signed++,
    cloned: detail => seen.cloned.push(detail),
    isClockSuspect: () => suspect,
  };
  const register: Pick<Register, 'swapClaim'> = {
    swapClaim: (_, claim) => {
      seen.swaps.push(claim);
      return world.swap(claim);
    },
  };
  const journal = startJournal('a', () => undefined, machineTime);
  const nodeos: Pick<Nodeos, 'info'> = { info: () => world.info() };
  const parts = {
    signer: read,
    register: register as Register,
    nodeos: nodeos as Nodeos,
    journal,
    producer: 'us',
    time: { ...machineTime, wallMs: () => world.wallMs ?? Date.now() },
  };
  return { desk: openSigningDesk(parts, port), seen, world, journal, claimed };
}

const reasonOf = (answer: Awaited<ReturnType<ReturnType<typeof desk>['desk']['sign']>>): string =>
  answer.kind === 'refused' ? answer.reason : answer.kind;

test('the slot after the head is claimed with the digest, and then signed', async t => {
  const { desk: opened, seen, claimed } = desk();
  const answer = await opened.sign(digest);
  t.regex(answer.kind === 'signature' ? answer.signature : '', /^SIG_K1_/);
  t.deepEqual(seen.swaps, [{ v: 1, slot: claimed + 1, digest, holder: 'a', incarnation: 'i', epoch: 3 }]);
  t.is(seen.claims.length, 1);
});

test('only a signature that nodeos waited for counts as our last block', async t => {
  const { desk: opened, seen } = desk();
  const first = await opened.sign(digest);
  // The claimed slot is taken, and our block is not the head: without a last block that is all there is to say.
  t.is(reasonOf(await opened.sign(another)), 'slot-already-claimed');
  if (first.kind === 'signature') first.delivered();
  t.is(seen.signed, 1);
  t.is(reasonOf(await opened.sign(another)), 'fork-dropped-our-block');
});

test("once nodeos has signed by its blocks' ids, a digest that is not on the head it told is refused", async t => {
  const { desk: opened } = desk();
  await opened.sign(digest);
  t.is(reasonOf(await opened.sign(next)), 'stale-head');
});

test('before Savanna a digest says nothing of its block', async t => {
  const { desk: opened } = desk();
  t.is(reasonOf(await opened.sign('f'.repeat(64))), 'signature');
});

test('a node that is not the holder claims nothing', async t => {
  const { desk: opened, seen, journal } = desk({ ours: false });
  t.is(reasonOf(await opened.sign(digest)), 'not-holder');
  t.deepEqual(seen.swaps, []);
  t.deepEqual(journal.counters.refusals, { 'not-holder': 1 });
});

test('a wall clock that moved signs nothing', async t => {
  t.is(reasonOf(await desk({ suspect: true }).desk.sign(digest)), 'clock-moved');
});

test('a claim that was not as last written is lost, and what etcd has is told', async t => {
  const { desk: opened, seen, world } = desk();
  const theirs = stored({ v: 1, slot: 9, digest: '', holder: 'b', incarnation: 'j', epoch: 4 });
  world.swap = async () => ({ kind: 'changed', stored: theirs });
  t.is(reasonOf(await opened.sign(digest)), 'claim-lost');
  t.deepEqual(seen.claims, [theirs]);
});

test('an answer of etcd that proves nothing is a refusal', async t => {
  const { desk: opened, world } = desk();
  world.swap = async () => ({ kind: 'unclear', detail: 'no answer' });
  t.is(reasonOf(await opened.sign(digest)), 'etcd-silent');
  world.swap = () => Promise.reject(new Error('no member answers'));
  t.is(reasonOf(await opened.sign(digest)), 'etcd-silent');
});

test('without the head of nodeos nothing is signed, though the claim may have been made', async t => {
  const now = slotAt(Date.now());
  const { desk: opened, seen, world } = desk({ claimed: now - 100, head: now });
  world.info = () => Promise.reject(new NodeosError('silent', 'no answer'));
  t.is(reasonOf(await opened.sign(digest)), 'nodeos-silent');
  t.is(seen.swaps.length, 1);
});

test('a head that contradicts the claim made before it was known leaves the claim unused', async t => {
  const now = slotAt(Date.now());
  const { desk: opened, seen } = desk({ claimed: now - 100, head: now + 20 });
  t.is(reasonOf(await opened.sign(digest)), 'slot-already-claimed');
  t.is(seen.claims.length, 1);
});

/** Its claim stands when the slot is over by so many ms. */
const late = test.macro(async (t, lastSlot: (slot: number) => number, afterMs: number, expected: string) => {
  const now = slotAt(Date.now());
  const { desk: opened, world } = desk({ claimed: now - 100, head: now - 50, lastSlot: lastSlot(now + 1) });
  world.swap = async claim => {
    // Time passes once it has been asked.
    await Promise.resolve();
    world.wallMs = slotStartMs(claim.slot) + afterMs;
    return { kind: 'put', stored: stored(claim) };
  };
  t.is(reasonOf(await opened.sign(digest)), expected);
});
test('a block within our window may leave a little after its slot', late, slot => slot + 1, 100, 'signature');
test('later than that it is too late', late, slot => slot + 1, 148, 'too-late');
test('the last block of our window must leave within its slot', late, slot => slot, -2, 'too-late');

test('a second request while the first is being answered is refused', async t => {
  const { desk: opened, world } = desk();
  const release = Promise.withResolvers<void>();
  world.swap = async claim => {
    await release.promise;
    return { kind: 'put', stored: stored(claim) };
  };
  const first = opened.sign(digest);
  t.is(reasonOf(await opened.sign(next)), 'busy');
  release.resolve();
  t.is((await first).kind, 'signature');
});

test('a claim that carries our name, but that this process did not write, is not extended: somebody is our clone', async t => {
  const { desk: opened, seen, world, claimed } = desk();
  const clones = stored({ v: 1, slot: claimed + 2, digest: 'e'.repeat(64), holder: 'a', incarnation: 'i', epoch: 3 });
  world.swap = async () => ({ kind: 'changed', stored: clones });
  await opened.sign(digest);
  const swaps = seen.swaps.length;
  t.is(reasonOf(await opened.sign(next)), 'claim-lost');
  t.is(seen.swaps.length, swaps);
  t.is(seen.cloned.length, 1);
});
