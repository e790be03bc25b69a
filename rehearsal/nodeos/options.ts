// Reads the options of nodeos from the command line and config.ini into one value, or says as nodeos does why not.

import { knownOptions, shortOptions, switches } from './known-options.ts';
import type { RuntimeOptions } from './settings.ts';
import { parseSignatureProvider, type SignatureProvider } from './signature-provider.ts';

/** Option values by name, in the order given. */
export type Values = Map<string, string[]>;

export interface Options {
  producers: string[];
  providers: SignatureProvider[];
  keosdTimeoutMs: number;
  paused: boolean;
  staleProduction: boolean;
  votePauseMs: number;
  runtime: RuntimeOptions;
  fullBlocks: boolean;
  httpAddress: string;
  httpSocketPath: string;
  validateHost: boolean;
  verboseErrors: boolean;
  listen: string;
  serverAddress: string;
  peers: string[];
  agentName: string;
  redialMs: number;
  firstRedialMs: number;
  keepAliveMs: number;
  dataFolder: string;
  stateFolder: string;
  blocksFolder: string;
  snapshotsFolder: string;
  snapshot: string;
  replay: boolean;
  deleteAllBlocks: boolean;
  chainId: string;
  schedule: string[];
  genesisSlot: number | undefined;
}

export type Parsed<T> = { kind: 'parsed'; value: T } | { kind: 'refused'; reason: string };

export const defaultRuntimeOptions: RuntimeOptions = {
  maxTransactionTimeMs: 499,
  maxIrreversibleBlockAgeSeconds: -1,
  produceBlockOffsetMs: 450,
  greylistLimit: 1000,
};

