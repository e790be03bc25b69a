// The signer's unix socket, spoken to as nodeos does: one connection, one request after the other.

import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { SigningAnswer, SigningDesk } from '../../monitor/signer.ts';
import { listenForSigning } from '../../monitor/signer-socket.ts';

const publicKey = 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV';
const samePublicKey = 'PUB_K1_6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5BoDq63';
const otherPublicKey = 'PUB_K1_5AHoNnWetuDhKWSDx3WUf8W7Dg5xjHCMc4yHmmSiaJCFvvAgnB';
const digest = 'ab'.repeat(32);

/** A desk whose answers the test gives; it counts what was asked and what was delivered. */
class Desk implements Pick<SigningDesk, 'sign'> {
  asked: string[] = [];
  delivered = 0;
  answer: () => Promise<SigningAnswer> = () =>
    Promise.resolve({ kind: 'signature', signature: 'SIG_K1_x', delivered: () => this.delivered++ });

  sign(digest: string): Promise<SigningAnswer> {
    this.asked.push(digest);
    return this.answer();
  }
}

async function listen(t: ExecutionContext): Promise<{ path: string; desk: Desk }> {
  const folder = mkdtempSync(join(tmpdir(), 'signer-'));
  const path = join(folder, 'signer.sock');
  const desk = new Desk();
  const server = await listenForSigning(path, [{ publicKey, desk }]);
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return { path, desk };
}

function post(
  socketPath: string,
  body: string,
  agent?: Agent,
): Promise<{ status: number | undefined; type: string | undefined; body: unknown }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath, path: '/', method: 'POST', ...(agent === undefined ? {} : { agent }) },
      response => {
        let text = '';
        response.on('data', chunk => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode, type: response.headers['content-type'], body: JSON.parse(text) }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test('a signature is a JSON string with 201', async t => {
  const { path, desk } = await listen(t);
  t.deepEqual(await post(path, JSON.stringify([digest, publicKey])), {
    status: 201,
    type: 'application/json',
    body: 'SIG_K1_x',
  });
  t.deepEqual([desk.asked, desk.delivered], [[digest], 1]);
});

test('a request is for the desk that holds the key it names', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'signer-'));
  const path = join(folder, 'signer.sock');
  const [first, second] = [new Desk(), new Desk()];
  const desks = [
    { publicKey, desk: first },
    { publicKey: otherPublicKey, desk: second },
  ] as const;
  const server = await listenForSigning(path, desks);
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  t.is((await post(path, JSON.stringify([digest, otherPublicKey]))).status, 201);
  t.deepEqual([first.asked, second.asked], [[], [digest]]);
});

test('the public key may come in its other spelling', async t => {
  const { path } = await listen(t);
  t.is((await post(path, JSON.stringify([digest, samePublicKey]))).status, 201);
});

test('a refusal is 500 in the shape of keosd, so that nodeos logs why and leaves the block out', async t => {
  const { path, desk } = await listen(t);
  desk.answer = () => Promise.resolve({ kind: 'refused', reason: 'outside-window', detail: 'slot 7 is not ours' });
  t.deepEqual(await post(path, JSON.stringify([digest, publicKey])), {
    status: 500,
    type: 'application/json',
    body: {
      code: 500,
      message: 'Internal Service Error',
      error: {
        code: 3120000,
        name: 'signing_refused',
        what: 'outside-window',
        details: [{ message: 'outside-window: slot 7 is not ours', file: 'signer.ts', line_number: 0, method: 'sign' }],
      },
    },
  });
  t.is(desk.delivered, 0);
});

const refuses = test.macro(async (t, body: string, what: string) => {
  const { path, desk } = await listen(t);
  const answer = await post(path, body);
  t.is(answer.status, 500);
  t.like(answer.body, { error: { what } });
  t.deepEqual(desk.asked, []);
});
test(
  'another key is refused',
  refuses,
  JSON.stringify([digest, 'EOS1111111111111111111111111111111114T1Anm']),
  'wrong-key',
);
test('a key that is none is refused', refuses, JSON.stringify([digest, 'nonsense']), 'wrong-key');
test('junk is refused', refuses, '{bad', 'bad-request');
test('nothing is refused', refuses, '', 'bad-request');
test('a digest that is too short is refused', refuses, JSON.stringify([digest.slice(2), publicKey]), 'bad-request');
test('a digest in capitals is refused', refuses, JSON.stringify([digest.toUpperCase(), publicKey]), 'bad-request');
test('a third member is refused', refuses, JSON.stringify([digest, publicKey, 1]), 'bad-request');
test(
  'a request far too long is refused',
  refuses,
  JSON.stringify([digest, publicKey, 'x'.repeat(100_000)]),
  'bad-request',
);

test('a client that hangs up before the answer gets none, and the signature does not count', async t => {
  const { path, desk } = await listen(t);
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  desk.answer = async () => {
    asked.resolve();
    await release.promise;
    return { kind: 'signature', signature: 'SIG_K1_x', delivered: () => desk.delivered++ };
  };
  const body = JSON.stringify([digest, publicKey]);
  const client = connect(path);
  client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await asked.promise;
  client.destroy();
  await once(client, 'close');
  // Another request on the same server is answered after the loop has seen the hang-up.
  await post(path, '[]');
  release.resolve();
  await post(path, '[]');
  t.is(desk.delivered, 0);
});

test('one connection serves request after request, and is not closed for idleness', async t => {
  const { path } = await listen(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const ports = new Set<unknown>();
  agent.on('free', socket => ports.add(socket));
  for (let count = 0; count < 3; count++)
    t.is((await post(path, JSON.stringify([digest, publicKey]), agent)).status, 201);
  t.is(ports.size, 1);
});

test('the socket is for owner and group only, and takes the place of a leftover', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'signer-'));
  const path = join(folder, 'signer.sock');
  writeFileSync(path, 'left over');
  const server = await listenForSigning(path, [{ publicKey, desk: new Desk() }]);
  t.teardown(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  t.is(statSync(path).mode & 0o777, 0o660);
  t.true(statSync(path).isSocket());
});

test('what never reaches a desk is reported', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'signer-'));
  const path = join(folder, 'signer.sock');
  const reported: string[] = [];
  const server = await listenForSigning(path, [{ publicKey, desk: new Desk() }], reason => reported.push(reason));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  await post(path, '[]');
  await post(path, 'junk');
  await post(path, JSON.stringify([digest, otherPublicKey]));
  await post(path, JSON.stringify([digest, publicKey]));
  t.deepEqual(reported, ['bad-request', 'bad-request', 'wrong-key']);
});
