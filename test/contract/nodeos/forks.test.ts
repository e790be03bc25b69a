// Holds two nodes of one producer to what was recorded when both were unpaused and only their signers told them apart.

import test from 'ava';
import { type Nodeos, scratchFolder, startNodeos } from './nodeos.ts';
import { type RecordingSigner, refusal, sign, startSigner } from './recording-signer.ts';
import { patient } from './signed-node.ts';

const scratch = scratchFolder();
let signers: [RecordingSigner, RecordingSigner];
let active: Nodeos;
let standby: Nodeos;

test.before(async () => {
  const [first, second] = await Promise.all(
    ['a', 'b'].map(name => startSigner({ path: `${scratch.folder}/${name}.sock` })),
  );
  if (first === undefined || second === undefined) throw new Error('no signers');
  signers = [first, second];
  active = await startNodeos({ folder: `${scratch.folder}/a`, signerUrl: first.url, options: patient });
  const options = [...patient, '--pause-on-startup', '--p2p-peer-address', `127.0.0.1:${active.p2pPort}`];
  standby = await startNodeos({ folder: `${scratch.folder}/b`, signerUrl: second.url, options });
});

test.after.always(async () => {
  await Promise.all([active?.stop('SIGKILL'), standby?.stop('SIGKILL')]);
  for (const signer of signers ?? []) signer.close();
  scratch.remove();
});

async function headOf(node: Nodeos): Promise<number> {
  return Number((await node.value('/v1/chain/get_info')).head_block_num);
}

async function received(node: Nodeos, num: number): Promise<string> {
  return node.logs(log => new RegExp(`Received block \\S+ #${num} @.*`).exec(log)?.[0], `block ${num}`);
}

test.serial('a paused standby applies every block of the active node', async t => {
  const last = (await active.producedAtLeast(3)).at(-1)?.num ?? 0;
  t.regex(await received(standby, last), /signed by eosio \[trxs: 0, lib: \d+, .*latency: -?\d+ ms\]/);
  t.is(signers[1].requests.length, 0);
});

test.serial('an unpaused standby whose signer refuses applies nothing in its own window', async t => {
  signers[1].answer = () => refusal('not the holder of the lease');
  await standby.call('/v1/producer/resume');
  await standby.logs(log => log.includes('not the holder of the lease'), 'a refusal');
  const head = await headOf(standby);
  const before = active.produced().length;
  await active.producedAtLeast(before + 4);
  t.is(await headOf(standby), head);
  t.regex(standby.log, /on_incoming_block {4}\] producing, fork database head at: #\d+ id: [0-9a-f]{64}/);
});

test.serial('once it is paused again it applies all that it held back', async t => {
  await standby.call('/v1/producer/pause');
  const last = (await active.producedAtLeast(active.produced().length + 2)).at(-1)?.num ?? 0;
  await received(standby, last);
  t.true((await headOf(standby)) >= last);
});

test.serial('when the active node is refused and the standby is not, the standby goes on with the chain', async t => {
  signers[0].answer = () => refusal('not the holder of the lease');
  await active.logs(log => log.includes('not the holder of the lease'), 'a refusal');
  await active.call('/v1/producer/pause');
  signers[1].answer = ({ digest }) => ({ body: JSON.stringify(sign(digest)) });
  await standby.call('/v1/producer/resume');
  const own = (await standby.producedAtLeast(2)).at(-1)?.num ?? 0;
  await received(active, own);
  t.is(
    (await active.value('/v1/chain/get_block', `{"block_num_or_id":${own}}`)).id,
    (await standby.value('/v1/chain/get_block', `{"block_num_or_id":${own}}`)).id,
  );
});

test.serial('the net API tells of an open connection, and of its end', async t => {
  const peer = `127.0.0.1:${active.p2pPort}`;
  const status = await standby.value('/v1/net/status', JSON.stringify(peer));
  t.like(status, { peer, is_socket_open: true, remote_ip: '127.0.0.1', remote_port: String(active.p2pPort) });
  const incoming = (await active.value('/v1/net/connections')) as unknown as {
    is_socket_open: boolean;
    peer: string;
  }[];
  t.deepEqual(
    incoming.map(({ is_socket_open: isOpen }) => isOpen),
    [true],
  );
  t.is((await standby.call('/v1/net/disconnect', JSON.stringify(peer))).body, '"connection removed"');
  t.is((await standby.call('/v1/net/status', JSON.stringify(peer))).body, 'null');
});
