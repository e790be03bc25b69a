// The register on a real etcd in trouble: full, without a majority, compacted, its claim deleted, its leases gone, set back in time.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { Etcd3 } from 'etcd3';
import { machineTime as time } from '#adapters/clock/machine.ts';
import { connectCluster } from '#adapters/etcd/cluster.ts';
import { EtcdError } from '#adapters/etcd/error.ts';
import { type Claim, renderClaim, type StoredClaim } from '#core/failover/claim.ts';
import { registerKeys } from '#core/failover/keys.ts';
import { openRegister, type Register } from '../../monitor/register.ts';
import { watchRegister } from '../../monitor/register-watch.ts';
import { startRepeater } from '../../monitor/repeat.ts';
import { ensureTools } from '../../tools/install.ts';
import { startOneMember } from '../adapters/etcd/one-member.ts';
import { freePorts, startThreeMembers, type ThreeMembers } from '../adapters/etcd/three-members.ts';
import { presence } from '../core/failover/presences.ts';

const keys = registerKeys({ prefix: '/p', chainId: 'cf057bbf', producer: 'us' });
const self = { node: 'a', incarnation: 'a-1' };
const presenceKey = `${keys.nodes}a/a-1`;
const firstClaim: Claim = { v: 1, slot: 7, digest: 'ab', holder: 'a', incarnation: 'a-1', epoch: 2 };
const quotaBytes = 4_000_000;

let etcd: ThreeMembers;
let cluster: ReturnType<typeof connectCluster>;
let register: Register;
/** For what no monitor does. */
let raw: Etcd3;

test.before('three members with little room, and a claim', async () => {
  etcd = await startThreeMembers({ 'quota-backend-bytes': String(quotaBytes) });
  cluster = connectCluster({ endpoints: etcd.endpoints, deadlineMs: 400, time });
  register = openRegister(cluster, keys, self);
  raw = new Etcd3({ hosts: etcd.endpoints });
  await again(() => cluster.ask(member => member.put(keys.claim, renderClaim(firstClaim))));
});
test.after.always('end them', async () => {
  cluster?.close();
  raw?.close();
  await etcd?.stop();
});

