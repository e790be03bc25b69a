// What environment.yaml may hold: every key, its form and its default. How keys must agree with each other is in rules.ts.

import * as z from 'zod';
import { isDay, isVolumeSize, parseBytes, parseCidr, parseCpu, parseDurationMs } from './quantity.ts';

/** Each form says what it expects; parse.ts puts what was found before it. */
function text(expected: string, fits: (value: string) => boolean) {
  return z.string({ error: expected }).refine(fits, { error: expected, abort: true });
}

function wholeNumber(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`;
  return z.number({ error: expected }).refine(value => Number.isInteger(value) && value >= least && value <= most, {
    error: expected,
    abort: true,
  });
}

function list<Item extends z.ZodType>(item: Item, what: string, least: number) {
  const expected = least > 0 ? `a list of ${what} with at least ${least === 1 ? 'one' : least}` : `a list of ${what}`;
  return z.array(item, { error: expected }).min(least, { error: expected, abort: true });
}

function choice<const Options extends readonly [string, ...string[]]>(options: Options) {
  return z.enum(options, { error: options.join(' or ') });
}

function matches(pattern: RegExp): (value: string) => boolean {
  return value => pattern.test(value);
}

function duration(expected: string, leastMs: number, mostMs: number) {
  return text(expected, value => {
    const ms = parseDurationMs(value);
    return ms !== undefined && ms >= leastMs && ms <= mostMs;
  });
}

const label = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;
const host = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

const name = text('a name of at most 40 characters a-z, 0-9 and -, beginning with a letter', matches(label));
const objectName = text(
  'the name of a Kubernetes object, such as producer-key',
  matches(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/),
);
const account = text(
  'an account name of 1 to 12 characters a-z, 1-5 and ., such as eosproducer1',
  matches(/^[a-z1-5.]{0,11}[a-z1-5]$/),
);
const chainId = text('a chain id of 64 hex digits in lower case', matches(/^[0-9a-f]{64}$/));
const publicKey = text(
  'the public half of a K1 key, EOS… or PUB_K1_…',
  matches(/^(EOS|PUB_K1_)[1-9A-HJ-NP-Za-km-z]{50}$/),
);
const hostAndPort = text('an address host:port, such as p2p.example.org:9876', value => {
  const match = /^(.+):(\d{1,5})$/.exec(value);
  return match !== null && host.test(match[1] ?? '') && Number(match[2]) >= 1 && Number(match[2]) <= 65_535;
});
const address = text('a host name or IPv4 address without a port, such as 10.10.0.11', matches(host));
const image = text(
  'an image by tag or digest, such as ghcr.io/example/nodeos@sha256:…',
  matches(
    /^[a-z0-9][a-z0-9._/:-]*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})(@sha256:[0-9a-f]{64})?$|^[a-z0-9][a-z0-9._/:-]*@sha256:[0-9a-f]{64}$/,
  ),
);
const prefix = text('a path beginning with /, such as /active-eos', matches(/^(\/[A-Za-z0-9._-]+)+$/));
const port = wholeNumber(1, 65_535);
const storageClass = text('the name of a StorageClass, such as gp3', matches(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/));
const size = text('a size in Mi, Gi or Ti, such as 200Gi', isVolumeSize);
const storage = z.strictObject({ className: storageClass, size });

const cidr = text('a network such as 10.10.0.0/16', value => parseCidr(value) !== undefined);
const cpu = text('an amount of CPU such as "8" or 500m', value => parseCpu(value) !== undefined);
const memory = text('an amount of memory such as 32Gi', value => parseBytes(value) !== undefined);
const sentence = text('a sentence that says why', value => value.trim().length >= 10);
const day = text('a day such as 2027-01-31', isDay);
const version = text("an image's tag, such as v1.2.2", matches(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/));
const imageName = choice(['nodeos', 'monitor', 'etcd']);

const network = z.strictObject({ cidrs: list(cidr, 'networks', 1), tunnel: address.optional() });
const machine = z.strictObject({ type: text('the name of a machine type', value => value.trim() !== ''), cpu, memory });

const policies = z.strictObject({
  images: z
    .strictObject({
      nodeos: list(version, 'tags', 1).optional(),
      monitor: list(version, 'tags', 1).optional(),
      etcd: list(version, 'tags', 1).optional(),
    })
    .optional(),
  holds: list(z.strictObject({ image: imageName, version, reason: sentence }), 'versions on hold', 0).optional(),
});

const waiver = z.strictObject({
  rule: text('the id of a rule, as docs/rules.md has it', matches(/^[a-z][a-z-]{1,60}$/)),
  file: text('a file of this environment, such as values/aws.yaml', value => value.trim() !== '').optional(),
  reason: sentence,
  until: day,
});

const node = z.strictObject({
  name,
  zone: text(
    'a zone as the label topology.kubernetes.io/zone has it, such as us-west-2a',
    matches(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/),
  ),
  priority: wholeNumber(0, 1000).optional(),
  storage,
  keySecret: objectName.default('producer-key'),
  finalizerSecret: objectName.optional(),
});

const cluster = z.strictObject({
  name,
  site: name,
  cloud: name,
  context: text('the name of a context in the kubeconfig', value => value.trim() !== ''),
  nodes: list(node, 'nodes', 0).default([]),
  network: network.optional(),
  machine: machine.optional(),
});

const member = z.strictObject({
  name,
  cluster: name,
  address,
  clientPort: port.default(2379),
  peerPort: port.default(2380),
  storage: storage.optional(),
});

export const environmentSchema = z.strictObject({
  namespace: text('the name of a namespace', matches(label)).default('active-eos'),
  chain: z.strictObject({
    id: chainId,
    producer: account,
    publicKey,
    peers: list(hostAndPort, 'peers', 1),
    produceBlockOffsetMs: wholeNumber(100, 500).default(450),
  }),
  images: z.strictObject({ nodeos: image, monitor: image }),
  etcd: z.strictObject({
    prefix: prefix.default('/active-eos'),
    image,
    heartbeat: duration('a duration of 10ms to 5s, such as 100ms', 10, 5000).default('100ms'),
    leader: choice(['anywhere', 'near', 'away']).default('anywhere'),
    claimAhead: wholeNumber(0, 1).default(0),
    election: duration('a duration of 50ms to 50s, such as 1s', 50, 50_000).default('1s'),
    serverSecret: objectName.default('etcd-server'),
    clientSecret: objectName.default('etcd-client'),
    members: list(member, 'members', 1),
  }),
  clusters: list(cluster, 'clusters', 1),
  rollout: z.strictObject({
    order: list(name, 'cluster names', 1),
    soak: duration('a duration of 1s to 24h, such as 10m', 1000, 86_400_000).default('10m'),
    readyTimeout: duration('a duration of 1s to 24h, such as 30m', 1000, 86_400_000).default('30m'),
    activeUpdate: choice(['supervised', 'unsupervised']).default('supervised'),
    handover: choice(['gap', 'now']).default('gap'),
    gates: z
      .strictObject({ maxHeadLagSlots: wholeNumber(0, 1200).default(4), minPeers: wholeNumber(0, 100).default(1) })
      .prefault({}),
  }),
  policies: policies.optional(),
  waivers: list(waiver, 'waivers', 0).optional(),
});

export type EnvironmentFile = z.infer<typeof environmentSchema>;

/** The keys known where a path leads; none when it leads to no mapping. */
export function knownKeys(path: readonly (string | number)[]): string[] {
  const schema = schemaAt(path);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** Whether a value fits where a path leads. */
export function fits(path: readonly (string | number)[], value: unknown): boolean {
  return schemaAt(path)?.safeParse(value).success ?? false;
}

function schemaAt(path: readonly (string | number)[]): z.ZodType | undefined {
  let at: unknown = environmentSchema;
  for (const part of path) {
    const inner = unwrap(at);
    if (inner instanceof z.ZodObject) at = inner.shape[part];
    else if (inner instanceof z.ZodArray) at = inner.element;
    else return undefined;
  }
  const inner = unwrap(at);
  return inner instanceof z.ZodType ? inner : undefined;
}

function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
    inner = inner.unwrap();
  }
  return inner;
}