export function parseArguments(given: readonly string[]): Parsed<Values> {
  const values: Values = new Map();
  for (let at = 0; at < given.length; at++) {
    const word = given[at] ?? '';
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const name = shortOptions.get(word) ?? word.slice(2, equals < 0 ? undefined : equals);
    if (!(word.startsWith('--') || shortOptions.has(word)) || !knownOptions.has(name)) {
      return { kind: 'refused', reason: `Unknown option '${word}' passed as command line argument` };
    }
    let value = 'true';
    if (equals >= 0) value = word.slice(equals + 1);
    else if (!switches.has(name)) {
      at++;
      const next = given[at];
      if (next === undefined)
        return { kind: 'refused', reason: `the required argument for option '--${name}' is missing` };
      value = next;
    }
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return { kind: 'parsed', value: values };
}

export function parseConfig(text: string, path: string): Parsed<Values> {
  const values: Values = new Map();
  for (const line of text.split('\n')) {
    const content = line.replace(/^\s*#.*$/, '').trim();
    if (content === '') continue;
    const [name = '', ...rest] = content.split('=').map(part => part.trim());
    if (!knownOptions.has(name))
      return { kind: 'refused', reason: `Unknown option '${name}' inside the config file ${path}` };
    const value = content.slice(content.indexOf('=') + 1).trim();
    values.set(name, [...(values.get(name) ?? []), rest.length === 0 ? 'true' : value]);
  }
  return { kind: 'parsed', value: values };
}

const repeatable = new Set([
  'p2p-peer-address',
  'plugin',
  'producer-name',
  'signature-provider',
  'p2p-listen-endpoint',
  'p2p-server-address',
]);

/** The command line wins over the file; what may be repeated is taken from both. */
export function mergeValues(commandLine: Values, file: Values): Values {
  const merged = new Map(file);
  for (const [name, given] of commandLine)
    merged.set(name, repeatable.has(name) ? [...given, ...(file.get(name) ?? [])] : given);
  return merged;
}

/** A number that was not one is NaN, and told as nodeos tells it. */
class Reader {
  readonly problems: string[] = [];
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  text(name: string, otherwise: string): string {
    return this.#values.get(name)?.at(-1) ?? otherwise;
  }

  list(name: string): string[] {
    return (this.#values.get(name) ?? []).filter(value => value !== '');
  }

  number(name: string, otherwise: number): number {
    const text = this.text(name, String(otherwise));
    if (!/^-?\d+$/.test(text)) this.problems.push(`the argument ('${text}') for option '--${name}' is invalid`);
    return Number(text);
  }

  flag(name: string, otherwise: boolean): boolean {
    const text = this.text(name, String(otherwise));
    if (!/^(true|false|1|0|yes|no|on|off)$/.test(text))
      this.problems.push(`the argument ('${text}') for option '--${name}' is invalid`);
    return /^(true|1|yes|on)$/.test(text);
  }
}

/** @param homeFolder where data goes without --data-dir */
export function readOptions(values: Values, homeFolder: string): Parsed<Options> {
  const reader = new Reader(values);
  const dataFolder = reader.text('data-dir', `${homeFolder}/.local/share/eosio/nodeos/data`);
  const within = (name: string, otherwise: string): string => {
    const folder = reader.text(name, otherwise);
    return folder.startsWith('/') ? folder : `${dataFolder}/${folder}`;
  };
  const producers = reader
    .list('producer-name')
    .flatMap(text => (text.startsWith('[') ? (JSON.parse(text) as string[]) : [text]));
  const chainId = reader.text('standin-chain-id', '8a34ec7df1b8cd06ff4a8abbaa7cc50300823350cadc59ab296cb00d104d2b8f');
  const schedule = reader.text('standin-producers', producers.join(',') || 'eosio').split(',');
  const options: Options = {
    producers,
    providers: readProviders(reader),
    keosdTimeoutMs: reader.number('keosd-provider-timeout', 5),
    paused: reader.flag('pause-on-startup', false),
    staleProduction: reader.flag('enable-stale-production', false),
    votePauseMs: reader.number('production-pause-vote-timeout-ms', 6000),
    runtime: {
      maxTransactionTimeMs: reader.number('max-transaction-time', defaultRuntimeOptions.maxTransactionTimeMs),
      maxIrreversibleBlockAgeSeconds: reader.number('max-irreversible-block-age', -1),
      produceBlockOffsetMs: reader.number('produce-block-offset-ms', defaultRuntimeOptions.produceBlockOffsetMs),
      greylistLimit: reader.number('greylist-limit', defaultRuntimeOptions.greylistLimit),
    },
    // A threshold above the block's limit of 200 ms makes every block full at once on the real node too.
    fullBlocks:
      reader.flag('standin-full-blocks', false) || reader.number('max-block-cpu-usage-threshold-us', 5000) >= 200_000,
    httpAddress: reader.text('http-server-address', '127.0.0.1:8888'),
    httpSocketPath: reader.text('unix-socket-path', ''),
    validateHost: reader.flag('http-validate-host', true),
    verboseErrors: reader.flag('verbose-http-errors', false),
    listen: reader.text('p2p-listen-endpoint', '0.0.0.0:9876'),
    serverAddress: reader.text('p2p-server-address', ''),
    peers: reader.list('p2p-peer-address'),
    agentName: reader.text('agent-name', 'Spring Agent'),
    redialMs: reader.number('connection-cleanup-period', 30) * 1000,
    firstRedialMs: reader.number('standin-first-redial-ms', 3000),
    keepAliveMs: reader.number('p2p-keepalive-interval-ms', 10_000),
    dataFolder,
    stateFolder: within('state-dir', 'state'),
    blocksFolder: within('blocks-dir', 'blocks'),
    snapshotsFolder: within('snapshots-dir', 'snapshots'),
    snapshot: reader.text('snapshot', ''),
    replay: reader.flag('replay-blockchain', false) || reader.flag('hard-replay-blockchain', false),
    deleteAllBlocks: reader.flag('delete-all-blocks', false),
    chainId,
    schedule,
    genesisSlot: values.has('standin-genesis-slot') ? reader.number('standin-genesis-slot', 0) : undefined,
  };
  checkOptions(options, reader.problems);
  const [reason] = reader.problems;
  return reason === undefined ? { kind: 'parsed', value: options } : { kind: 'refused', reason };
}

function readProviders(reader: Reader): SignatureProvider[] {
  const providers: SignatureProvider[] = [];
  for (const spec of reader.list('signature-provider')) {
    const parsed = parseSignatureProvider(spec);
    if (parsed.kind === 'keosd') providers.push(parsed.provider);
    if (parsed.kind === 'refused')
      reader.problems.push(
        `Malformed signature provider: "${spec.replace(/=([A-Z]+):.*/, '=$1:***')}": ${parsed.reason}`,
      );
  }
  return providers;
}

function checkOptions(options: Options, problems: string[]): void {
  const { chainId, schedule, producers, runtime, agentName } = options;
  const strangers = producers.filter(name => !schedule.includes(name));
  if (strangers.length > 0)
    problems.push(`producer-name ${strangers.join(', ')} is not among standin-producers ${schedule.join(',')}`);
  if (!/^[0-9a-f]{64}$/.test(chainId)) problems.push(`standin-chain-id is ${chainId}; expected 64 hex digits`);
  if (runtime.produceBlockOffsetMs < 0 || runtime.produceBlockOffsetMs >= 6000) {
    problems.push(`produce-block-offset-ms ${runtime.produceBlockOffsetMs} must be [0 - 6000)`);
  }
  if (options.providers.length > 1)
    problems.push(`The stand-in asks one signature provider; found ${options.providers.length}`);
  if (agentName === '') problems.push('agent-name must not be empty');
}