/** Until it works; bounded. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + 15_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}
const storedClaim = async (): Promise<StoredClaim> => {
  const { stored } = await register.readAll();
  if (stored === undefined) throw new Error('there is no claim');
  return stored;
};
const claimNext = async () => {
  const stored = await storedClaim();
  return register.swapClaim(stored, { ...stored.claim, slot: stored.claim.slot + 1 });
};

test.serial('a lease that etcd has forgotten is replaced, and the presence is there again', async t => {
  await register.announce(presence('a', { wallMs: 1 }));
  const { leases } = await raw.leaseClient.leaseLeases({});
  t.is(leases.length, 1);
  for (const { ID } of leases) await raw.leaseClient.leaseRevoke({ ID });
  t.is(await cluster.ask(member => member.get(presenceKey)), undefined);
  await register.announce(presence('a', { wallMs: 2 }));
  t.like((await register.readAll()).nodes, [{ node: 'a', wallMs: 2 }]);
});

test.serial('a watch from history that is gone goes on after reading once more', async t => {
  const { revision } = await register.readAll();
  for (let i = 0; i < 3; i++) await cluster.ask(member => member.put('/p/other', String(i)));
  await raw.kv.compact({ revision: String(BigInt(revision) + 2n), physical: true });
  const repeater = startRepeater(time);
  let reads = 0;
  const late: Register = {
    ...register,
    // As a monitor that was held up between reading and watching.
    readAll: async () => ({ ...(await register.readAll()), ...(reads++ === 0 ? { revision } : {}) }),
  };
  const { promise: heard, resolve } = Promise.withResolvers<StoredClaim | undefined>();
  const watch = watchRegister(
    late,
    { repeater, time },
    { onView: () => undefined, onWatch: isWatching => isWatching && void claimNext(), onClaim: resolve },
  );
  t.teardown(() => {
    watch.stop();
    repeater.stop();
  });
  // By watching alone: what is only read calls nobody back here.
  t.is((await heard)?.claim.holder, 'a');
});

test.serial('without a majority a claim is unclear and a presence unknown; with it again both go on', async t => {
  const stored = await storedClaim();
  await Promise.all([1, 2].map(etcd.halt));
  try {
    const outcome = await register.swapClaim(stored, { ...stored.claim, slot: stored.claim.slot + 1 });
    t.is(outcome.kind, 'unclear');
    const error = await t.throwsAsync(register.announce(presence('a', { wallMs: 3 })), { instanceOf: EtcdError });
    t.is(error?.code, 'unknown');
  } finally {
    for (const each of etcd.processes) each.kill('SIGCONT');
  }
  await again(() => register.announce(presence('a', { wallMs: 4 })));
  t.like((await register.readAll()).nodes, [{ wallMs: 4 }]);
  t.is((await claimNext()).kind, 'put');
});

test.serial(
  'a full etcd refuses claim and presence with what to do, keeps the lease, and takes both when it has been done',
  async t => {
    await register.announce(presence('a', { wallMs: 5 }));
    const big = 'x'.repeat(400_000);
    const full = await t.throwsAsync(
      async () => {
        for (let i = 0; i < 20; i++) await cluster.ask(member => member.put('/p/big', big));
      },
      { instanceOf: EtcdError },
    );
    t.is(full?.code, 'refused');
    const outcome = await claimNext();
    t.is(outcome.kind, 'unclear');
    t.regex(
      outcome.kind === 'unclear' ? outcome.detail : '',
      /database is full: compact it, defragment each member, then disarm/,
    );
    const refused = await t.throwsAsync(register.announce(presence('a', { wallMs: 6 })), { instanceOf: EtcdError });
    t.is(refused?.code, 'refused');
    const [lease] = (await raw.leaseClient.leaseLeases({})).leases;
    t.true(Number((await raw.leaseClient.leaseTimeToLive({ ID: lease?.ID ?? '' })).TTL) >= 4);
    t.is((await cluster.ask(member => member.alarms()))[0]?.alarm, 'Nospace');
    // What `active-eos status` reads it from.
    t.regex((await cluster.ask(member => member.status())).errors.join(), /memberID:\d+ alarm:NOSPACE/);

    await raw.kv.compact({ revision: (await register.readAll()).revision, physical: true });
    for (const endpoint of etcd.endpoints) {
      const one = new Etcd3({ hosts: endpoint });
      await one.maintenance.defragment({});
      one.close();
    }
    for (const { memberId } of await cluster.ask(member => member.alarms()))
      await raw.maintenance.alarm({ action: 'Deactivate', memberID: memberId, alarm: 'Nospace' });
    await again(() => register.announce(presence('a', { wallMs: 7 })));
    t.is((await claimNext()).kind, 'put');
  },
);

test.serial('a claim key that was deleted is extended by nobody, and every watch hears of it', async t => {
  const stored = await storedClaim();
  const { promise: heard, resolve } = Promise.withResolvers<StoredClaim | undefined | 'nothing'>();
  const { revision } = await register.readAll();
  const watch = await register.watch(String(BigInt(revision) + 1n), () => undefined, resolve);
  await cluster.ask(member => member.delete(keys.claim));
  t.is(await heard, undefined);
  watch.stop();
  const outcome = await register.swapClaim(stored, { ...stored.claim, slot: stored.claim.slot + 1 });
  t.deepEqual(outcome, { kind: 'changed', stored: undefined });
  t.is((await register.readAll()).stored, undefined);
});

test('after a restore that uses revisions a second time, the claim known from before is not extended', async t => {
  const tools = await ensureTools(['etcdctl', 'etcdutl'], { report: () => undefined });
  const folder = await mkdtemp(join(tmpdir(), 'etcd-restore-'));
  const [client = 0, peer = 0] = await freePorts(2);
  const start = (data: string) => startOneMember({ dataFolder: join(folder, data), ports: { client, peer } });
  let one = await start('before');
  const asOne = connectCluster({ endpoints: [one.endpoint], deadlineMs: 400, time });
  t.teardown(async () => {
    asOne.close();
    await one.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const opened = openRegister(asOne, keys, self);
  const extend = async (from: StoredClaim | undefined, changes: Partial<Claim>) =>
    from === undefined ? t.fail() : opened.swapClaim(from, { ...from.claim, ...changes });
  await asOne.ask(member => member.put(keys.claim, renderClaim(firstClaim)));
  const run = promisify(execFile);
  const snapshot = join(folder, 'snapshot.db');
  await run(tools.path('etcdctl'), [`--endpoints=${one.endpoint}`, 'snapshot', 'save', snapshot]);
  const known = await extend((await opened.readAll()).stored, { slot: 8 });
  if (known?.kind !== 'put') return t.fail();

  await one.stop();
  const restored = ['snapshot', 'restore', snapshot, '--data-dir', join(folder, 'after'), '--name', 'm0'];
  const peers = [
    `--initial-cluster=m0=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
  ];
  await run(tools.path('etcdutl'), [...restored, ...peers]);
  one = await start('after');
  const theirs = await again(async () => extend((await opened.readAll()).stored, { slot: 8, holder: 'b', epoch: 3 }));
  if (theirs?.kind !== 'put') return t.fail();
  t.is(theirs.stored.revision, known.stored.revision, 'the revision is used a second time');
  t.like(await extend(known.stored, { slot: 9 }), { kind: 'changed', stored: { claim: { holder: 'b' } } });
});
