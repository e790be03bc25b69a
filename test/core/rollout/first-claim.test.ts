import test from 'ava';
import { firstClaim } from '#core/rollout/first-claim.ts';

test('between windows the claim starts just ahead of every clock', t => {
  t.is(firstClaim(1000, { first: 1100, last: 1111 }).slot, 1004);
});

test('within our window the claim lies past all of it', t => {
  t.is(firstClaim(1000, { first: 995, last: 1006 }).slot, 1006);
});

test('a window about to begin counts as begun', t => {
  t.is(firstClaim(1000, { first: 1003, last: 1014 }).slot, 1014);
});

test('at the end of a window the margin still holds', t => {
  t.is(firstClaim(1000, { first: 990, last: 1001 }).slot, 1004);
});

test('a producer that is not scheduled waits for a whole round of a full schedule', t => {
  t.is(firstClaim(1000, null).slot, 1004 + 252);
});

test('nobody holds it', t => {
  t.like(firstClaim(1, null), { holder: '', incarnation: '', digest: '', epoch: 0, v: 1 });
});
