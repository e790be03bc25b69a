// The observer: a peer that only reads blocks, prints each fact as a line of JSON, and answers with its ledger.
// node rehearsal/observer/main.ts --listen host:port --producer a --schedule a,b,c,d --chain-id <64 hex digits> [--peer host:port]… [--http host:port | --http /path/to.sock]
// GET /ledger[?from=<slot>&to=<slot>] → the judgement of our slots; GET /blocks[?from=<slot>&to=<slot>] → the blocks seen.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import type { Block } from '../nodeos/block.ts';
import type { Connection } from '../nodeos/connection.ts';
import type { Hello, Message } from '../nodeos/messages.ts';
import { Peers, splitAddress } from '../nodeos/peers.ts';
import { createLedger, judge, knownRange, record } from './ledger.ts';

/** How far below the best block to ask when a block's parent is missing. */
const fetchBelow = 50;

const { values } = parseArgs({
  options: {
    listen: { type: 'string' },
    producer: { type: 'string' },
    schedule: { type: 'string' },
    'chain-id': { type: 'string' },
    peer: { type: 'string', multiple: true },
    http: { type: 'string' },
    name: { type: 'string', default: 'observer' },
  },
});
const listen = splitAddress(values.listen ?? '');
const schedule = (values.schedule ?? '').split(',').filter(name => name !== '');
const producer = values.producer ?? '';
const chainId = values['chain-id'] ?? '';
if (listen === undefined || !schedule.includes(producer) || !/^[0-9a-f]{64}$/.test(chainId)) {
  console.error(
    'usage: observer --listen host:port --producer a --schedule a,b,c --chain-id <64 hex digits> [--peer host:port] [--http host:port]; the producer must be in the schedule',
  );
  process.exit(2);
}

const ledger = createLedger(producer, schedule);
const nodeId = randomBytes(32).toString('hex');
const nothing = { num: 0, id: '0'.repeat(64) };

function print(fact: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}

function onBlock(block: Block, connection: Connection): void {
  const { best, blocks } = ledger;
  const isLinked = best === undefined || block.num <= 2 || blocks.has(block.previous);
  if (!record(ledger, block)) return;
  const { slot, num, id, node } = block;
  print({
    type: 'block',
    slot,
    num,
    id,
    producer: block.producer,
    node,
    receivedAt: Date.now(),
    from: connection.agent,
  });
  const { verdict, ids, nodes } = judge(ledger, { fromSlot: slot, toSlot: slot, nowMs: Date.now() }).slots[0] ?? {};
  if (verdict === 'double') print({ type: 'double', slot, ids, nodes });
  if (!isLinked) connection.send({ type: 'get', from: Math.max(1, (best?.num ?? num) - fetchBelow), to: num });
}

const peers = new Peers(
  { chainId, nodeId, redialMs: 2000, firstRedialMs: 1000, keepAliveMs: 10_000 },
  {
    hello: (): Hello => ({
      type: 'hello',
      agent: values.name,
      nodeId,
      chainId,
      address: values.listen ?? '',
      head: nothing,
      irreversible: nothing,
      earliest: 0,
      timeMs: Date.now(),
    }),
    onHello: (hello, connection) => {
      print({ type: 'peer', agent: hello.agent, address: connection.dialled, at: Date.now() });
      if (!ledger.blocks.has(hello.head.id))
        connection.send({ type: 'get', from: hello.irreversible.num, to: hello.head.num });
    },
    onMessage: (message: Exclude<Message, Hello>, connection) => {
      if (message.type === 'block' || message.type === 'sync') onBlock(message.block, connection);
    },
    log: () => undefined,
  },
);

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://observer');
  const known = knownRange(ledger, Date.now());
  const range = {
    fromSlot: Number(url.searchParams.get('from') ?? known.fromSlot),
    toSlot: Number(url.searchParams.get('to') ?? known.toSlot),
    nowMs: known.nowMs,
  };
  const answer =
    url.pathname === '/ledger'
      ? { ...range, head: ledger.best, ...judge(ledger, range) }
      : url.pathname === '/blocks'
        ? [...ledger.blocks.values()].filter(({ slot }) => slot >= range.fromSlot && slot <= range.toSlot)
        : undefined;
  response.statusCode = answer === undefined ? 404 : 200;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(answer ?? { error: 'not found: only /ledger and /blocks are' }));
});

async function listenHttp(where: string): Promise<number | string> {
  const endpoint = splitAddress(where);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (endpoint === undefined) server.listen(where, resolve);
    else server.listen(endpoint.port, endpoint.host, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : where;
}

const port = await peers.listen(listen.host, listen.port);
const http = values.http === undefined ? undefined : await listenHttp(values.http);
for (const peer of values.peer ?? []) peers.connect(peer);
print({ type: 'listening', port, http });

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
