// The register over a made-up cluster of one member: lost answers, junk in keys, leases that etcd forgot.

import test from 'ava';
import type { EtcdCluster } from '#adapters/etcd/cluster.ts';
import { EtcdError } from '#adapters/etcd/error.ts';
import type { Member, StoredKey, WatchHandlers } from '#adapters/etcd/member.ts';
import { type Claim, renderClaim } from '#core/failover/claim.ts';
import { registerKeys } from '#core/failover/keys.ts';
import { openRegister } from '../../monitor/register.ts';
import { presence } from '../core/failover/presences.ts';

const keys = registerKeys({ prefix: '/p', chainId: 'cf057bbf', producer: 'us' });
const claim: Claim = { v: 1, slot: 7, digest: 'ab', holder: 'a', incarnation: 'a-1', epoch: 2 };
const before = { claim: { ...claim, slot: 6 }, text: renderClaim({ ...claim, slot: 6 }), revision: '10' };
const lost = () => Promise.reject(new EtcdError('unknown', 'no answer within 400 ms'));
const key = (name: string, value: string, modRevision = '11', createRevision = '1') => ({
  key: name,
  value,
  modRevision,
  createRevision,
});

function register(member: Partial<Member>, onRebuilt?: (detail: string) => void) {
  const cluster: EtcdCluster = {
    ask: call => call(member as Member),
    askEach: async call => Promise.allSettled([call(member as Member)]),
    keepWarm: async call => void (await call(member as Member)),
    close: () => undefined,
  };
  return openRegister(cluster, keys, { node: 'a', incarnation: 'a-1' }, onRebuilt);
}

test('a claim that etcd took is known by its revision', async t => {
  const opened = register({ compareAndPut: async () => ({ kind: 'put', revision: '11' }) });
  t.deepEqual(await opened.swapClaim(before, claim), {
    kind: 'put',
    stored: { claim, text: renderClaim(claim), revision: '11' },
  });
});

test('a change of holder is written into the history by the transaction that moves the claim', async t => {
  const asked: unknown[][] = [];
  const opened = register({
    compareAndPut: async (...args) => {
      asked.push(args);
      return { kind: 'put', revision: '11' };
    },
  });
  await opened.swapClaim(before, claim, { how: 'takeover' });
  await opened.swapClaim(before, claim);
  const [moved, extended] = asked;
  t.deepEqual(moved, [
    keys.claim,
    before,
    renderClaim(claim),
    undefined,
    { key: `${keys.history}0000000002`, value: '{"how":"takeover"}' },
  ]);
  t.is(extended?.[4], undefined);
});

test('a change of the history is no news; one of anything else beside the claim is', async t => {
  let tell: WatchHandlers['onChange'] = () => undefined;
  const opened = register({
    watch: async (_prefix, _from, handlers) => {
      tell = handlers.onChange;
      return { stop: () => undefined };
    },
  });
  let news = 0;
  const claims: unknown[] = [];
  await opened.watch(
    '1',
    () => news++,
    stored => claims.push(stored?.revision),
  );
  const change = (name: string) => ({ key: name, value: renderClaim(claim), modRevision: '12' });
  tell([change(keys.claim), change(`${keys.history}0000000002`)], '12');
  t.deepEqual([news, claims], [0, ['12']]);
  tell([change(keys.request)], '13');
  t.is(news, 1);
});

test('a claim that etcd did not take is read back', async t => {
  const theirs = { ...claim, holder: 'b' };
  const opened = register({
    compareAndPut: async () => ({ kind: 'changed' }),
    get: async () => key(keys.claim, renderClaim(theirs)),
  });
  t.deepEqual(await opened.swapClaim(before, claim), {
    kind: 'changed',
    stored: { claim: theirs, text: renderClaim(theirs), revision: '11' },
  });
});

test('a claim of a lower revision than the one compared with tells that etcd was rebuilt', async t => {
  const theirs = { ...claim, holder: 'b' };
  const told: string[] = [];
  const swap = async (revision: string) => {
    const get = async () => key(keys.claim, renderClaim(theirs), revision);
    await register({ compareAndPut: async () => ({ kind: 'changed' }), get }, detail => told.push(detail)).swapClaim(
      before,
      claim,
    );
  };
  await swap('11');
  t.deepEqual(told, []);
  await swap('9');
  t.is(told.length, 1);
  t.regex(told[0] ?? '', /has revision 9 in etcd, and had 10 before: etcd was rebuilt/);
});

