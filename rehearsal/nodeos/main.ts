// The stand-in nodeos: behaves as nodeos v1.2.2 (Spring, Savanna) toward a monitor, its charts and an observer.
// node rehearsal/nodeos/main.ts <options of nodeos> --standin-producers a,b,c,d [--standin-chain-id …] [--standin-full-blocks]
// Exit codes are nodeos' own: 0 stopped, 2 dirty database, 254 any other failure.

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { defaultGenesisSlot, genesisBlock } from './block.ts';
import { DataFolder } from './data-folder.ts';
import { type StartedHttp, startHttp } from './http-server.ts';
import { type Level, renderLine } from './log.ts';
import { mergeValues, type Options, parseArguments, parseConfig, readOptions, type Values } from './options.ts';
import { splitAddress } from './peers.ts';
import { Signer } from './signer.ts';
import { commit, StandIn } from './stand-in.ts';

/** What an image says it is: two images of the stand-in differ by this. */
const version = process.env.STANDIN_VERSION ?? 'v1.2.2';

const exitDirty = 2;
const exitFailed = 254;

function log(level: Level, source: string, method: string, message: string): void {
  process.stderr.write(`${renderLine(Date.now(), level, source, method, message)}\n`);
}

function fail(message: string): never {
  log('error', 'main.cpp:235', 'main', message);
  process.exit(exitFailed);
}

function readAll(given: readonly string[]): Options {
  const commandLine = parseArguments(given);
  if (commandLine.kind === 'refused') fail(commandLine.reason);
  printAndExit(commandLine.value);
  const folder = commandLine.value.get('config-dir')?.at(-1) ?? join(homedir(), '.local/share/eosio/nodeos/config');
  const path = join(folder, commandLine.value.get('config')?.at(-1) ?? 'config.ini');
  const file = existsSync(path) ? parseConfig(readFileSync(path, 'utf8'), path) : undefined;
  if (file?.kind === 'refused') fail(file.reason);
  const options = readOptions(mergeValues(commandLine.value, file?.value ?? new Map()), homedir());
  if (options.kind === 'refused') fail(options.reason);
  log('info', 'main.cpp:206', 'main', `nodeos using configuration file ${path}`);
  log('info', 'main.cpp:207', 'main', `nodeos data directory is ${options.value.dataFolder}`);
  return options.value;
}

function printAndExit(values: Values): void {
  const text = values.has('version') ? version : values.has('full-version') ? `${version}-${commit}` : undefined;
  if (text === undefined) return;
  console.log(text);
  process.exit(0);
}

log('info', 'main.cpp:158', 'main', 'nodeos started');
const options = readAll(process.argv.slice(2));
const folder = new DataFolder(options);
const opened = folder.open(
  genesisBlock(options.chainId, options.schedule, options.genesisSlot ?? defaultGenesisSlot),
  options.schedule,
);
if (opened.kind === 'dirty') {
  log(
    'warn',
    'chain_plugin.cpp:1130',
    'plugin_initialize',
    '13 N5boost10wrapexceptISt12system_errorEE: Database dirty flag set',
  );
  log('error', 'main.cpp:222', 'main', 'database dirty flag set (likely due to unclean shutdown): replay required');
  process.exit(exitDirty);
}
if (opened.kind === 'refused') fail(opened.reason);
log('info', 'chain_plugin.cpp:938', 'plugin_initialize', `Starting from ${opened.origin}.`);

const [provider] = options.providers;
const signer = provider === undefined ? undefined : new Signer(provider, options.keosdTimeoutMs);
const standIn = new StandIn(
  {
    name: options.agentName,
    schedule: options.schedule,
    producers: options.producers,
    paused: options.paused,
    staleProduction: options.staleProduction,
    votePauseMs: options.votePauseMs,
    chainId: options.chainId,
    version,
    address: options.serverAddress || options.listen,
    redialMs: options.redialMs,
    firstRedialMs: options.firstRedialMs,
    keepAliveMs: options.keepAliveMs,
  },
  { ...options.runtime },
  opened.forks,
  options.fullBlocks,
  {
    log,
    sign: signer && (block => signer.sign(block.id)),
    keep: block => folder.keep(block, standIn.node.forks),
    onHead: () => undefined,
  },
);

const started: StartedHttp[] = [];

async function start(): Promise<void> {
  const { head } = standIn.node.forks;
  log(
    'info',
    'chain_plugin.cpp:1164',
    'plugin_startup',
    `Blockchain started; head block is #${head.num}, id ${head.id}`,
  );
  if (options.producers.length > 0) {
    const launching = `Launching block production for ${options.producers.length} producers at ${new Date().toISOString().slice(0, -1)}.`;
    log('info', 'producer_plugin.cpp:1642', 'plugin_startup', launching);
  }
  await listenToPeers(options.listen);
  await serveHttp();
  for (const peer of options.peers) standIn.peers.connect(peer);
  standIn.node.start();
}

async function listenToPeers(address: string): Promise<void> {
  const endpoint = splitAddress(address);
  if (address === '') return;
  if (endpoint === undefined) throw new Error(`p2p-listen-endpoint ${address} is not host:port`);
  const port = await standIn.peers.listen(endpoint.host, endpoint.port);
  log(
    'info',
    'listener.hpp:150',
    'log_listening',
    `start listening on ${endpoint.host}:${port} resolved from ${address}, max clients is 25`,
  );
}

async function serveHttp(): Promise<void> {
  const publicKeys = new Map(
    provider === undefined ? [] : options.producers.map(name => [name, provider.publicKey] as const),
  );
  const { validateHost, verboseErrors, snapshotsFolder } = options;
  const settings = { validateHost, verboseErrors, snapshotsFolder, publicKeys };
  const endpoint = splitAddress(options.httpAddress.replace(/^:/, '0.0.0.0:'));
  if (endpoint !== undefined) {
    const http = await startHttp(standIn, { ...settings, ...endpoint });
    started.push(http);
    const resolved = `${endpoint.host}:${http.port} resolved from ${options.httpAddress}`;
    log('info', 'listener.hpp:150', 'log_listening', `start listening on ${resolved} for API categories: all`);
  } else if (options.httpAddress !== '') throw new Error(`http-server-address ${options.httpAddress} is not host:port`);
  if (options.httpSocketPath !== '')
    started.push(await startHttp(standIn, { ...settings, validateHost: false, path: options.httpSocketPath }));
}

let isStopping = false;

/** Waits for the main thread as nodeos does: at worst until the signer's answer or its timeout. */
async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  log('info', 'main.cpp:193', 'operator()', 'appbase quit called');
  for (const http of started) http.close();
  await standIn.stop();
  signer?.close();
  folder.close(standIn.node.forks);
  log('info', 'main.cpp:253', 'main', 'nodeos successfully exiting');
  process.exit(0);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGPIPE'] as const) process.on(signal, () => void stop());

try {
  await start();
} catch (error) {
  folder.close(standIn.node.forks);
  fail(`Bad address: ${error instanceof Error ? error.message : String(error)}`);
}
