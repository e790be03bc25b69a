// The etcd adapter against three real members, stopped and killed as the tests go.

import test from 'ava';
import { Etcd3 } from 'etcd3';
import { machineTime } from '#adapters/clock/machine.ts';
import { connectCluster } from '#adapters/etcd/cluster.ts';
import { EtcdError } from '#adapters/etcd/error.ts';
import { connectMember, type Member } from '#adapters/etcd/member.ts';
import { nextRevision, startWatch } from './start-watch.ts';
import { startThreeMembers, type ThreeMembers } from './three-members.ts';

const deadlineMs = 400;
let etcd: ThreeMembers;
let members: Member[];
/** The member that most tests speak to. */
let member: Member;

test.before('three members with a leader', async () => {
  etcd = await startThreeMembers();
  members = etcd.endpoints.map(endpoint => connectMember({ endpoint, deadlineMs }));
  member = members[0] as Member;
  for (const each of members) await answering(each);
});
test.after.always('end them', async () => {
  for (const each of members ?? []) each.close();
  await etcd?.stop();
});

/** Asks again until the member answers; bounded. */
async function answering(each: Member): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const started = performance.now();
    try {
      return void (await each.get('any'));
    } catch {
      await new Promise(resolve => setTimeout(resolve, Math.max(0, 100 - (performance.now() - started))));
    }
  }
  throw new Error(`${each.endpoint} does not answer`);
}

async function stopped<T>(index: number, work: () => Promise<T>): Promise<T> {
  await etcd.halt(index);
  try {
    return await work();
  } finally {
    etcd.processes[index]?.kill('SIGCONT');
    for (const each of members) await answering(each);
  }
}

test.serial('a key that is not there is undefined', async t => {
  t.is(await member.get('/nothing'), undefined);
});

test.serial('a compare-and-put writes only over the revision and the text it expects', async t => {
  const first = await member.compareAndPut('/claim', 'absent', 'one');
  if (first.kind !== 'put') return t.fail();
  t.like(await member.get('/claim'), { value: 'one', modRevision: first.revision });
  t.deepEqual(await member.compareAndPut('/claim', 'absent', 'two'), { kind: 'changed' });
  t.deepEqual(await member.compareAndPut('/claim', { revision: first.revision, text: 'other' }, 'two'), {
    kind: 'changed',
  });
  const stale = String(BigInt(first.revision) - 1n);
  t.deepEqual(await member.compareAndPut('/claim', { revision: stale, text: 'one' }, 'two'), { kind: 'changed' });
  t.is((await member.get('/claim'))?.value, 'one');
  const second = await member.compareAndPut('/claim', { revision: first.revision, text: 'one' }, 'two');
  t.is(second.kind, 'put');
  t.deepEqual(await member.compareAndPut('/claim', { revision: first.revision, text: 'one' }, 'three'), {
    kind: 'changed',
  });
});

test.serial('of many that compare with the same value, one writes', async t => {
  await member.put('/race', 'start');
  const { modRevision } = (await member.get('/race')) ?? { modRevision: '' };
  const outcomes = await Promise.all(
    members.flatMap(each =>
      [1, 2, 3].map(n =>
        each.compareAndPut('/race', { revision: modRevision, text: 'start' }, `${each.endpoint} ${n}`),
      ),
    ),
  );
  t.is(outcomes.filter(({ kind }) => kind === 'put').length, 1);
});

test.serial('a range lists the keys under a prefix, and none beside it', async t => {
  for (const key of ['/range/a', '/range/b', '/range0', '/rang']) await member.put(key, key);
  const { keys, revision } = await member.range('/range/');
  t.deepEqual(
    keys.map(({ key }) => key),
    ['/range/a', '/range/b'],
  );
  t.true(BigInt(revision) >= BigInt(keys[1]?.modRevision ?? '0'));
});

test.serial('a lease keeps its keys while it is renewed, and takes them along when it is revoked', async t => {
  const { id, ttlSeconds } = await member.grantLease(5);
  t.true(ttlSeconds >= 5);
  await member.put('/leased', 'here', id);
  t.is(await member.keepAlive(id), ttlSeconds);
  await member.revoke(id);
  t.is(await member.get('/leased'), undefined);
  t.is(await member.keepAlive(id), 0);
});

test.serial('a write on a lease that etcd does not know is refused: nothing was written', async t => {
  const error = await t.throwsAsync(member.put('/leased', 'here', '1234'), { instanceOf: EtcdError });
  t.is(error?.code, 'refused');
  t.regex(error?.message ?? '', /did not write \/leased: .*lease not found/);
});

test.serial('a stopped member leaves a write unknown, within the deadline', async t => {
  await stopped(0, async () => {
    for (const call of [
      () => member.put('/silent', 'x'),
      () => member.get('/silent'),
      () => member.keepAlive('1234'),
      () => member.watch('/silent', '0', { onChange: () => t.fail(), onEnd: () => undefined }),
    ]) {
      const started = performance.now();
      const error = await t.throwsAsync(call(), { instanceOf: EtcdError });
      t.is(error?.code, 'unknown');
      const tookMs = performance.now() - started;
      t.true(tookMs < deadlineMs + 600, `took ${tookMs} ms`);
    }
  });
});

