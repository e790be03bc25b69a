// Replays recorded requests against nodeos' HTTP API, and compares statuses, headers and bodies with the recorded replies.

import { readFileSync } from 'node:fs';
import test from 'ava';
import { type Nodeos, type Reply, scratchFolder, spawnNodeos, startNodeos } from './nodeos.ts';
import { type RecordingSigner, startSigner } from './recording-signer.ts';

interface Recorded {
  label: string;
  request: string;
  status: number;
  head: string;
  body: string;
}

const recorded = read('api.json');
const hostChecks = read('host-check.json');
const scratch = scratchFolder();
let nodeos: Nodeos;
let signer: RecordingSigner;

function read(name: string): Recorded[] {
  return JSON.parse(readFileSync(new URL(`transcripts/${name}`, import.meta.url), 'utf8'));
}

test.before(async () => {
  signer = await startSigner({ path: `${scratch.folder}/signer.sock` });
  const options = ['--verbose-http-errors', '--http-validate-host', 'false', '--keosd-provider-timeout', '10000'];
  nodeos = await startNodeos({ folder: scratch.folder, signerUrl: signer.url, options });
  await nodeos.producedAtLeast(8);
});

test.after.always(async () => {
  await nodeos?.stop('SIGKILL');
  signer?.close();
  scratch.remove();
});

/** The names of fields and the types of their values, in order; of a list its first element's. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? 'list' : ['list', shapeOf(value[0])];
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.entries(value).map(([name, field]) => [name, shapeOf(field)]);
}

/** Where a chain under Savanna answers in another shape than the recorded legacy one. */
const ownShape: Record<string, string[]> = {
  get_producer_schedule: ['active'],
  get_finalizer_info: [],
  get_block: [
    'timestamp',
    'producer',
    'confirmed',
    'previous',
    'transaction_mroot',
    'action_mroot',
    'schedule_version',
    'producer_signature',
    'id',
    'block_num',
  ],
};

function headerNames(head: string): string[] {
  return head
    .split('\r\n')
    .slice(1)
    .map(line => line.split(':')[0] ?? '');
}

function rehost(request: string): string {
  return request.replace('127.0.0.1:9101', `127.0.0.1:${nodeos.httpPort}`);
}

function pick(value: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map(name => [name, value[name]]));
}

const answersAlike = test.macro({
  title: (_title, { label }: Recorded) => `answers as recorded: ${label}`,
  async exec(t, { label, request, status, head, body }: Recorded) {
    const reply: Reply = await nodeos.raw(rehost(request));
    t.is(reply.status, status);
    t.is(reply.head.split('\r\n')[0], head.split('\r\n')[0]);
    t.deepEqual(headerNames(reply.head), headerNames(head));
    if (body === '' || request.startsWith('HEAD')) return;
    const [found, expected] = [JSON.parse(reply.body), JSON.parse(body)];
    if (status < 400) {
      const names = ownShape[label];
      if (names === undefined) t.deepEqual(shapeOf(found), shapeOf(expected));
      else t.deepEqual(shapeOf(pick(found, names)), shapeOf(pick(expected, names)));
      if (['string', 'boolean'].includes(typeof expected) || expected === null || 'result' in expected)
        t.deepEqual(found, expected);
    } else {
      const { details: foundDetails, ...foundError } = found.error;
      const { details, ...error } = expected.error;
      t.deepEqual(foundError, error);
      t.deepEqual([found.code, found.message], [expected.code, expected.message]);
      t.deepEqual(withoutNumbers(foundDetails[0]), withoutNumbers(details[0]));
    }
  },
});

/** A message may name a block number of its day. */
function withoutNumbers(detail: { message: string }): unknown {
  return { ...detail, message: detail.message.replace(/\d+/g, 'N') };
}

for (const each of recorded) test.serial(answersAlike, each);

test.serial('get_runtime_options reads an offset of 450 as 456, and another after an update', async t => {
  t.like(await nodeos.value('/v1/producer/get_runtime_options'), { produce_block_offset_ms: 456 });
  t.is((await nodeos.call('/v1/producer/update_runtime_options', '{"produce_block_offset_ms":120}')).status, 201);
  t.like(await nodeos.value('/v1/producer/get_runtime_options'), { produce_block_offset_ms: 120 });
  await nodeos.call('/v1/producer/update_runtime_options', '{"produce_block_offset_ms":450}');
});

test.serial('get_supported_apis lists the calls that a monitor needs', async t => {
  const { apis } = (await nodeos.value('/v1/node/get_supported_apis')) as { apis: string[] };
  const needed = ['chain/get_info', 'chain/get_producer_schedule', 'chain/get_block_info', 'chain/get_finalizer_info'];
  const more = [
    'net/connect',
    'net/connections',
    'producer/pause',
    'producer/paused',
    'producer/resume',
    'producer/get_runtime_options',
  ];
  for (const path of [...needed, ...more]) t.true(apis.includes(`/v1/${path}`), path);
});

test.serial('a keep-alive connection serves a second request', async t => {
  const request = `POST /v1/chain/get_info HTTP/1.1\r\nHost: 127.0.0.1:${nodeos.httpPort}\r\nContent-Length: 2\r\n\r\n{}`;
  const both = await nodeos.raw(request + request.replace('Content-Length', 'Connection: close\r\nContent-Length'));
  t.is(both.status, 200);
  t.false(/^connection:/im.test(both.head));
});

test('before it is ready it refuses connections, and then answers', async t => {
  const other = scratchFolder();
  const early = spawnNodeos(['--no-such-option']);
  await t.throwsAsync(early.call('/v1/chain/get_info'));
  t.is(await early.ended(), 254);
  const started = await startNodeos({
    folder: other.folder,
    options: ['--pause-on-startup', '--http-validate-host', 'true'],
  });
  t.like(await started.value('/v1/chain/get_info'), {
    head_block_num: 1,
    last_irreversible_block_num: 1,
    head_block_time: '2018-06-01T12:00:00.000',
  });
  t.is((await started.call('/v1/producer/paused')).body, 'true');
  for (const { label, request, status, body } of hostChecks.filter(check => check.label.startsWith('validate host'))) {
    const reply = await started.raw(request.replaceAll('9101', String(started.httpPort)));
    t.is(reply.status, status, label);
    if (status === 400) t.deepEqual(JSON.parse(reply.body), JSON.parse(body), label);
  }
  t.is(await started.stop(), 0);
  other.remove();
});
