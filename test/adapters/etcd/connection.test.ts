// One real member over TLS: what is over must leave the connection whole, for the claim that may come next.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { connectMember, type Member } from '#adapters/etcd/member.ts';
import { makeAuthority } from './certificates.ts';
import { type OneMember, startOneMember } from './one-member.ts';
import { freePorts } from './three-members.ts';

let folder: string;
let etcd: OneMember;
let member: Member;

test.before('a member over TLS', async () => {
  folder = await mkdtemp(join(tmpdir(), 'connection-'));
  const issue = await makeAuthority(folder);
  await issue('server', 2);
  const tls = await issue('client', 2);
  const [client = 0, peer = 0] = await freePorts(2);
  const file = (name: string) => join(folder, name);
  const further = { 'client-cert-auth': 'true', 'trusted-ca-file': file('ca.crt') };
  const own = { 'cert-file': file('server.crt'), 'key-file': file('server.key') };
  etcd = await startOneMember({
    dataFolder: file('data'),
    ports: { client, peer },
    tls,
    further: { ...further, ...own },
  });
  member = connectMember({ endpoint: etcd.endpoint, deadlineMs: 1000, tls });
});
test.after.always('end it', async () => {
  member?.close();
  await etcd?.stop();
  await rm(folder, { recursive: true, force: true });
});

test.serial('a lease can be renewed again and again, and each write right after it arrives', async t => {
  const { id, ttlSeconds } = await member.grantLease(5);
  for (let i = 0; i < 5; i++) {
    t.is(await member.keepAlive(id), ttlSeconds);
    await t.notThrowsAsync(member.put('/leased', String(i), id));
  }
  await member.revoke(id);
  t.is(await member.keepAlive(id), 0);
  t.is(await member.get('/leased'), undefined);
});

test.serial('a write right after a watch was stopped arrives, and the watch hears of it no more', async t => {
  for (let i = 0; i < 3; i++) {
    const unheard = { onChange: () => t.fail('it was stopped'), onEnd: () => t.fail('it was stopped, not ended') };
    const { stop } = await member.watch('/unheard', '0', unheard);
    stop();
    await t.notThrowsAsync(member.put('/unheard', String(i)));
  }
});
