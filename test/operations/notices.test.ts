import test from 'ava';
import { drainNode, endMaintenance, startMaintenance, undrainNode } from '#operations/notices.ts';
import { FakeFleet } from '../fakes/fleet.ts';

const alice = { by: 'alice', why: 'disk' };
const bob = { by: 'bob', why: 'no reason' };

test('a holder that is drained hands over, and the drain stands', async t => {
  const fleet = FakeFleet.running('aws-a');
  t.like(await drainNode(fleet, 'aws-a', alice), {
    kind: 'done',
    stood: false,
    text: 'aws-a is drained; it does not hold the claim.',
  });
  t.not(fleet.holder(), 'aws-a');
  t.like(JSON.parse(fleet.etcd.get(`${fleet.keys.drain}aws-a`) ?? ''), { v: 1, ...alice });
});

test('a node that is drained already stays so for the first reason', async t => {
  const fleet = FakeFleet.running('aws-a');
  await drainNode(fleet, 'gcp-a', alice);
  const again = await drainNode(fleet, 'gcp-a', bob);
  t.like(again, { kind: 'done', stood: true });
  t.regex(
    again.kind === 'done' ? again.text : '',
    /^gcp-a was drained already, by alice at 2026-.*: disk; it does not hold/,
  );
});

test('a holder that cannot leave is told as such, and after two rounds as not confirmed', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'ignore';
  for (const node of ['aws-b', 'gcp-a', 'gcp-b']) await drainNode(fleet, node, alice);
  const before = fleet.nowMs;
  const said: string[] = [];
  const result = await drainNode(fleet, 'aws-a', { ...alice, onWait: text => said.push(text) });
  t.is(result.kind, 'unconfirmed');
  t.is(said[0], 'aws-a holds the claim; no other node is eligible, so it keeps it');
  t.is(Math.round((fleet.nowMs - before) / 1000), 252);
  t.not(fleet.etcd.get(`${fleet.keys.drain}aws-a`), undefined, 'the drain stands');
});

test('two operators who want the opposite each hear of the other', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.handovers = 'ignore';
  let undrained: ReturnType<typeof undrainNode> | undefined;
  const drained = await drainNode(fleet, 'aws-a', {
    ...alice,
    onWait: () => {
      undrained ??= undrainNode(fleet, 'aws-a', bob);
    },
  });
  t.deepEqual(drained, { kind: 'crossed', reason: 'somebody undrained aws-a in the meantime.' });
  t.regex(JSON.stringify(await undrained), /aws-a is no longer drained \(it was, by alice/);
});

test('an undrain that is crossed by a drain says whose', async t => {
  const fleet = FakeFleet.running('aws-a');
  await drainNode(fleet, 'gcp-a', alice);
  fleet.onTick = () => fleet.etcd.put(`${fleet.keys.drain}gcp-a`, JSON.stringify({ v: 1, ...bob, atMs: 1 }));
  t.deepEqual(await undrainNode(fleet, 'gcp-a', alice), {
    kind: 'crossed',
    reason: 'bob drained gcp-a again in the meantime.',
  });
});

test('nothing to undrain is no failure', async t => {
  const fleet = FakeFleet.running('aws-a');
  t.like(await undrainNode(fleet, 'gcp-a', alice), { kind: 'done', stood: true });
});

test('a node that nobody knows is neither drained nor undrained; a drain of one that is gone is removed', async t => {
  const fleet = FakeFleet.running('aws-a');
  t.regex(JSON.stringify(await drainNode(fleet, 'oci-a', alice)), /"refused".*no node oci-a; testnet has aws-a/);
  t.is(fleet.etcd.get(`${fleet.keys.drain}oci-a`), undefined);
  t.regex(JSON.stringify(await undrainNode(fleet, 'oci-a', alice)), /"refused".*no node oci-a/);
  fleet.etcd.put(`${fleet.keys.drain}oci-a`, '{}');
  t.like(await undrainNode(fleet, 'oci-a', alice), { kind: 'done', stood: false });
  t.is(fleet.etcd.get(`${fleet.keys.drain}oci-a`), undefined);
});

test('a node whose pod is going down stays unavailable after it is undrained, which is said', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.monitorChanges.set('gcp-a', { draining: true, eligible: false, why: ['it is draining'] });
  await drainNode(fleet, 'gcp-a', alice);
  t.regex(JSON.stringify(await undrainNode(fleet, 'gcp-a', alice)), /"unconfirmed".*the pod is being stopped/);
});

test('maintenance is switched on once, and off once', async t => {
  const fleet = FakeFleet.running('aws-a');
  t.like(await startMaintenance(fleet, alice), { kind: 'done', stood: false });
  t.regex(JSON.stringify(await startMaintenance(fleet, bob)), /"stood":true.*maintenance was on already, by alice/);
  t.regex(JSON.stringify(await endMaintenance(fleet)), /"stood":false.*maintenance is off \(it was on, by alice/);
  t.regex(JSON.stringify(await endMaintenance(fleet)), /"stood":true.*not on: nothing to do/);
  t.is(fleet.etcd.get(fleet.keys.maintenance), undefined);
});

test('maintenance that another switches off, or on, right away is told as undone', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.onTick = () => fleet.etcd.keys.delete(fleet.keys.maintenance);
  t.deepEqual(await startMaintenance(fleet, alice), {
    kind: 'crossed',
    reason: 'somebody switched it off in the meantime.',
  });
  fleet.onTick = () => {};
  await startMaintenance(fleet, alice);
  fleet.onTick = () => fleet.etcd.put(fleet.keys.maintenance, JSON.stringify({ v: 1, ...bob, atMs: 1 }));
  t.deepEqual(await endMaintenance(fleet), { kind: 'crossed', reason: 'bob switched it on again in the meantime.' });
});
