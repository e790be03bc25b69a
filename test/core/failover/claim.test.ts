import test from 'ava';
import { type Claim, claimFormat, claimVersion, parseClaim, renderClaim, signedUpTo } from '#core/failover/claim.ts';

const claim: Claim = { v: 1, slot: 1204, digest: 'ab', holder: 'aws-a', incarnation: 'i-1', epoch: 7 };
const text = '{"v":1,"slot":1204,"digest":"ab","holder":"aws-a","incarnation":"i-1","epoch":7}';

test('equal claims are equal texts, whatever the order of their fields', t => {
  const { v, ...rest } = claim;
  t.is(renderClaim(claim), text);
  t.is(renderClaim({ ...rest, v }), text);
});

test('a claim is read as it was written', t => {
  t.deepEqual(parseClaim(text), { kind: 'claim', claim });
});

test('what a claim made ahead says besides is written after the rest, and read', t => {
  const made = { ...claim, before: 'cd', ahead: '0f' };
  t.is(renderClaim(made), text.replace('7}', '7,"before":"cd","ahead":"0f"}'));
  t.deepEqual(parseClaim(renderClaim(made)), { kind: 'claim', claim: made });
});

test('nobody can have signed for the slot of a claim made ahead, as far as it says', t => {
  t.is(signedUpTo(claim), 1204);
  t.is(signedUpTo({ ...claim, ahead: '0f' }), 1203);
});

test('a claim of a newer format is told apart, so that it is neither signed under nor taken', t => {
  t.deepEqual(parseClaim('{"v":2,"fence":"unknown"}'), { kind: 'newer', version: 2 });
});

const broken = test.macro((t, broken: string, problem: string) => {
  t.deepEqual(parseClaim(broken), { kind: 'broken', problem });
});
test('no JSON is broken', broken, '{', 'it is not JSON');
test('null is broken', broken, 'null', 'it is not an object');
test('a claim without a version is broken', broken, '{}', 'v is not a whole number');
test('a negative slot is broken', broken, text.replace('1204', '-1'), 'slot is not a slot number');
test('a slot with a fraction is broken', broken, text.replace('1204', '1.5'), 'slot is not a slot number');
test('a slot too large to count on is broken', broken, text.replace('1204', '1e300'), 'slot is not a slot number');
test('an epoch in words is broken', broken, text.replace('7}', '"7"}'), 'epoch is not a whole number');
test(
  'a holder that is no text is broken',
  broken,
  text.replace('"aws-a"', 'null'),
  'digest, holder or incarnation is not a string',
);
test('a mark that is no text is broken', broken, text.replace('7}', '7,"ahead":1}'), 'before or ahead is not a string');

test('a claim is written in the newest format that all monitors can read', t => {
  t.is(claimFormat([1, 1]), 1);
  t.is(claimFormat([2, 3]), claimVersion);
  t.is(claimFormat([]), claimVersion);
});
