// The signing desk where claims are made ahead: what it asks of etcd and when, and which signatures wait for nothing.

import test from 'ava';
import { machineTime } from '#adapters/clock/machine.ts';
import type { Nodeos } from '#adapters/nodeos/client.ts';
import type { Signer } from '#adapters/signature/k1.ts';
import { type Claim, renderClaim, type StoredClaim } from '#core/failover/claim.ts';
import { slotAt, slotStartMs } from '#core/slots.ts';
import { startJournal } from '../../monitor/journal.ts';
import type { ClaimOutcome, Register } from '../../monitor/register.ts';
import { openSigningDesk, type SignerPort, type Tenure } from '../../monitor/signer.ts';

const idOf = (num: number) => num.toString(16).padStart(8, '0').padEnd(64, 'a');
const signer: Signer = { publicKey: 'EOS', sign: digest => `SIG_${digest}` };

/** Holds a claim well ahead of the clock, so that the head alone tells the slot and nothing is too late. */
function desk() {
  const first = slotAt(Date.now()) + 20;
  const before: Claim = { v: 1, slot: first - 1, digest: '', holder: 'a', incarnation: 'i', epoch: 3 };
  let revision = 7;
  const storedOf = (claim: Claim): StoredClaim => ({ claim, text: renderClaim(claim), revision: String(++revision) });
  const world = {
    stored: storedOf(before),
    windows: [{ first, last: first + 11 }],
    mayClaimAhead: true,
    isOurs: true,
    clockAheadMs: 0,
    /** What etcd answers; by default it does as told. */
    swap: async (claim: Claim): Promise<ClaimOutcome> => ({ kind: 'put', stored: storedOf(claim) }),
  };
  const begunWith = world.stored.text;
  const seen = { swaps: [] as Claim[], named: [] as boolean[] };
  let unnamed: string | undefined;
  let head = { id: idOf(10), num: 10, slot: first - 1, producer: 'them' };
  const port: SignerPort = {
    asked: () => undefined,
    tenure: (): Tenure | undefined => {
      const { stored, windows, mayClaimAhead, isOurs } = world;
      return isOurs ? { stored, begunWith, windows, unnamed, mayClaimAhead } : undefined;
    },
    claimSeen: stored => {
      if (stored === undefined) return;
      world.stored = stored;
      if (stored.claim.digest === unnamed || stored.claim.before === unnamed) unnamed = undefined;
      if (stored.claim.holder !== 'a') world.isOurs = false;
    },
    signed: (digest, isNamed) => {
      seen.named.push(isNamed);
      unnamed = isNamed ? undefined : digest;
    },
    cloned: () => undefined,
    isClockSuspect: () => false,
  };
  const register: Pick<Register, 'swapClaim'> = {
    swapClaim: (_, claim) => {
      seen.swaps.push(claim);
      return world.swap(claim);
    },
  };
  const nodeos: Pick<Nodeos, 'info'> = {
    info: async () => ({
      chainId: '',
      version: '',
      headNum: head.num,
      headId: head.id,
      headSlot: head.slot,
      headProducer: head.producer,
      lib: 8,
    }),
  };
  let marks = 0;
  const journal = startJournal('a', () => undefined, machineTime);
  const parts = {
    signer,
    register: register as Register,
    nodeos: nodeos as Nodeos,
    journal,
    producer: 'us',
    time: { ...machineTime, wallMs: () => Date.now() + world.clockAheadMs },
    mark: () => `m${++marks}`,
  };
  const opened = openSigningDesk(parts, port);
  /** Asks for the next block, which becomes the head when it is signed. */
  const make = async (skipped = 0): Promise<string> => {
    const digest = idOf(head.num + 1);
    const answer = await opened.sign(digest);
    if (answer.kind === 'refused') return answer.reason;
    answer.delivered();
    head = { id: digest, num: head.num + 1, slot: head.slot + 1 + skipped, producer: 'us' };
    return 'signed';
  };
  const skip = (slots: number) => {
    head = { ...head, slot: head.slot + slots };
  };
  /** Lets what is under way be answered. */
  const settle = () => new Promise(resolve => setImmediate(resolve));
  return { opened, world, seen, journal, first, make, skip, settle, storedOf };
}

test('the second signature waits for no claim: the one after the first has been made for it', async t => {
  const { make, seen, settle, first, journal } = desk();
  t.is(await make(), 'signed');
  await settle();
  t.deepEqual(
    seen.swaps.map(({ slot, digest, ahead }) => [slot, digest, ahead]),
    [
      [first, idOf(11), undefined],
      [first + 1, idOf(11), 'm1'],
    ],
  );
  t.is(await make(), 'signed');
  t.deepEqual(seen.named, [true, false]);
  await settle();
  t.deepEqual(
    seen.swaps.slice(2).map(({ slot, digest }) => [slot, digest]),
    [[first + 2, idOf(12)]],
  );
  t.deepEqual(journal.measures.ahead, { claims: 2, signatures: 1 });
});

