// The holder's monitor and the leadership of a real etcd, in a hurry: its clock runs a hundred times as fast.

import test from 'ava';
import { machineTime } from '#adapters/clock/machine.ts';
import { connectCluster } from '#adapters/etcd/cluster.ts';
import { connectMember } from '#adapters/etcd/member.ts';
import { startMonitor } from '#core/failover/machine.ts';
import type { Monitor } from '#core/failover/state.ts';
import { slotAt } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import { keepLeadership } from '../../monitor/leadership.ts';
import { startRepeater } from '../../monitor/repeat.ts';
import { startThreeMembers, type ThreeMembers } from '../adapters/etcd/three-members.ts';
import { presence } from '../core/failover/presences.ts';

const time: Time = {
  wallMs: machineTime.wallMs,
  nowMs: () => machineTime.nowMs() * 100,
  after: (ms, work) => machineTime.after(ms / 100, work),
};
let etcd: ThreeMembers;
test.before('three members', async () => {
  etcd = await startThreeMembers();
});
test.after.always('end them', () => etcd?.stop());

/** A holder at `aws` whose window is an hour away. */
function holder(): Monitor {
  const first = slotAt(machineTime.wallMs()) + 7200;
  const { knows } = startMonitor(presence('a', { role: 'holding' }), 450);
  const windows = [{ first, last: first + 11 }];
  return { state: { kind: 'holding' }, knows: { ...knows, nodes: [presence('b', { site: 'gcp' })], windows } };
}

/** The site of the member that leads, once all three agree; bounded. */
async function leadingSite(sites: readonly string[]): Promise<string> {
  const members = etcd.endpoints.map(endpoint => connectMember({ endpoint, deadlineMs: 400 }));
  try {
    for (let look = 0; look < 200; look++) {
      const answers = await Promise.allSettled(members.map(member => member.status()));
      const said = answers.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
      const index = said.findIndex(({ memberId, leaderId }) => memberId === leaderId);
      if (said.length === 3 && said.every(({ leaderId }) => leaderId === said[index]?.memberId))
        return sites[index] ?? '';
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    throw new Error('no leader was agreed upon');
  } finally {
    for (const member of members) member.close();
  }
}

test('leadership is moved to the site of the claim, and left there', async t => {
  const elsewhere = await leadingSite(['one', 'two', 'three']);
  // The claim is held where the leader is not.
  const sites = ['one', 'two', 'three'].map(each => (each === elsewhere ? 'gcp' : 'aws'));
  const cluster = connectCluster({ endpoints: etcd.endpoints, deadlineMs: 400, time: machineTime });
  const repeater = startRepeater(time);
  t.teardown(() => {
    repeater.stop();
    cluster.close();
  });
  const said: string[] = [];
  const { promise: moved, resolve } = Promise.withResolvers<string>();
  const say = (decision: string, reason: string) => {
    said.push(decision);
    resolve(reason);
  };
  const config = { node: 'a', site: 'aws', etcd: { endpoints: etcd.endpoints, sites, leader: 'near' as const } };
  const note = keepLeadership(config, { cluster, repeater, journal: { say }, time }, holder);
  t.is(await moved, 'from gcp to aws, where the claim is held');
  t.is(await leadingSite(sites), 'aws');
  await repeater.rest(60_000);
  t.deepEqual(said, ["etcd's leadership moved"]);
  t.regex(note() ?? '', /leader: it leads from aws, a claim takes about/);
});

test('where it may be anywhere, no member is asked', t => {
  const cluster = connectCluster({ endpoints: [], deadlineMs: 400, time: machineTime });
  const parts = { repeater: startRepeater(time), journal: { say: () => t.fail() }, time };
  const asked = { ...cluster, askEach: () => Promise.reject(new Error('it was asked')) };
  const etcdConfig = { endpoints: ['http://127.0.0.1:1'] };
  const note = keepLeadership({ node: 'a', site: 'aws', etcd: etcdConfig }, { ...parts, cluster: asked }, holder);
  t.is(note(), undefined);
});
