// Holds nodeos to what was recorded of its signature provider's client: exact bytes, one connection, what counts as a refusal, the timeout.

import { readFileSync } from 'node:fs';
import test from 'ava';
import { slotAt } from '#core/slots.ts';
import { isStandIn, publicKey } from './nodeos.ts';
import { refusal, type SignerAnswer, sign } from './recording-signer.ts';
import { patient, signedNode } from './signed-node.ts';

interface RecordedRequest {
  line: string;
  headers: string[];
  body: string;
}

const recorded: RecordedRequest = JSON.parse(
  readFileSync(new URL('transcripts/signer-request.json', import.meta.url), 'utf8'),
);

/** The recorded request with another socket and digest. */
function expectedRequest(host: string, path: string, digest: string): string {
  const headers: string[] = [];
  for (let at = 0; at < recorded.headers.length; at += 2) {
    const name = recorded.headers[at] ?? '';
    headers.push(`${name}: ${name === 'Host' ? host : recorded.headers[at + 1]}`);
  }
  const body = recorded.body.replace(/"[0-9a-f]{64}"/, `"${digest}"`);
  return [recorded.line.replace(' / ', ` ${path} `), ...headers, '', body].join('\r\n');
}

test('the request over a unix socket is the recorded one, byte for byte', async t => {
  const { nodeos, signer } = await signedNode(t, patient);
  await nodeos.producedAtLeast(1);
  const [request] = signer.requests;
  t.is(request?.text, expectedRequest(signer.url.slice('unix://'.length), '/', request?.digest ?? ''));
  t.true(request?.text.includes(publicKey));
});

test('the request over http goes to the path of the url, with its host and port', async t => {
  const { nodeos, signer } = await signedNode(t, patient, { tcp: true });
  await nodeos.producedAtLeast(1);
  const [request] = signer.requests;
  const { host, pathname } = new URL(signer.url);
  t.is(request?.text, expectedRequest(host, pathname, request?.digest ?? ''));
});

test('the digest is the id of the block', async t => {
  const { nodeos, signer } = await signedNode(t, patient);
  const [block] = await nodeos.producedAtLeast(1);
  const { id } = await nodeos.value('/v1/chain/get_block', `{"block_num_or_id":${block?.num}}`);
  // A chain of the real nodeos that has not left the legacy consensus signs an opaque hash.
  if (isStandIn) t.true(signer.requests.some(({ digest }) => digest === id));
  else t.regex(signer.requests[0]?.digest ?? '', /^[0-9a-f]{64}$/);
  t.regex(String(id), new RegExp(`^${(block?.num ?? 0).toString(16).padStart(8, '0')}[0-9a-f]{56}$`));
});

test("a block's header, asked for by the block's id, has the signature that was given for its digest", async t => {
  const { nodeos, signer } = await signedNode(t, patient);
  const [block] = await nodeos.producedAtLeast(1);
  const { id } = await nodeos.value('/v1/chain/get_block', `{"block_num_or_id":${block?.num}}`);
  const { signed_block_header } = await nodeos.value(
    '/v1/chain/get_block_header',
    `{"block_num_or_id":"${String(id)}"}`,
  );
  const { producer_signature } = signed_block_header as { producer_signature: string };
  t.true(signer.requests.some(({ digest }) => sign(digest) === producer_signature));
});

test('one connection serves all requests', async t => {
  const { nodeos, signer } = await signedNode(t, patient);
  await nodeos.producedAtLeast(6);
  t.is(signer.connections, 1);
});

test('a connection that the signer closed while it was idle costs one block, and then a new one serves', async t => {
  const { nodeos, signer } = await signedNode(t, patient);
  const before = (await nodeos.producedAtLeast(2)).length;
  signer.dropConnections();
  await nodeos.logs(log => log.includes('!ec: Failed to read response: end of stream'), 'a failed request');
  const after = await nodeos.producedAtLeast(before + 3);
  t.is(nodeos.log.split('end of stream').length - 1, 2, 'one failure, which the log tells in two lines');
  t.is(signer.connections, 2);
  t.true(after.length >= before + 3);
});

