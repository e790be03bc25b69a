// In which states a node signs.

import test from 'ava';
import type { State } from '#core/failover/state.ts';
import { mayClaimAheadIn, maySignIn } from '#core/failover/tenure.ts';
import { presence } from './presences.ts';

const resuming = { kind: 'resuming', sinceMs: 0, reason: '', notBeforeMs: 0, patienceMs: 60 } as const;
const request = { v: 1, kind: 'handover', id: 'r', target: null, moment: 'now', by: '' } as const;
const handing = { kind: 'handing', request, target: presence('b'), pausedAtMs: 0 } as const;

const inState = test.macro((t, state: State, signs: boolean, claimsAhead: boolean) => {
  t.deepEqual([maySignIn(state), mayClaimAheadIn(state)], [signs, claimsAhead]);
});

test('a node that starts signs nothing', inState, { kind: 'starting' }, false, false);
test('a standby signs nothing', inState, { kind: 'standby' }, false, false);
test('one that takes the claim signs nothing yet', inState, { kind: 'taking', reason: '' }, false, false);
test(
  'a new holder signs nothing before it has asked nodeos to resume',
  inState,
  { ...resuming, asked: false },
  false,
  false,
);
test('once it has asked, it signs', inState, { ...resuming, asked: true }, true, false);
test('a holder signs, and claims ahead', inState, { kind: 'holding' }, true, true);
test('so does one that waits to hand over', inState, { ...handing, phase: 'waiting' }, true, true);
test(
  'one that pauses nodeos signs the block in progress, and claims none ahead',
  inState,
  { ...handing, phase: 'pausing' },
  true,
  false,
);
test('and so while that is finished', inState, { ...handing, phase: 'finishing' }, true, false);
test('one that gives the claim signs nothing more', inState, { ...handing, phase: 'giving' }, false, false);
test('a deposed node signs nothing', inState, { kind: 'deposed', reason: '' }, false, false);