test('a claim refused because it had been written already, through another member, is a success', async t => {
  const opened = register({
    compareAndPut: async () => ({ kind: 'changed' }),
    get: async () => key(keys.claim, renderClaim(claim)),
  });
  t.like(await opened.swapClaim(before, claim), { kind: 'put', stored: { revision: '11' } });
});

test('a lost answer is a success when the key holds exactly our text', async t => {
  const opened = register({ compareAndPut: lost, get: async () => key(keys.claim, renderClaim(claim)) });
  t.like(await opened.swapClaim(before, claim), { kind: 'put', stored: { revision: '11' } });
});

test('a lost answer proves nothing when the digest differs: a cloned machine has our incarnation too', async t => {
  const opened = register({
    compareAndPut: lost,
    get: async () => key(keys.claim, renderClaim({ ...claim, digest: 'cd' })),
  });
  t.deepEqual(await opened.swapClaim(before, claim), { kind: 'unclear', detail: 'no answer within 400 ms' });
});

test('a lost answer proves nothing while the key still holds the claim before, or cannot be read', async t => {
  t.is(
    (
      await register({ compareAndPut: lost, get: async () => key(keys.claim, before.text, '10') }).swapClaim(
        before,
        claim,
      )
    ).kind,
    'unclear',
  );
  t.is((await register({ compareAndPut: lost, get: lost }).swapClaim(before, claim)).kind, 'unclear');
  t.is((await register({ compareAndPut: lost, get: async () => undefined }).swapClaim(before, claim)).kind, 'unclear');
});

test('a claim taken from a silent holder asks etcd whether it has spoken since', async t => {
  const asked: unknown[] = [];
  const opened = register({
    compareAndPut: async (_, expected) => {
      asked.push(expected);
      return { kind: 'changed' };
    },
    get: async () => key(keys.claim, before.text, '10'),
  });
  const silent = presence('b', { incarnation: 'b-1', revision: '9' });
  t.deepEqual(await opened.swapClaim(before, claim, undefined, silent), { kind: 'changed', stored: before });
  t.like(asked, [{ revision: '10', text: before.text, untouched: { key: `${keys.nodes}b/b-1`, revision: '9' } }]);
});

test('a presence tells which writing of it was read, and promises nothing when it is of an earlier version', async t => {
  const { paceMs: _, ...earlier } = presence('a');
  const opened = register({
    range: async () => ({ revision: '20', keys: [key(`${keys.nodes}a/a-1`, JSON.stringify(earlier), '13')] }),
  });
  t.like((await opened.readAll()).nodes, [{ node: 'a', revision: '13', paceMs: null }]);
});

test('the history is not read along, and pruned by its first keys', async t => {
  const asked: unknown[][] = [];
  const opened = register({
    range: async (...args) => {
      asked.push(args);
      return { keys: [], revision: '20' };
    },
    deleteFirst: async (...args) => void asked.push(args),
  });
  await opened.readAll();
  await opened.pruneHistory(201);
  t.deepEqual(asked, [
    ['/p/cf057bbf/us/', keys.history],
    [keys.history, `${keys.history}0000000201`, 100],
  ]);
});

test('a whole register is read, without what cannot be read in it', async t => {
  const request = { v: 1, kind: 'handover', id: 'r1', target: null, moment: 'gap', by: 'x' };
  const nodes = [presence('a'), presence('b', { incarnation: 'b-1' }), presence('b', { incarnation: 'b-2' })];
  const opened = register({
    range: async () => ({
      revision: '20',
      keys: [
        key(keys.claim, renderClaim(claim)),
        ...nodes.map(node => key(`${keys.nodes}${node.node}/${node.incarnation}`, JSON.stringify(node))),
        key(`${keys.nodes}c/c-1`, '{"v":2}'),
        key(`${keys.nodes}d/d-1`, 'junk'),
        key(keys.request, JSON.stringify(request)),
      ],
    }),
  });
  const view = await opened.readAll();
  t.deepEqual(
    view.nodes.map(({ node, incarnation }) => [node, incarnation]),
    [
      ['a', 'a-1'],
      ['b', 'b-2'],
    ],
  );
  t.like(view, { revision: '20', stored: { claim, revision: '11' }, request: { id: 'r1' } });
});

test('of two monitors of a node the one that came last counts, whatever its clock says', async t => {
  const [old, restarted] = [
    { incarnation: 'b-1', wallMs: 7000 },
    { incarnation: 'b-2', wallMs: 1000 },
  ];
  const opened = register({
    range: async () => ({
      revision: '20',
      keys: [
        key(`${keys.nodes}b/b-2`, JSON.stringify(presence('b', restarted)), '12', '12'),
        key(`${keys.nodes}b/b-1`, JSON.stringify(presence('b', old)), '19', '9'),
      ],
    }),
  });
  t.deepEqual(
    (await opened.readAll()).nodes.map(({ incarnation }) => incarnation),
    ['b-2'],
  );
});

