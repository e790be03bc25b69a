// A holder that hands over, because it was asked to or by itself.

import test from 'ava';
import {
  aGivingOne,
  aHandingOne,
  aHolderWithStandby,
  other,
  ours,
  request,
  said,
  self,
  stored,
  types,
} from './driver.ts';

test('a handover pauses, waits for the block in progress, and gives slot and digest to the target', t => {
  const driver = aHandingOne();
  t.deepEqual(driver.commands.at(-1), {
    type: 'answer',
    answer: { v: 1, id: 'r1', outcome: 'accepted', node: 'self', reason: 'to other, at once' },
  });
  t.deepEqual(types(driver.after(5)), ['pause']);
  driver.on({ type: 'paused', ok: true });
  // The last block of the tenure is claimed meanwhile; the target must know of it.
  const last = ours({ slot: 1205, digest: 'last' });
  driver.on({ type: 'claim', stored: last });
  t.deepEqual(driver.after(599), []);
  t.deepEqual(driver.after(1), [
    {
      type: 'give',
      expected: last,
      claim: { v: 1, slot: 1205, digest: 'last', holder: 'other', incarnation: 'other-1', epoch: 6 },
      reason: 'handover asked by an operator',
    },
  ]);
});

test('a handover gives the claim as soon as the block in progress is signed', t => {
  const driver = aHandingOne();
  driver.after(5);
  driver.on({ type: 'signed', digest: 'd', isNamed: true });
  driver.on({ type: 'paused', ok: true });
  t.deepEqual(driver.after(450), [], 'one that was signed before nodeos had answered need not be the last');
  const last = ours({ slot: 1205, digest: 'last' });
  driver.on({ type: 'claim', stored: last });
  t.like(driver.on({ type: 'signed', digest: 'd', isNamed: true }), [{ type: 'give', expected: last }]);
});

test('a handover at once waits for a signature that is due', t => {
  const driver = aHandingOne();
  driver.slot = 1203;
  driver.nowMs = 10_320;
  driver.on({ type: 'claim', stored: ours({ slot: 1203 }) });
  t.deepEqual(driver.after(0), []);
  driver.on({ type: 'claim', stored: ours({ slot: 1204 }) });
  t.deepEqual(types(driver.after(5)), ['pause']);
});

test('a handover gives the digest of the last block, also when it was signed on a claim made ahead', t => {
  const driver = aHandingOne();
  driver.after(5);
  driver.on({ type: 'claim', stored: ours({ slot: 1205, digest: 'before', ahead: 'm' }) });
  driver.on({ type: 'paused', ok: true });
  const [give] = driver.on({ type: 'signed', digest: 'last', isNamed: false });
  t.deepEqual(give?.type === 'give' ? give.claim : undefined, {
    v: 1,
    slot: 1205,
    digest: 'last',
    holder: 'other',
    incarnation: 'other-1',
    epoch: 6,
  });
});

test('a digest is given by a later claim only until that one has named it, or another tenure has begun', t => {
  const driver = aHandingOne();
  const unnamed = () => driver.monitor.knows.unnamed;
  const signs = () => driver.on({ type: 'signed', digest: 'last', isNamed: false });
  signs();
  t.is(unnamed(), 'last');
  driver.on({ type: 'claim', stored: ours({ slot: 1205, digest: 'last' }) });
  t.is(unnamed(), undefined);
  signs();
  driver.on({ type: 'claim', stored: ours({ slot: 1206, digest: 'next', before: 'last' }) });
  t.is(unnamed(), undefined);
  signs();
  driver.on({ type: 'claim', stored: stored({ slot: 1206, epoch: 6 }) });
  t.is(unnamed(), undefined);
});

test('a handover that etcd took leaves a standby', t => {
  const driver = aGivingOne();
  t.deepEqual(said(driver.on({ type: 'gave', outcome: 'put', stored: stored({ epoch: 6 }) })), ['handed over']);
  t.is(driver.role, 'standby');
});