test('answers that close their connection are taken, each on a connection of its own', async t => {
  const { nodeos, signer } = await signedNode(t, patient);
  signer.answer = ({ digest }) => ({ body: JSON.stringify(sign(digest)), closes: true });
  await nodeos.producedAtLeast(4);
  t.true(signer.connections >= 4);
  t.false(nodeos.log.includes('end of stream'));
});

const takes = test.macro(async (t, change: SignerAnswer) => {
  const { nodeos, signer } = await signedNode(t, patient);
  signer.answer = ({ digest }) => ({ body: JSON.stringify(sign(digest)), ...change });
  await nodeos.producedAtLeast(2);
  t.false(nodeos.log.includes('maybe_produce_block'));
});

test('a signature with status 200 is taken', takes, { status: 200 });
test('a signature with status 403 is taken: only 500 and 404 are errors', takes, { status: 403 });
test('a signature in chunks is taken', takes, { chunked: true });

const refuses = test.macro(async (t, answer: SignerAnswer, expected: string) => {
  const { nodeos, signer } = await signedNode(t, patient);
  signer.answer = () => answer;
  await nodeos.logs(log => log.split('maybe_produce_block').length > 5, 'five refused blocks');
  t.is(nodeos.produced().length, 0);
  t.true(nodeos.log.includes(expected), nodeos.log.slice(-800));
  t.is(
    new Set(signer.requests.map(({ digest }) => digest)).size,
    signer.requests.length,
    'no digest is asked for twice',
  );
  const [first, last] = [signer.requests[0], signer.requests.at(-1)];
  const slotsGone = slotAt(last?.atMs ?? 0) - slotAt(first?.atMs ?? 0);
  t.true(signer.requests.length <= slotsGone + 2, `${signer.requests.length} requests in ${slotsGone} slots`);
  signer.answer = ({ digest }) => ({ body: JSON.stringify(sign(digest)) });
  await nodeos.producedAtLeast(1);
});

test(
  "a 500 in keosd's shape refuses the block, and its message is logged",
  refuses,
  refusal('not the holder'),
  '3120000 wallet_exception: Wallet exception\nnot the holder',
);
test(
  'a 500 with junk refuses the block',
  refuses,
  { status: 500, body: 'no' },
  'Request failed with 500 response, but response was not parseable',
);
test('a 404 refuses the block', refuses, { status: 404, body: '{}' }, 'URL not found: ');
test(
  'an object instead of a signature refuses the block',
  refuses,
  { body: '{"signature":"x"}' },
  '7 bad_cast_exception: Bad Cast\nInvalid cast from object_type to string',
);
test('a signature without quotes refuses the block', refuses, { body: 'SIG_K1_abc' }, 'cannot determine type');
test(
  'an answer that never comes whole refuses the block',
  refuses,
  { hangUp: true },
  '!ec: Failed to read response: end of stream',
);

test('a signer that is not there costs blocks, not the node', async t => {
  const { nodeos, signer } = await signedNode(t, patient);
  await nodeos.producedAtLeast(1);
  signer.close();
  await nodeos.logs(log => log.includes('!ec: Failed to connect: '), 'a failed connection');
  t.is((await nodeos.call('/v1/producer/paused')).body, 'false');
});

test('without an option nodeos waits 5 ms for a signature, and drops the block and the connection then', async t => {
  const { nodeos, signer } = await signedNode(t, ['--http-validate-host', 'false']);
  signer.answer = ({ digest }) => ({ body: JSON.stringify(sign(digest)), delayMs: 60 });
  await nodeos.logs(
    log => log.split('!ec: Failed to read response: Connection timed out').length > 3,
    'three timeouts',
  );
  t.is(nodeos.produced().length, 0);
  t.is(new Set(signer.requests.map(({ connection }) => connection)).size, signer.requests.length);
});
