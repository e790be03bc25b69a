// Which of several made-up members is asked first, on a clock that each answer sets forward.

import test from 'ava';
import { combineMembers } from '#adapters/etcd/cluster.ts';
import { EtcdError } from '#adapters/etcd/error.ts';
import type { Member } from '#adapters/etcd/member.ts';
import type { Time } from '#core/time.ts';

/** Members that answer after so many ms each; one that takes for ever fails. */
function fleet(tookMs: Record<string, number>) {
  let nowMs = 0;
  const time: Time = { wallMs: () => nowMs, nowMs: () => nowMs, after: () => () => undefined };
  const asked: string[] = [];
  const member = (endpoint: string) => ({ endpoint }) as Member;
  const cluster = combineMembers(Object.keys(tookMs).map(member), time);
  const ask = async ({ endpoint }: Member) => {
    asked.push(endpoint);
    const took = tookMs[endpoint] ?? 0;
    if (took === Number.POSITIVE_INFINITY) throw new EtcdError('unknown', `${endpoint} is away`);
  };
  /** As `keepWarm` does with all at once: the quicker ones answer first. */
  const warm = async () => {
    const startedMs = nowMs;
    const order = Object.entries(tookMs).toSorted(([, a], [, b]) => a - b);
    const gates = new Map(order.map(([endpoint]) => [endpoint, Promise.withResolvers<void>()]));
    const warming = cluster.keepWarm(({ endpoint }) => gates.get(endpoint)?.promise ?? Promise.resolve());
    for (const [endpoint, took] of order) {
      nowMs = startedMs + Math.min(took, 400);
      if (took === Number.POSITIVE_INFINITY) gates.get(endpoint)?.reject(new EtcdError('unknown', 'away'));
      else gates.get(endpoint)?.resolve();
      await new Promise(resolve => setImmediate(resolve));
    }
    await warming;
  };
  const first = async () => {
    asked.length = 0;
    await cluster.ask(ask);
    return asked[0];
  };
  return { cluster, member, tookMs, warm, first, ask };
}

test('the member given first is asked first', async t => {
  t.is(await fleet({ near: 10, far: 20 }).first(), 'near');
});

test('a member that answers clearly sooner is asked first from then on', async t => {
  const { warm, first } = fleet({ near: 30, far: 20 });
  await warm();
  t.is(await first(), 'far');
});

test('a member that answers a little sooner is not', async t => {
  const { warm, first } = fleet({ near: 22, far: 20 });
  await warm();
  t.is(await first(), 'near');
});

test('a member that failed once comes back to the front when it answers sooner again', async t => {
  const { tookMs, warm, first } = fleet({ near: Number.POSITIVE_INFINITY, far: 20 });
  t.is(await first(), 'near');
  t.is(await first(), 'far');
  tookMs.near = 10;
  await warm();
  t.is(await first(), 'near');
});

test('without any answer the order stays', async t => {
  const { tookMs, warm, first } = fleet({ near: Number.POSITIVE_INFINITY, far: Number.POSITIVE_INFINITY });
  await warm();
  Object.assign(tookMs, { near: 1, far: 1 });
  t.is(await first(), 'near');
});

test('a member that was replaced is not asked again, even when it answers late', async t => {
  const { cluster, member, first } = fleet({ near: 10 });
  const { promise, resolve } = Promise.withResolvers<string>();
  const late = cluster.ask(() => promise);
  t.deepEqual(
    cluster.replaceMembers([member('new')]).map(({ endpoint }) => endpoint),
    ['near'],
  );
  resolve('late');
  t.is(await late, 'late');
  t.is(await first(), 'new');
});

test('every member is asked by itself, and answers in the order in which they were given', async t => {
  const { cluster, ask } = fleet({ near: 10, away: Number.POSITIVE_INFINITY });
  t.deepEqual(
    (await cluster.askEach(ask)).map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
});
