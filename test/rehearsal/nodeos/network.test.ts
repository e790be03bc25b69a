// The simulated network, stand-ins and the observer together, in real time: one window of ours each.

import test from 'ava';
import { slotStartMs, slotTimestamp } from '#core/slots.ts';
import { startFleet } from './fleet.ts';

test('an active node signs its whole window and the standby follows', async t => {
  const fleet = await startFleet();
  t.teardown(() => fleet.stop());
  await fleet.startObserver();
  const [active, standby] = await Promise.all([fleet.addNode('one'), fleet.addNode('two', ['--pause-on-startup'])]);
  await fleet.ready();
  const { ourSlots, missedSlots, doubleSignedSlots, slots } = await fleet.judgement();
  t.deepEqual({ ourSlots, missedSlots, doubleSignedSlots }, { ourSlots: 12, missedSlots: [], doubleSignedSlots: [] });
  t.true(slots.every(({ nodes }) => nodes.join() === 'one'));
  t.is(active.produced().length, 12);
  const [mine, theirs] = await Promise.all([active, standby].map(node => node.value('/v1/chain/get_info')));
  t.true(Math.abs(Number(mine?.head_block_num) - Number(theirs?.head_block_num)) <= 1);
  t.is(Number(mine?.head_block_num) - Number(mine?.last_irreversible_block_num), 2);
  t.false(standby.log.includes('switching forks'));
});

test('full blocks come back to back, are taken by the network ahead of time, and none is missed', async t => {
  const fleet = await startFleet();
  t.teardown(() => fleet.stop());
  const observer = await fleet.startObserver();
  const node = await fleet.addNode('one', ['--standin-full-blocks']);
  await fleet.ready();
  await observer.fact(({ slot }) => slot === fleet.windowStart + 11);
  const span = (node.produced().at(-1)?.loggedMs ?? 0) - (node.produced()[0]?.loggedMs ?? 0);
  t.true(span < 400, `the window took ${span} ms`);
  const { missedSlots, slots } = await fleet.judgement();
  t.deepEqual(missedSlots, []);
  t.is(slots.length, 12);
});

test('when both nodes are unpaused and signed for, the observer tells each double signature, and the forks end', async t => {
  const fleet = await startFleet();
  t.teardown(() => fleet.stop());
  const observer = await fleet.startObserver();
  const [one, two] = await Promise.all([fleet.addNode('one'), fleet.addNode('two', ['--pause-on-startup'])]);
  await fleet.ready();
  await observer.fact(({ slot }) => slot === fleet.windowStart + 3);
  await two.call('/v1/producer/resume');
  const { nodes } = await observer.fact(({ type }) => type === 'double');
  t.deepEqual([...nodes].sort(), ['one', 'two']);
  await two.call('/v1/producer/pause');
  const { doubleSignedSlots, slots } = await fleet.judgement();
  t.true(doubleSignedSlots.length >= 1 && doubleSignedSlots.length <= 4, doubleSignedSlots.join());
  // The node that lost goes on with its own branch until its window ends: those blocks are made and missed.
  t.true(slots.every(({ verdict, ids }) => (verdict === 'double' ? ids.length === 2 : ids.length === 1)));
  const later = await observer.fact(({ slot, producer }) => slot >= fleet.windowStart + 16 && producer !== 'bpa');
  for (const node of [one, two])
    await node.logs(log => log.includes(` #${later.num} @ `), 'a block of the common chain');
  t.regex(one.log + two.log, /switching forks from [0-9a-f]{64} \(block number \d+ bpa\) .* to [0-9a-f]{64}/);
  t.regex(one.log + two.log, /bpa double produced block \d+/);
});

test('after a kill in the window the resumed standby goes on, and the observer counts what was missed', async t => {
  const fleet = await startFleet();
  t.teardown(() => fleet.stop());
  const observer = await fleet.startObserver();
  const [one, two] = await Promise.all([fleet.addNode('one'), fleet.addNode('two', ['--pause-on-startup'])]);
  await fleet.ready();
  const killed = await observer.fact(({ slot, node }) => slot === fleet.windowStart + 3 && node === 'one');
  one.process.kill('SIGKILL');
  // Two slots go by: their time is what this test is about.
  await new Promise(resolve => setTimeout(resolve, slotStartMs(killed.slot + 2) + 20 - Date.now()));
  await two.call('/v1/producer/resume');
  const { missedSlots, doubleSignedSlots, slots } = await fleet.judgement();
  t.deepEqual(doubleSignedSlots, []);
  t.deepEqual(missedSlots, [fleet.windowStart + 4, fleet.windowStart + 5]);
  t.true(slots.slice(6).every(({ nodes }) => nodes.join() === 'two'));
  const late = await fleet.addNode('three', ['--pause-on-startup']);
  await late.logs(log => log.includes(slotTimestamp(fleet.windowStart + 12)), 'the blocks it has missed');
  t.is((await late.value('/v1/chain/get_block', `{"block_num_or_id":${killed.num}}`)).id, killed.id);
});

test('two nodes that dial each other keep one connection', async t => {
  const fleet = await startFleet();
  t.teardown(() => fleet.stop());
  const [one, two] = await Promise.all([fleet.addNode('one'), fleet.addNode('two')]);
  const open = async (node: typeof one): Promise<string[]> => {
    const connections = (await node.value('/v1/net/connections')) as unknown as {
      is_socket_open: boolean;
      last_handshake: { agent: string };
    }[];
    return connections.filter(({ is_socket_open: isOpen }) => isOpen).map(({ last_handshake: { agent } }) => agent);
  };
  await Promise.all([
    one.call('/v1/net/connect', `"127.0.0.1:${two.p2pPort}"`),
    two.call('/v1/net/connect', `"127.0.0.1:${one.p2pPort}"`),
  ]);
  await one.logs(
    log => log.includes('duplicate of the connection to two') || two.log.includes('duplicate of the connection to one'),
    'a closed duplicate',
  );
  await two.logs(log => log.includes(slotTimestamp(fleet.windowStart)) || log.length > 4000, 'some time');
  t.deepEqual((await open(one)).sort(), ['network', 'two']);
  t.deepEqual((await open(two)).sort(), ['network', 'one']);
});

test('a node that hangs answers get_info only, and goes on with what it has received meanwhile', async t => {
  const fleet = await startFleet();
  t.teardown(() => fleet.stop());
  const node = await fleet.addNode('one', ['--pause-on-startup']);
  await node.logs(log => log.includes('Received block'), 'a block');
  await node.call('/v1/standin/hang', '{"ms":1500}');
  const waiting = node.call('/v1/producer/paused');
  const reply = await node.call('/v1/chain/get_info');
  t.true(reply.ms < 400);
  t.true((await waiting).ms > 1000);
  const head = Number((await node.value('/v1/chain/get_info')).head_block_num);
  await node.logs(log => log.includes(`#${head + 2} @`), 'the next blocks');
});