test.serial('a write to a stopped member may happen after all: only reading tells', async t => {
  await stopped(0, () => t.throwsAsync(member.put('/late', 'written'), { instanceOf: EtcdError }));
  t.true([undefined, 'written'].includes((await member.get('/late'))?.value));
});

test.serial('a watch tells changes in their order, deletions as null, and none from before', async t => {
  await member.put('/watched/a', 'before');
  const watch = await startWatch(member, '/watched/', await nextRevision(member));
  await member.put('/watched/a', 'one');
  await member.put('/beside', 'x');
  await members[1]?.put('/watched/b', 'two');
  await member.delete('/watched/a');
  const changes = await watch.seen(3);
  t.deepEqual(
    changes.map(({ key, value }) => [key, value]),
    [
      ['/watched/a', 'one'],
      ['/watched/b', 'two'],
      ['/watched/a', null],
    ],
  );
  watch.stop();
});

test.serial('a watch from an earlier revision tells what was missed', async t => {
  const from = await nextRevision(member);
  await member.put('/missed', 'one');
  const watch = await startWatch(member, '/missed', from);
  t.is((await watch.seen(1))[0]?.value, 'one');
  watch.stop();
});

test.serial('a watch from history that is gone ends as compacted', async t => {
  await member.put('/compacted', 'one');
  const { revision } = await member.range('/');
  const raw = new Etcd3({ hosts: etcd.endpoints[0] ?? '' });
  await raw.kv.compact({ revision, physical: true });
  raw.close();
  const watch = await startWatch(member, '/compacted', '1');
  const error = await watch.ended;
  t.is((error as EtcdError).code, 'compacted');
  t.regex(error.message, new RegExp(`from revision ${revision} on`));
});

test.serial('a member tells who leads, and leadership moves when asked to', async t => {
  const before = await Promise.all(members.map(each => each.status()));
  t.is(new Set(before.map(({ leaderId }) => leaderId)).size, 1);
  t.deepEqual(await member.alarms(), []);
  t.deepEqual((await member.members()).map(({ name }) => name).sort(), ['m0', 'm1', 'm2']);
  const leader = members[before.findIndex(({ memberId, leaderId }) => memberId === leaderId)];
  const target = before.find(({ memberId, leaderId }) => memberId !== leaderId)?.memberId ?? '';
  await leader?.moveLeader(target);
  t.is((await leader?.status())?.leaderId, target);
});

/** All three as one, a follower first, and which of them was asked, in turn. */
async function asOne() {
  const { memberId, leaderId } = await member.status();
  const first = memberId === leaderId ? 1 : 0;
  const endpoints = [...etcd.endpoints.slice(first), ...etcd.endpoints.slice(0, first)];
  const cluster = connectCluster({ endpoints, deadlineMs, time: machineTime });
  const asked: string[] = [];
  const ask = <T>(call: (member: Member) => Promise<T>) =>
    cluster.ask(each => {
      asked.push(each.endpoint);
      return call(each);
    });
  return { ask, asked, endpoints, first, close: () => cluster.close() };
}

test.serial(
  'a stopped member is overtaken by the next well before its deadline, and asked last from then on',
  async t => {
    const cluster = await asOne();
    await stopped(cluster.first, async () => {
      const started = performance.now();
      await cluster.ask(each => each.get('/claim'));
      const tookMs = performance.now() - started;
      t.true(tookMs < deadlineMs, `took ${tookMs} ms`);
      await cluster.ask(each => each.get('/claim'));
      const [first, second] = cluster.endpoints;
      t.deepEqual(cluster.asked, [first, second, second]);
    });
    cluster.close();
  },
);

test.serial('when no member answers, the failure is told within the deadline and two overtakings', async t => {
  const cluster = await asOne();
  await Promise.all([0, 1, 2].map(etcd.halt));
  const started = performance.now();
  try {
    const error = await t.throwsAsync(
      cluster.ask(each => each.get('/claim')),
      { instanceOf: EtcdError },
    );
    t.is(error?.code, 'unknown');
    t.is(cluster.asked.length, 3);
    t.true(performance.now() - started < deadlineMs + 1000);
  } finally {
    for (const each of etcd.processes) each.kill('SIGCONT');
  }
  for (const each of members) await answering(each);
  cluster.close();
});

test.serial('a refusal is an answer: no other member is asked', async t => {
  const cluster = await asOne();
  await t.throwsAsync(
    cluster.ask(each => each.put('/leased', 'here', '1234')),
    { instanceOf: EtcdError },
  );
  t.deepEqual(cluster.asked, cluster.endpoints.slice(0, 1));
  cluster.close();
});

test.serial('a watch ends when its member has lost its leader', async t => {
  const watch = await startWatch(member, '/watched/', await nextRevision(member));
  await Promise.all([1, 2].map(etcd.halt));
  try {
    t.regex((await watch.ended).message, /no leader/);
  } finally {
    etcd.processes[1]?.kill('SIGCONT');
    etcd.processes[2]?.kill('SIGCONT');
  }
  for (const each of members) await answering(each);
});

test.serial('a watch ends when its member dies', async t => {
  const watch = await startWatch(member, '/watched/', await nextRevision(member));
  etcd.processes[0]?.kill('SIGKILL');
  await watch.ended;
  const error = await t.throwsAsync(member.get('/claim'), { instanceOf: EtcdError });
  t.is(error?.code, 'unknown');
});
