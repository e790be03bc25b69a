// Requests of operators, answered by whoever they concern.

import test from 'ava';
import { aHolder, aHolderWithStandby, aStandby, failover, other, ours, request, self, types } from './driver.ts';

test('a request is answered once', t => {
  const driver = aHolder();
  driver.on({ type: 'nodes', nodes: [self] });
  const [answer] = driver.on({ type: 'request', request });
  t.like(answer, { type: 'answer', answer: { id: 'r1', outcome: 'refused' } });
  t.deepEqual(driver.on({ type: 'request', request }), []);
  t.deepEqual(driver.after(1000), []);
});

test('a request for a handover to the holder is done already', t => {
  const driver = aHolder();
  t.like(driver.on({ type: 'request', request: { ...request, target: 'self' } })[0], {
    type: 'answer',
    answer: { outcome: 'done', reason: 'self signs already' },
  });
});

test('the target answers a request as done when its nodeos is resumed', t => {
  const driver = aStandby();
  driver.on({ type: 'request', request: { ...request, target: 'self' } });
  driver.on({ type: 'claim', stored: ours({ epoch: 6, slot: 900 }) });
  driver.after(60);
  const commands = driver.on({ type: 'resumed', ok: true });
  t.like(commands[1], { type: 'answer', answer: { id: 'r1', outcome: 'done', node: 'self' } });
  driver.sees({ paused: false });
  t.deepEqual(types(driver.after(1000)), []);
});

test('a failover makes the best standby take the claim, whatever its holder does', t => {
  const driver = aStandby();
  driver.on({ type: 'request', request: failover });
  const [take] = driver.after(5);
  t.like(take, { type: 'take', reason: 'failover asked by an operator' });
  driver.on({ type: 'took', outcome: 'put', stored: ours({ epoch: 6 }) });
  driver.after(60);
  const commands = driver.on({ type: 'resumed', ok: true });
  t.like(commands[1], { type: 'answer', answer: { id: 'f1', outcome: 'done', node: 'self' } });
});

test('a failover asked for under an earlier epoch is void', t => {
  const driver = aStandby();
  driver.on({ type: 'request', request: { ...failover, epoch: 4 } });
  t.deepEqual(driver.after(1000), []);
});

test('a failover to a node that cannot is refused by that node, once', t => {
  const driver = aStandby([{ ...self, eligible: false, why: ['it is draining'] }, other]);
  driver.monitor = { ...driver.monitor, knows: { ...driver.monitor.knows, self: { ...self, eligible: false } } };
  driver.on({ type: 'request', request: { ...failover, target: 'self' } });
  t.like(driver.after(5)[0], {
    type: 'answer',
    answer: { id: 'f1', outcome: 'refused', reason: 'self: it is draining' },
  });
  t.deepEqual(driver.after(1000), []);
});

test('a holder that is drained leaves whatever failover is asked for', t => {
  const driver = aHolderWithStandby({ draining: true, eligible: false, why: ['it is draining'] });
  driver.on({ type: 'request', request: { ...failover, epoch: 1 } });
  driver.on({ type: 'tick' });
  t.is(driver.role, 'handing');
});

test('a holder leaves a failover to the standbys', t => {
  const driver = aHolder();
  t.deepEqual(driver.on({ type: 'request', request: failover }), []);
  t.is(driver.role, 'holding');
});

test('in maintenance nobody takes over, and what is asked for is done all the same', t => {
  const driver = aStandby();
  driver.on({ type: 'maintenance', notice: { v: 1, by: 'an operator', why: 'etcd moves', atMs: 0 } });
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(driver.after(60_000), []);
  driver.on({ type: 'request', request: failover });
  t.deepEqual(types(driver.after(5)), ['take']);
});