test('a claim made ahead pays once: while the next is not made, a signature waits for its own, which names the one before', async t => {
  const { make, seen, settle, world, first } = desk();
  await make();
  await settle();
  world.swap = () => Promise.reject(new Error('etcd is silent'));
  t.is(await make(), 'signed');
  await settle();
  t.is(await make(), 'etcd-silent');
  const { digest, before, ahead } = seen.swaps.at(-1) ?? {};
  t.deepEqual([digest, before, ahead], [idOf(13), idOf(12), undefined]);
  t.is(world.stored.claim.slot, first + 1);
});

test('a block of a later slot waits for its own claim, and the unused one is lost', async t => {
  const { make, seen, settle, skip, first } = desk();
  await make();
  await settle();
  skip(1);
  t.is(await make(), 'signed');
  t.like(seen.swaps[2], { slot: first + 2, digest: idOf(12) });
  t.deepEqual(seen.named, [true, true]);
});

test('a request that comes while a claim is being made ahead waits for it', async t => {
  const { make, seen, world, storedOf } = desk();
  await make();
  const { promise, resolve } = Promise.withResolvers<ClaimOutcome>();
  const { length } = seen.swaps;
  world.swap = () => promise;
  // The claim after the first signature has been answered by now, and pays; the one after the second hangs.
  t.is(await make(), 'signed');
  const third = make();
  t.is(seen.swaps.length, length + 1);
  resolve({ kind: 'put', stored: storedOf(seen.swaps.at(-1) as Claim) });
  t.is(await third, 'signed');
  t.deepEqual(seen.named, [true, false, false]);
});

test('and no longer than until the end of its slot', async t => {
  const { make, world, first } = desk();
  await make();
  world.swap = () => new Promise(() => undefined);
  t.is(await make(), 'signed');
  world.clockAheadMs = slotStartMs(first + 2) - Date.now() - 20;
  t.is(await make(), 'etcd-silent');
});

test('a claim made ahead whose answer was lost pays once it is seen to stand', async t => {
  const { make, seen, settle, world, storedOf } = desk();
  world.swap = async claim =>
    claim.ahead === undefined ? { kind: 'put', stored: storedOf(claim) } : { kind: 'unclear', detail: 'no answer' };
  await make();
  await settle();
  const lost = storedOf(seen.swaps.at(-1) as Claim);
  world.swap = async () => ({ kind: 'changed', stored: lost });
  t.is(await make(), 'signed');
  t.is(seen.named.at(-1), false);
});

test('a claim that cannot be made ahead, since another holds the claim, ends the tenure', async t => {
  const { make, settle, world, storedOf } = desk();
  await make();
  world.swap = async claim => ({
    kind: 'changed',
    stored: storedOf({ ...claim, holder: 'b', incarnation: 'j', epoch: 4, slot: claim.slot - 1 }),
  });
  await settle();
  t.is(await make(), 'signed');
  await settle();
  t.is(await make(), 'not-holder');
});

test('a signature on a claim made ahead is refused when it would leave too late', async t => {
  const { make, settle, world, first } = desk();
  world.windows = [{ first, last: first + 1 }];
  await make();
  await settle();
  // Before the clock is in the last block's slot, and too close to its end.
  world.clockAheadMs = slotStartMs(first + 1) - Date.now() - 2;
  t.is(await make(), 'too-late');
});

test('a node that is about to leave claims nothing ahead, and still uses what lies ready', async t => {
  const { make, seen, settle, world } = desk();
  await make();
  await settle();
  world.mayClaimAhead = false;
  t.is(await make(), 'signed');
  await settle();
  t.is(seen.swaps.length, 2);
});

test('the first slot of our window is claimed in the slot before it, once', async t => {
  const { opened, seen, settle, world, first } = desk();
  opened.lookAhead();
  t.deepEqual(seen.swaps, []);
  world.stored = { ...world.stored, claim: { ...world.stored.claim, slot: first - 100 } };
  world.clockAheadMs = slotStartMs(first - 1) - Date.now();
  opened.lookAhead();
  opened.lookAhead();
  await settle();
  opened.lookAhead();
  t.deepEqual(
    seen.swaps.map(({ slot }) => slot),
    [first],
  );
  t.regex(seen.swaps[0]?.ahead ?? '', /^m/);
});

test('at the end of our window the last signature is named', async t => {
  const { make, seen, settle, world, first } = desk();
  world.windows = [{ first, last: first + 1 }];
  await make();
  await settle();
  await make();
  await settle();
  const { slot, digest, ahead } = seen.swaps.at(-1) ?? {};
  t.deepEqual([slot, digest, ahead], [first + 1, idOf(12), undefined]);
});
