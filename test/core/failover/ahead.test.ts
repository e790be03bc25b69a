import test from 'ava';
import { claimToSign, isReady, planAfter, planBetween } from '#core/failover/ahead.ts';
import type { Claim, StoredClaim } from '#core/failover/claim.ts';
import { slotStartMs } from '#core/slots.ts';

const window = { first: 1200, last: 1211 };
const claim: Claim = { v: 1, slot: 1204, digest: 'd1204', holder: 'a', incarnation: 'a-1', epoch: 5 };
const stored = (changes: Partial<Claim> = {}): StoredClaim => ({
  claim: { ...claim, ...changes },
  text: 'text',
  revision: '7',
});
const facts = { stored: stored(), unnamed: undefined, windows: [window], mark: 'm' };

test('after a signature the next slot is claimed, with the digest that was signed and a mark', t => {
  t.deepEqual(planAfter({ slot: 1204, digest: 'd1204' }, facts), {
    claim: { ...claim, slot: 1205, ahead: 'm' },
    ready: { above: 1204 },
  });
});

test('what was said of the signature before is not said again', t => {
  const planned = planAfter({ slot: 1205, digest: 'new' }, { ...facts, stored: stored({ before: 'old', ahead: 'l' }) });
  t.deepEqual(planned?.claim, { ...claim, slot: 1206, digest: 'new', ahead: 'm' });
});

test('a claim never falls: one slot too many stays claimed', t => {
  const planned = planAfter({ slot: 1203, digest: 'd' }, { ...facts, stored: stored({ slot: 1206 }) });
  t.is(planned?.claim.slot, 1206);
  t.deepEqual(planned?.ready, { above: 1203 });
});

test('at the end of our window nothing is claimed ahead', t => {
  t.is(planAfter({ slot: 1211, digest: 'd' }, { ...facts, stored: stored({ slot: 1211, digest: 'd' }) }), undefined);
});

test('but the last signature is named there, if it was made on a claim made ahead', t => {
  const last = stored({ slot: 1211, digest: 'd1210', ahead: 'l' });
  t.deepEqual(planAfter({ slot: 1211, digest: 'd1211' }, { ...facts, stored: last, unnamed: 'd1211' }), {
    claim: { ...claim, slot: 1211, digest: 'd1211' },
    ready: undefined,
  });
});

test('in the slot before our window its first one is claimed', t => {
  const before = stored({ slot: 1091 });
  t.is(planBetween(slotStartMs(1199) - 1, { ...facts, stored: before }), undefined);
  t.deepEqual(planBetween(slotStartMs(1199), { ...facts, stored: before }), {
    claim: { ...claim, slot: 1200, ahead: 'm' },
    ready: { above: 1091 },
  });
});

test('and not when it is claimed already', t => {
  t.is(planBetween(slotStartMs(1199), { ...facts, stored: stored({ slot: 1200 }) }), undefined);
});

test('a last signature that no claim names is named between our windows, or with the first claim of the next', t => {
  const unnamed = { ...facts, stored: stored({ slot: 1091, ahead: 'l' }), unnamed: 'last' };
  t.deepEqual(planBetween(slotStartMs(1150), unnamed), {
    claim: { ...claim, slot: 1091, digest: 'last' },
    ready: undefined,
  });
  t.is(planBetween(slotStartMs(1199), unnamed)?.claim.digest, 'last');
  t.is(planBetween(slotStartMs(1203), unnamed), undefined);
});

test('a claim for a signature that waits names that one, and one before it that no claim names', t => {
  const ahead = stored({ ahead: 'l' });
  t.deepEqual(claimToSign(ahead, 1206, 'd', undefined), { ...claim, slot: 1206, digest: 'd' });
  t.deepEqual(claimToSign(ahead, 1206, 'd', 'e'), { ...claim, slot: 1206, digest: 'd', before: 'e' });
});

test('only the claim that stands lies ready', t => {
  t.true(isReady({ text: 'text', slot: 1205, above: 1204 }, stored()));
  t.false(isReady({ text: 'another', slot: 1205, above: 1204 }, stored()));
});
