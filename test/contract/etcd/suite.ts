// What a client may rely on in etcd, as the register does: the same suite for the model of the simulation and for real members.

import type { TestFn } from 'ava';
import { EtcdError } from '#adapters/etcd/error.ts';
import type { Member } from '#adapters/etcd/member.ts';
import { nextRevision, startWatch } from '../../adapters/etcd/start-watch.ts';

/** Three members, the last of which is not the leader, and what a test may do to them. */
export interface Cluster {
  members: Member[];
  /** Stops members; what it returns lets them go on and waits until all answer. */
  hang(...indices: number[]): Promise<() => Promise<void>>;
  compact(): Promise<void>;
  /** Bound of every call. */
  deadlineMs: number;
  /** The cluster's own clock. */
  nowMs(): number;
  waitMs(ms: number): Promise<void>;
}

/** @param open called before the first test */
export function etcdSuite(test: TestFn, open: () => Promise<Cluster>): void {
  let cluster: Cluster;
  let first: Member;
  let second: Member;
  test.before('three members with a leader', async () => {
    cluster = await open();
    [first, second] = cluster.members as [Member, Member];
  });

  test.serial('a key that is not there is undefined, and one that is has its revisions', async t => {
    t.is(await first.get('/nothing'), undefined);
    await first.put('/some', 'one');
    const one = await second.get('/some');
    await first.put('/some', 'two');
    const two = await second.get('/some');
    t.like(one, { key: '/some', value: 'one', modRevision: one?.createRevision ?? '' });
    t.like(two, { value: 'two', createRevision: one?.createRevision ?? '' });
    t.is(Number(two?.modRevision), Number(one?.modRevision) + 1);
  });

  test.serial('a compare-and-put writes only over the revision and the text it expects', async t => {
    const one = await first.compareAndPut('/claim', 'absent', 'one');
    if (one.kind !== 'put') return t.fail();
    t.is((await second.get('/claim'))?.modRevision, one.revision);
    const { revision } = one;
    const changed = { kind: 'changed' } as const;
    t.deepEqual(await second.compareAndPut('/claim', 'absent', 'two'), changed);
    t.deepEqual(await second.compareAndPut('/claim', { revision, text: 'other' }, 'two'), changed);
    t.deepEqual(await second.compareAndPut('/claim', { revision: '1', text: 'one' }, 'two'), changed);
    t.deepEqual(await second.compareAndPut('/absent', { revision: '1', text: '' }, ''), changed);
    t.is(await second.get('/absent'), undefined);
    t.is((await second.compareAndPut('/claim', { revision, text: 'one' }, 'two')).kind, 'put');
    t.deepEqual(await first.compareAndPut('/claim', { revision, text: 'one' }, 'three'), changed);
  });

  test.serial('a key beside it is written with a compare-and-put at one revision, or not at all', async t => {
    const watch = await startWatch(second, '/pair/', await nextRevision(first));
    const one = await first.compareAndPut('/pair/claim', 'absent', 'one', undefined, { key: '/pair/b', value: '1' });
    if (one.kind !== 'put') return t.fail();
    const { revision } = one;
    t.like(await second.get('/pair/claim'), { value: 'one', modRevision: revision });
    t.like(await second.get('/pair/b'), { value: '1', modRevision: revision });
    t.is(
      (await first.compareAndPut('/pair/claim', 'absent', 'two', undefined, { key: '/pair/b', value: '2' })).kind,
      'changed',
    );
    t.is((await second.get('/pair/b'))?.value, '1');
    t.deepEqual(
      (await watch.seen(2)).map(({ key, value, modRevision }) => [key, value, modRevision]),
      [
        ['/pair/claim', 'one', revision],
        ['/pair/b', '1', revision],
      ],
    );
    watch.stop();
  });

  test.serial('a key beside it outlives the lease of a compare-and-put', async t => {
    const { id } = await first.grantLease(60);
    await first.compareAndPut('/outlived/a', 'absent', 'a', id, { key: '/outlived/b', value: 'b' });
    await first.revoke(id);
    t.is(await first.get('/outlived/a'), undefined);
    t.is((await first.get('/outlived/b'))?.value, 'b');
  });

  test.serial('a compare-and-put may depend on another key, which nobody has written since', async t => {
    await first.put('/word', 'one');
    await first.put('/taken', 'one');
    const { modRevision: word = '' } = (await second.get('/word')) ?? {};
    const { modRevision: revision = '' } = (await second.get('/taken')) ?? {};
    const swap = (key: string, at: string) =>
      second.compareAndPut('/taken', { revision, text: 'one', untouched: { key, revision: at } }, 'two');
    await first.put('/word', 'one');
    t.is((await swap('/word', word)).kind, 'changed');
    t.is((await swap('/gone', word)).kind, 'changed');
    t.is((await swap('/word', (await second.get('/word'))?.modRevision ?? '')).kind, 'put');
  });

  test.serial('of many that compare with the same value, one writes', async t => {
    await first.put('/race', 'start');
    const { modRevision: revision = '' } = (await first.get('/race')) ?? {};
    const outcomes = await Promise.all(
      cluster.members.flatMap(member =>
        [1, 2, 3].map(n => member.compareAndPut('/race', { revision, text: 'start' }, `${member.endpoint} ${n}`)),
      ),
    );
    t.is(outcomes.filter(({ kind }) => kind === 'put').length, 1);
  });

  test.serial('what one member has written the others read at once, in its order', async t => {
    for (const [n, member] of [...cluster.members, ...cluster.members].entries()) {
      await member.put('/order', String(n));
      for (const each of cluster.members) t.is((await each.get('/order'))?.value, String(n));
    }
  });

  test.serial('a range lists the keys under a prefix in their order, and none beside it', async t => {
    for (const key of ['/range/b', '/range/a', '/range0', '/rang']) await first.put(key, key);
    const { keys, revision } = await second.range('/range/');
    t.deepEqual(
      keys.map(({ key }) => key),
      ['/range/a', '/range/b'],
    );
    t.is((await first.get('/rang'))?.modRevision, revision);
  });

  test.serial('a range leaves out the keys under a prefix below it, and is of one revision', async t => {
    for (const key of ['/most/a', '/most/left/1', '/most/left/2', '/most/left', '/most/left0', '/most/z', '/mosu'])
      await first.put(key, key);
    const { keys, revision } = await second.range('/most/', '/most/left/');
    t.deepEqual(
      keys.map(({ key }) => key),
      ['/most/a', '/most/left', '/most/left0', '/most/z'],
    );
    t.is((await first.get('/mosu'))?.modRevision, revision);
    t.deepEqual((await second.range('/most/left/', '/most/left/')).keys, []);
  });

  test.serial('of a range the first keys are deleted, as many as asked for, and none from its end on', async t => {
    const names = (keys: { key: string }[]) => keys.map(({ key }) => key.slice('/first/'.length)).join(' ');
    for (const key of ['1', '2', '3', '4', '5']) await first.put(`/first/${key}`, key);
    const watch = await startWatch(second, '/first/', await nextRevision(first));
    await first.deleteFirst('/first/', '/first/4', 2);
    t.is(names((await second.range('/first/')).keys), '3 4 5');
    await first.deleteFirst('/first/', '/first/4', 2);
    t.is(names((await second.range('/first/')).keys), '4 5');
    await first.deleteFirst('/first/', '/first/4', 2);
    t.is(names((await second.range('/first/')).keys), '4 5');
    t.deepEqual(
      (await watch.seen(3)).map(({ key, value }) => [key, value]),
      ['1', '2', '3'].map(key => [`/first/${key}`, null]),
    );
    watch.stop();
  });

  test.serial('a lease keeps its keys while it is renewed, and takes them along when it is revoked', async t => {
    const { id, ttlSeconds } = await first.grantLease(5);
    t.is(ttlSeconds, 5);
    await second.put('/leased', 'here', id);
    t.is(await second.keepAlive(id), 5);
    await first.revoke(id);
    t.is(await second.get('/leased'), undefined);
    t.is(await second.keepAlive(id), 0);
  });

  test.serial('a lease that is not renewed takes its keys along when its time is over, not before', async t => {
    const { id, ttlSeconds } = await first.grantLease(2);
    await first.put('/expiring', 'here', id);
    const grantedMs = cluster.nowMs();
    while ((await first.get('/expiring')) !== undefined && cluster.nowMs() - grantedMs < 10_000)
      await cluster.waitMs(50);
    const tookMs = cluster.nowMs() - grantedMs;
    t.true(tookMs > ttlSeconds * 1000 - 300 && tookMs < ttlSeconds * 1000 + 2500, `it took ${tookMs} ms`);
    t.is(await first.keepAlive(id), 0);
  });

  test.serial('a write on a lease that etcd does not know is refused: nothing was written', async t => {
    for (const write of [
      () => first.put('/unleased', 'here', '1234'),
      () => first.compareAndPut('/unleased', 'absent', 'here', '1234'),
    ]) {
      const error = await t.throwsAsync(write(), { instanceOf: EtcdError });
      t.is(error?.code, 'refused');
      t.regex(error?.message ?? '', /lease not found/);
    }
    t.is(await first.get('/unleased'), undefined);
  });

  test.serial('a watch tells changes in their order, deletions as null, and none from before', async t => {
    await first.put('/watched/a', 'before');
    const watch = await startWatch(first, '/watched/', await nextRevision(first));
    await first.put('/watched/a', 'one');
    await first.put('/beside', 'x');
    await second.put('/watched/b', 'two');
    await first.delete('/watched/a');
    t.deepEqual(
      (await watch.seen(3)).map(({ key, value }) => [key, value]),
      [
        ['/watched/a', 'one'],
        ['/watched/b', 'two'],
        ['/watched/a', null],
      ],
    );
    watch.stop();
  });

  test.serial('a watch tells the revision of each change, and of a lease that took its key along', async t => {
    const { id } = await first.grantLease(60);
    const watch = await startWatch(second, '/revision/', await nextRevision(first));
    await first.put('/revision/a', 'one', id);
    const { modRevision } = (await first.get('/revision/a')) ?? {};
    await first.revoke(id);
    const changes = await watch.seen(2);
    t.like(changes[0], { value: 'one', modRevision: modRevision ?? '' });
    t.like(changes[1], { value: null, modRevision: String(Number(modRevision) + 1) });
    watch.stop();
  });

  test.serial('a watch from an earlier revision tells what was missed', async t => {
    const from = await nextRevision(first);
    await first.put('/missed', 'one');
    const watch = await startWatch(second, '/missed', from);
    t.is((await watch.seen(1))[0]?.value, 'one');
    watch.stop();
  });

  test.serial('a watch from history that is gone ends as compacted, one from now on does not', async t => {
    await first.put('/compacted', 'one');
    const { revision } = await first.range('/');
    await cluster.compact();
    const late = await startWatch(first, '/compacted', '1');
    t.is(((await late.ended) as EtcdError).code, 'compacted');
    const watch = await startWatch(first, '/compacted', String(Number(revision) + 1));
    await first.put('/compacted', 'two');
    t.is((await watch.seen(1))[0]?.value, 'two');
    watch.stop();
  });

  test.serial('a member tells who leads, and leadership moves when asked to', async t => {
    const before = await Promise.all(cluster.members.map(each => each.status()));
    t.is(new Set(before.map(({ leaderId }) => leaderId)).size, 1);
    t.deepEqual(await first.alarms(), []);
    t.deepEqual((await first.members()).map(({ name }) => name).sort(), ['m0', 'm1', 'm2']);
    const leader = cluster.members[before.findIndex(({ memberId, leaderId }) => memberId === leaderId)];
    const target = before.find(({ memberId, leaderId }) => memberId !== leaderId);
    await leader?.moveLeader(target?.memberId ?? '');
    const after = await leader?.status();
    t.is(after?.leaderId, target?.memberId);
    t.true(Number(after?.term) > Number(before[0]?.term));
  });

  test.serial('a stopped member leaves everything unknown, within the deadline; the others answer on', async t => {
    const goOn = await cluster.hang(0);
    for (const call of [
      () => first.put('/silent', 'x'),
      () => first.get('/silent'),
      () => first.keepAlive('1234'),
      () => first.watch('/silent', '0', { onChange: () => t.fail(), onEnd: () => undefined }),
    ]) {
      const startedMs = cluster.nowMs();
      const error = await t.throwsAsync(call(), { instanceOf: EtcdError });
      t.is(error?.code, 'unknown');
      t.true(cluster.nowMs() - startedMs < cluster.deadlineMs + 600);
    }
    for (let tries = 0; tries < 50 && !(await answers(second)); tries++) await cluster.waitMs(100);
    await second.put('/others', 'here');
    t.is((await second.get('/others'))?.value, 'here');
    await goOn();
    t.true([undefined, 'x'].includes((await first.get('/silent'))?.value));
  });

  test.serial('without a majority nothing is written and nothing read; a watch ends', async t => {
    const watch = await startWatch(first, '/lonely', await nextRevision(first));
    const goOn = await cluster.hang(1, 2);
    for (const call of [() => first.put('/lonely', 'x'), () => first.get('/lonely')]) {
      t.is((await t.throwsAsync(call(), { instanceOf: EtcdError }))?.code, 'unknown');
    }
    t.regex((await watch.ended).message, /no leader/);
    await goOn();
    t.true([undefined, 'x'].includes((await first.get('/lonely'))?.value));
  });
}

async function answers(member: Member): Promise<boolean> {
  return member.get('/any').then(
    () => true,
    () => false,
  );
}