test('a handover seen by the watch before its own answer is a handover, not a defeat', t => {
  const driver = aGivingOne();
  const given = stored({ epoch: 6 });
  driver.on({ type: 'claim', stored: given });
  driver.on({ type: 'gave', outcome: 'put', stored: given });
  t.is(driver.role, 'standby');
  t.deepEqual(said(driver.commands).slice(-1), ['handed over']);
  t.false(said(driver.commands).includes('deposed'));
});

test('a claim that somebody else took while it was being given deposes', t => {
  const driver = aGivingOne();
  driver.on({ type: 'claim', stored: stored({ holder: 'third', incarnation: 'third-1', epoch: 6 }) });
  t.is(driver.role, 'deposed');
});

test('a handover that etcd refused resumes nodeos and answers why', t => {
  const driver = aGivingOne();
  driver.sees({ paused: true });
  const commands = driver.on({ type: 'gave', outcome: 'changed', stored: undefined });
  t.like(commands[0], { type: 'answer', answer: { id: 'r1', outcome: 'refused' } });
  t.is(driver.role, 'resuming');
});

test('a handover stopped before its pause goes on holding', t => {
  const driver = aHandingOne();
  driver.on({ type: 'nodes', nodes: [self] });
  t.is(driver.role, 'holding');
});

test('a holder that is deposed during a handover pauses', t => {
  const driver = aHandingOne();
  driver.on({ type: 'claim', stored: stored({ epoch: 6 }) });
  t.is(driver.role, 'deposed');
});

test('a holder that is drained hands over in the gap by itself', t => {
  const driver = aHolderWithStandby({ draining: true, eligible: false, why: ['it is draining'] });
  t.deepEqual(said(driver.on({ type: 'tick' })), ['leaving', 'handover accepted']);
  t.is(driver.role, 'handing');
  t.deepEqual(types(driver.after(10)), ['pause']);
});

test('a holder that could not be a standby hands over after three seconds', t => {
  const driver = aHolderWithStandby({ eligible: false, why: ['it has 0 live peers'] });
  driver.on({ type: 'tick' });
  const nodes = [self, { ...other, role: 'standby' as const }];
  driver.after(2000, { type: 'nodes', nodes });
  t.deepEqual(driver.after(999), []);
  t.deepEqual(said(driver.after(1)), ['leaving', 'handover accepted']);
});

test('and not in maintenance', t => {
  const driver = aHolderWithStandby({ eligible: false, why: ['it has 0 live peers'] });
  driver.on({ type: 'maintenance', notice: { v: 1, by: 'an operator', why: 'etcd moves', atMs: 0 } });
  driver.on({ type: 'tick' });
  t.deepEqual(driver.after(60_000), []);
});

test('a holder that nobody can relieve says so once, and tries again every five seconds', t => {
  const driver = aHolderWithStandby({ draining: true, eligible: false, why: ['it is draining'] });
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(said(driver.on({ type: 'tick' })), ['cannot leave']);
  driver.after(4000, { type: 'nodes', nodes: [self] });
  t.deepEqual(driver.after(1000), []);
  driver.after(4000, { type: 'nodes', nodes: [self, { ...other, role: 'standby' }] });
  t.deepEqual(driver.after(999), []);
  t.deepEqual(said(driver.after(1)), ['leaving', 'handover accepted']);
});

test('a holder that has lost sight of its fellows does not try', t => {
  const driver = aHolderWithStandby({ draining: true, eligible: false, why: ['it is draining'] });
  t.deepEqual(driver.after(2501), []);
});

test('what an operator asks for comes before a handover of the node’s own', t => {
  const driver = aHolderWithStandby({ draining: true, eligible: false, why: ['it is draining'] });
  driver.slot = 1198;
  driver.on({ type: 'tick' });
  t.is(driver.role, 'handing');
  driver.on({ type: 'request', request: { ...request, id: 'r2', target: 'other' } });
  t.is(driver.role, 'holding');
  const commands = driver.after(1);
  t.like(commands[0], { type: 'answer', answer: { id: 'r2', outcome: 'accepted' } });
});
