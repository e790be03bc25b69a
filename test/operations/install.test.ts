import test from 'ava';
import { parseClaim } from '#core/failover/claim.ts';
import { slotAt } from '#core/slots.ts';
import { installEnvironment } from '#operations/install.ts';
import { FakeFleet } from '../fakes/fleet.ts';

const quiet = { report: () => {} };

test('etcd first, then the nodes, then the claim', async t => {
  const fleet = new FakeFleet();
  const result = await installEnvironment(fleet, quiet);
  t.is(result.kind, 'installed', JSON.stringify(result));
  t.deepEqual(fleet.actions, [
    'upgrade etcd-aws',
    'upgrade etcd-gcp',
    'upgrade etcd-witness',
    'upgrade aws-a',
    'upgrade aws-b',
    'upgrade gcp-a',
    'upgrade gcp-b',
  ]);
  const claim = parseClaim(fleet.etcd.get(fleet.keys.claim) ?? '');
  t.is(claim.kind, 'claim');
  if (claim.kind !== 'claim') return;
  t.like(claim.claim, { holder: '', epoch: 0 });
  t.true(claim.claim.slot > slotAt(fleet.nowMs) - 60);
});

test('again: nothing is applied and the claim is not touched', async t => {
  const fleet = FakeFleet.running('aws-a');
  const before = fleet.etcd.get(fleet.keys.claim);
  t.is((await installEnvironment(fleet, quiet)).kind, 'installed');
  t.deepEqual(fleet.actions, []);
  t.is(fleet.etcd.get(fleet.keys.claim), before);
});

test('an outdated node is left to a rollout', async t => {
  const fleet = FakeFleet.running('aws-a');
  fleet.want('nodeos:2');
  t.is((await installEnvironment(fleet, quiet)).kind, 'installed');
  t.deepEqual(fleet.actions, []);
});

test('without a node in sync no claim is created: its slot would be a guess', async t => {
  const fleet = new FakeFleet();
  for (const node of ['aws-a', 'aws-b', 'gcp-a', 'gcp-b']) fleet.silent.add(node);
  const result = await installEnvironment(fleet, quiet);
  t.is(result.kind, 'failed');
  t.regex(result.kind === 'failed' ? result.why : '', /no node is in sync.*the claim was not created/);
  t.is(fleet.etcd.get(fleet.keys.claim), undefined);
});

test('without a stable etcd no node is installed', async t => {
  const fleet = new FakeFleet();
  fleet.etcd.away.add('gcp');
  const result = await installEnvironment(fleet, quiet);
  t.regex(result.kind === 'failed' ? result.why : '', /etcd is not stable/);
  t.false(fleet.actions.includes('upgrade aws-a'));
});

test('an image that does not exist is told before the time is up', async t => {
  const fleet = new FakeFleet();
  fleet.want('nodeos:missing', release => release.name === 'gcp-a');
  const before = fleet.nowMs;
  const result = await installEnvironment(fleet, quiet);
  t.regex(result.kind === 'failed' ? result.why : '', /gcp-a: .*ErrImagePull/);
  t.true(fleet.nowMs - before < 120_000);
});
