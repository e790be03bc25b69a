// The nodeos client against answers recorded from a real nodeos, and against one that is silent, slow or garbled.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import { connectNodeos, type Nodeos, NodeosError } from '#adapters/nodeos/client.ts';
import { slotOfTimestamp } from '#core/slots.ts';

interface Recorded {
  label: string;
  request: string;
  status: number;
  body: string;
}
const recorded = JSON.parse(
  readFileSync(new URL('../../contract/nodeos/transcripts/api.json', import.meta.url), 'utf8'),
) as Recorded[];
const deadlineMs = 300;

/** A nodeos that answers as `listener` does. */
async function nodeosWith(t: ExecutionContext, listener: RequestListener): Promise<Nodeos> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const nodeos = connectNodeos(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
  t.teardown(() => {
    nodeos.close();
    server.closeAllConnections();
    server.close();
  });
  return nodeos;
}

/** A nodeos that answers each path with the recorded answer of that label. */
function recordedNodeos(t: ExecutionContext, label: string): Promise<Nodeos> {
  const found = recorded.find(each => each.label === label);
  if (found === undefined) throw new Error(`no ${label} was recorded`);
  return nodeosWith(t, (incoming, response) => {
    const [, path] = found.request.split(' ');
    t.is(incoming.url, path);
    t.is(incoming.method, 'POST');
    response.writeHead(found.status, { 'content-type': 'application/json' }).end(found.body);
  });
}

const saying =
  (status: number, body: string): RequestListener =>
  (_, response) =>
    void response.writeHead(status).end(body);

test('the head, the chain and the version are read from get_info', async t => {
  const nodeos = await recordedNodeos(t, 'get_info');
  t.deepEqual(await nodeos.info(deadlineMs), {
    chainId: '8a34ec7df1b8cd06ff4a8abbaa7cc50300823350cadc59ab296cb00d104d2b8f',
    version: 'v1.2.2',
    headNum: 9,
    headId: '00000009d72f74de226eea9532aa5768f61a7bee90eda5e421fe4f0902685ba9',
    headSlot: slotOfTimestamp('2026-11-23T07:16:53.500'),
    headProducer: 'eosio',
    lib: 8,
  });
});

test('whether it is paused is read from 201 true and 201 false', async t => {
  t.true(await (await recordedNodeos(t, 'producer/paused (after pause)')).paused(deadlineMs));
  t.false(await (await recordedNodeos(t, 'producer/paused (after resume)')).paused(deadlineMs));
});

test('pause and resume are done when nodeos answers 201', async t => {
  await (await recordedNodeos(t, 'producer/pause')).pause(deadlineMs);
  await (await recordedNodeos(t, 'producer/resume')).resume(deadlineMs);
});

test('the offset is read from the runtime options', async t => {
  t.is(await (await recordedNodeos(t, 'producer/get_runtime_options')).produceBlockOffsetMs(deadlineMs), 456);
});

test('the active schedule is read, and the pending one when there is one', async t => {
  const [active] = await (await recordedNodeos(t, 'get_producer_schedule')).schedules(deadlineMs);
  t.deepEqual(active, ['eosio']);
  const schedule = (...names: string[]) => ({ version: 1, producers: names.map(producer_name => ({ producer_name })) });
  const both = await nodeosWith(
    t,
    saying(200, JSON.stringify({ active: schedule('a', 'b'), pending: schedule('a', 'c') })),
  );
  t.deepEqual(await both.schedules(deadlineMs), [
    ['a', 'b'],
    ['a', 'c'],
  ]);
});

test("a block's signature is read from its header", async t => {
  const signature = await (await recordedNodeos(t, 'get_block_header')).signatureOf('00000009d72f', deadlineMs);
  t.regex(signature, /^SIG_K1_Juzrg/);
  const without = await nodeosWith(t, saying(200, '{"id":"x","signed_block_header":{}}'));
  await t.throwsAsync(without.signatureOf('x', deadlineMs), { message: /something unexpected/ });
});

test('a connection that is being opened or was closed is not open', async t => {
  const connection = (changes: object) => ({
    peer: 'p:1',
    connecting: false,
    is_socket_open: true,
    last_handshake: { agent: 'x' },
    ...changes,
  });
  const answer = [
    connection({}),
    connection({ connecting: true }),
    connection({ is_socket_open: false }),
    connection({ last_handshake: null }),
  ];
  const nodeos = await nodeosWith(t, saying(201, JSON.stringify(answer)));
  const connections = await nodeos.connections(deadlineMs);
  t.deepEqual(
    connections.map(({ isOpen }) => isOpen),
    [true, false, false, true],
  );
  t.deepEqual(
    connections.map(({ agent }) => agent),
    ['x', 'x', 'x', ''],
  );
});

test('the address to connect to is sent as a JSON string', async t => {
  let body = '';
  const nodeos = await nodeosWith(t, (incoming, response) => {
    incoming.on('data', chunk => (body += chunk)).on('end', () => response.writeHead(201).end('"added connection"'));
  });
  await nodeos.connect('10.0.0.7:9876', deadlineMs);
  t.is(body, '"10.0.0.7:9876"');
});

const fails = test.macro(async (t, listener: RequestListener, code: string, message: RegExp) => {
  const nodeos = await nodeosWith(t, listener);
  const started = performance.now();
  const error = await t.throwsAsync(nodeos.info(deadlineMs), { instanceOf: NodeosError, message });
  t.is<string | undefined, string>(error?.code, code);
  t.true(performance.now() - started < deadlineMs + 500);
});
test(
  'an error of nodeos is a refusal, with its words',
  fails,
  saying(500, '{"error":{"what":"busy"}}'),
  'refused',
  /get_info with 500: .*busy/,
);
test('an answer that is no JSON is garbled', fails, saying(200, '<html>'), 'garbled', /something unexpected: "<html>"/);
test('an answer without a head is garbled', fails, saying(200, '{"chain_id":"x"}'), 'garbled', /something unexpected/);
test(
  'an answer without a date is garbled',
  fails,
  saying(200, '{"chain_id":"x","head_block_id":"y","head_block_num":1,"head_block_time":"now"}'),
  'garbled',
  /something unexpected/,
);
test('no answer within the deadline is silence', fails, () => undefined, 'silent', /no answer within 300 ms/);
test(
  'an answer that trickles past the deadline is silence',
  fails,
  (_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(' '), 50);
    response.on('close', () => clearInterval(timer));
  },
  'silent',
  /did not answer/,
);
test('a connection that breaks is silence', fails, incoming => incoming.socket.destroy(), 'silent', /did not answer/);

test('a nodeos that is not there is silence', async t => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await once(server.close(), 'close');
  const nodeos = connectNodeos(`http://127.0.0.1:${port}`);
  t.teardown(() => nodeos.close());
  const error = await t.throwsAsync(nodeos.paused(deadlineMs), { instanceOf: NodeosError });
  t.is(error?.code, 'silent');
});

test('a text where a yes or no is expected is garbled', async t => {
  const nodeos = await nodeosWith(t, saying(201, '"true"'));
  const error = await t.throwsAsync(nodeos.paused(deadlineMs), { instanceOf: NodeosError });
  t.is(error?.code, 'garbled');
});
