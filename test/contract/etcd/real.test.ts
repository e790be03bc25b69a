// The contract on three real members.

import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { Etcd3 } from 'etcd3';
import { connectMember, type Member } from '#adapters/etcd/member.ts';
import { startThreeMembers, type ThreeMembers } from '../../adapters/etcd/three-members.ts';
import { etcdSuite } from './suite.ts';

const deadlineMs = 400;
let etcd: ThreeMembers | undefined;
let members: Member[] = [];
test.after.always('end them', async () => {
  for (const each of members) each.close();
  await etcd?.stop();
});

etcdSuite(test, async () => {
  const started = await startThreeMembers();
  etcd = started;
  members = started.endpoints.map(endpoint => connectMember({ endpoint, deadlineMs }));
  const allAnswer = async () => {
    for (const each of members) await answering(each);
  };
  await allAnswer();
  return {
    members,
    hang: async (...indices) => {
      await Promise.all(indices.map(started.halt));
      return async () => {
        for (const index of indices) started.processes[index]?.kill('SIGCONT');
        await allAnswer();
      };
    },
    compact: async () => {
      const { revision } = await (members[0] as Member).range('/');
      const raw = new Etcd3({ hosts: started.endpoints[0] ?? '' });
      await raw.kv.compact({ revision, physical: true });
      raw.close();
    },
    deadlineMs,
    nowMs: () => performance.now(),
    waitMs: ms => wait(ms),
  };
});

/** Asks again until the member answers; bounded. */
async function answering(member: Member): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    try {
      return void (await member.get('/any'));
    } catch {
      await wait(100);
    }
  }
  throw new Error(`${member.endpoint} does not answer`);
}
