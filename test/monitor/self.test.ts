// What a node says of itself, with clocks that a test moves.

import test from 'ava';
import type { Claim } from '#core/failover/claim.ts';
import { slotStartMs } from '#core/slots.ts';
import type { MonitorConfig } from '../../monitor/config.ts';
import { describeSelf } from '../../monitor/self.ts';
import { stored } from '../core/failover/driver.ts';
import { chainId, nodeosView, presence } from '../core/failover/presences.ts';

/** Describes itself beside two fellows whose clocks are right, and who have just written. */
function aNode() {
  const clock = { nowMs: 0, stepMs: 0, isSuspect: false };
  const config = { node: 'self', chainId, minPeers: 1 } as MonitorConfig;
  const self = describeSelf(config, 'self-1', {
    time: { wallMs: () => clock.nowMs + clock.stepMs, nowMs: () => clock.nowMs, after: () => () => undefined },
    isClockSuspect: () => clock.isSuspect,
    isEtcdReachable: () => true,
  });
  self.nodeos = nodeosView();
  const after = (ms: number) => {
    clock.nowMs += ms;
    const nodes = ['b', 'c'].map(node => presence(node, { wallMs: clock.nowMs }));
    return self.describe('standby', { nodes, stored: undefined, dueWindows: [] });
  };
  return { clock, self, after };
}

test('a node whose clock has stepped is soon found apart from its fellows, whatever was compared before', t => {
  const { clock, after } = aNode();
  for (let seconds = 0; seconds < 8; seconds++) t.true(after(1000).eligible);
  Object.assign(clock, { stepMs: 5000, isSuspect: true });
  t.deepEqual(after(10).why, ['its wall clock moved within the last 2 s']);
  clock.isSuspect = false;
  after(1000);
  after(1000);
  t.deepEqual(after(1000).why, ["its clock is 5000 ms away from its fellows' median"]);
});

test('the node that holds the claim promises a pace before our window, and no other does', t => {
  const { clock, self } = aNode();
  const dueWindows = [{ first: 1200, last: 1211 }];
  clock.nowMs = slotStartMs(1198);
  const paceWith = (changes: Partial<Claim>) =>
    self.describe('holding', { nodes: [], stored: stored({ slot: 900, ...changes }), dueWindows }).paceMs;
  t.is(paceWith({ holder: 'self', incarnation: 'self-1' }), 150);
  t.is(paceWith({ holder: 'self', incarnation: 'self-0' }), null);
  t.is(paceWith({}), null);
});