test('a request that was answered for good is not asked again, one that was accepted is', async t => {
  const request = JSON.stringify({ v: 1, kind: 'handover', id: 'r1', target: null, moment: 'gap', by: 'x' });
  const read = async (outcome: string) => {
    const answer = JSON.stringify({ v: 1, id: 'r1', outcome, node: 'a', reason: '' });
    const opened = register({
      range: async () => ({ revision: '20', keys: [key(keys.request, request), key(keys.answer, answer)] }),
    });
    return (await opened.readAll()).request?.id;
  };
  t.deepEqual([await read('accepted'), await read('done'), await read('refused')], ['r1', undefined, undefined]);
});

test('a claim that cannot be read is as good as none', async t => {
  for (const text of ['junk', '{"v":2}']) {
    const opened = register({ range: async () => ({ revision: '20', keys: [key(keys.claim, text)] }) });
    t.is((await opened.readAll()).stored, undefined);
  }
});

/** A member that keeps one key, as etcd would. */
function memberWithOneKey() {
  let stored: StoredKey | undefined;
  let revision = 10;
  const leases: (string | undefined)[] = [];
  const member: Partial<Member> = {
    grantLease: async () => ({ id: `lease-${leases.length}`, ttlSeconds: 5 }),
    keepAlive: async () => 5,
    get: async () => stored,
    compareAndPut: async (name, expected, value, lease) => {
      const isAsExpected =
        expected === 'absent'
          ? stored === undefined
          : stored?.modRevision === expected.revision && stored.value === expected.text;
      if (!isAsExpected) return { kind: 'changed' };
      leases.push(lease);
      stored = key(name, value, String(++revision));
      return { kind: 'put', revision: String(revision) };
    },
  };
  const lose = () => (stored = undefined);
  return { member, leases, lose, wallMs: () => (JSON.parse(stored?.value ?? '{}') as { wallMs?: number }).wallMs };
}

test('presence keeps its lease while etcd knows it, and takes a new one when it does not', async t => {
  const { member, leases, lose } = memberWithOneKey();
  let remaining = 5;
  const opened = register({ ...member, keepAlive: async () => remaining });
  await opened.announce(presence('a'));
  await opened.announce(presence('a'));
  remaining = 0;
  lose();
  await opened.announce(presence('a'));
  t.deepEqual(leases, ['lease-0', 'lease-0', 'lease-2']);
});

test('a presence that arrives late does not land on a newer one', async t => {
  const { member, wallMs } = memberWithOneKey();
  const late: (() => Promise<unknown>)[] = [];
  let isLosing = false;
  const opened = register({
    ...member,
    compareAndPut: (...args) => {
      if (!isLosing) return member.compareAndPut?.(...args) as ReturnType<Member['compareAndPut']>;
      late.push(async () => member.compareAndPut?.(...args));
      return lost();
    },
  });
  await opened.announce(presence('a', { wallMs: 1 }));
  isLosing = true;
  await t.throwsAsync(opened.announce(presence('a', { wallMs: 2 })), { instanceOf: EtcdError });
  isLosing = false;
  await opened.announce(presence('a', { wallMs: 3 }));
  for (const arrive of late) await arrive();
  t.is(wallMs(), 3);
});

test('a presence whose answer was lost, yet was written, is followed by the next', async t => {
  const { member, wallMs } = memberWithOneKey();
  let isLosing = true;
  const opened = register({
    ...member,
    compareAndPut: async (...args) => {
      const result = await (member.compareAndPut?.(...args) as ReturnType<Member['compareAndPut']>);
      return isLosing ? lost() : result;
    },
  });
  await t.throwsAsync(opened.announce(presence('a', { wallMs: 1 })), { instanceOf: EtcdError });
  isLosing = false;
  await opened.announce(presence('a', { wallMs: 2 }));
  t.is(wallMs(), 2);
});

test('a presence that somebody else keeps writing over is told as trouble', async t => {
  const opened = register({
    grantLease: async () => ({ id: 'lease', ttlSeconds: 5 }),
    get: async name => key(name, '"theirs"'),
    compareAndPut: async () => ({ kind: 'changed' }),
  });
  await t.throwsAsync(opened.announce(presence('a')), { message: /another process writes it/ });
});
