// The rest of the chain in one process: makes the blocks of all producers but ours, without a signer, and passes on what it hears.
// node rehearsal/nodeos/network.ts --listen 127.0.0.1:9876 --producers b,c,d --schedule a,b,c,d --chain-id <64 hex digits>
//   [--peer host:port]… [--http host:port] [--name network] [--genesis-slot N] [--votes b,c,d] [--quiet]

import { parseArgs } from 'node:util';
import { defaultGenesisSlot, genesisBlock, sha256 } from './block.ts';
import { createForks } from './forks.ts';
import { startHttp } from './http-server.ts';
import { renderLine } from './log.ts';
import { defaultRuntimeOptions } from './options.ts';
import { splitAddress } from './peers.ts';
import { StandIn } from './stand-in.ts';

const { values } = parseArgs({
  options: {
    listen: { type: 'string' },
    producers: { type: 'string' },
    schedule: { type: 'string' },
    'chain-id': { type: 'string' },
    peer: { type: 'string', multiple: true },
    http: { type: 'string' },
    name: { type: 'string', default: 'network' },
    'genesis-slot': { type: 'string' },
    quiet: { type: 'boolean', default: false },
  },
});
const listen = splitAddress(values.listen ?? '');
const schedule = (values.schedule ?? '').split(',').filter(name => name !== '');
const producers = (values.producers ?? '').split(',').filter(name => name !== '');
const chainId = values['chain-id'] ?? '';
const strangers = producers.filter(name => !schedule.includes(name));
if (listen === undefined || schedule.length === 0 || !/^[0-9a-f]{64}$/.test(chainId) || strangers.length > 0) {
  console.error(
    'usage: network.ts --listen host:port --producers a,b --schedule a,b,c --chain-id <64 hex digits> [--peer host:port] [--http host:port]; each producer must be in the schedule',
  );
  process.exit(2);
}

const genesis = genesisBlock(chainId, schedule, Number(values['genesis-slot'] ?? defaultGenesisSlot));
const standIn = new StandIn(
  {
    name: values.name,
    schedule,
    producers,
    paused: false,
    staleProduction: true,
    votePauseMs: 0,
    chainId,
    version: 'v1.2.2',
    address: values.listen ?? '',
    redialMs: 3000,
    firstRedialMs: 1000,
    keepAliveMs: 10_000,
  },
  defaultRuntimeOptions,
  createForks(genesis, schedule),
  false,
  {
    log: (level, source, method, message) => {
      if (values.quiet && level === 'info') return;
      process.stderr.write(`${renderLine(Date.now(), level, source, method, message)}\n`);
    },
    // Nobody checks these signatures; they only look like ones.
    sign: async block => `SIG_K1_${sha256(block.id).replaceAll('0', 'z')}`,
    keep: () => undefined,
    onHead: () => undefined,
  },
);
const port = await standIn.peers.listen(listen.host, listen.port);
for (const peer of values.peer ?? []) standIn.peers.connect(peer);
const http = splitAddress(values.http ?? '');
const closeHttp =
  http === undefined
    ? undefined
    : await startHttp(standIn, { ...http, validateHost: false, verboseErrors: false, publicKeys: new Map() });
standIn.node.start();
console.log(JSON.stringify({ type: 'listening', port, http: closeHttp?.port }));

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    closeHttp?.close();
    standIn.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
