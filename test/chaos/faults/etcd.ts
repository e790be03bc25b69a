// What may happen to etcd: members die, stall, lose their majority, run out of space, have a slow disk.

import { Etcd3 } from 'etcd3';
import { slotStartMs } from '#core/slots.ts';
import { killAll } from '#rehearsal/sandbox/processes.ts';
import { type EtcdMember, etcdProcess, leaderOf, leadFrom } from '../field.ts';
import { type Fault, insideMs, type Scene, shortLeadMs, tellMoment, untilMoment, windowStartMs } from '../scene.ts';
import { stopFor, stopMembers } from './stop.ts';

export const etcdFaults: Fault[] = [
  {
    name: 'etcd-follower-kill',
    what: 'kill -9 of an etcd member that does not lead, within our window',
    leadMs: shortLeadMs,
    inject: async scene => killMembers(scene, [await pickFollower(scene)]),
  },
  {
    name: 'etcd-leader-kill',
    what: "kill -9 of etcd's leader within our window",
    leadMs: shortLeadMs,
    inject: async scene => killMembers(scene, [await pickLeader(scene)]),
  },
  {
    name: 'etcd-quorum-kill',
    what: 'kill -9 of two etcd members at once within our window',
    leadMs: shortLeadMs,
    inject: async scene => killMembers(scene, await pickTwo(scene)),
  },
  {
    name: 'etcd-follower-stop',
    what: 'an etcd member that does not lead stands still for 6 to 15 s',
    leadMs: shortLeadMs,
    inject: async scene => stopThem(scene, [await pickFollower(scene)], scene.chance.between(6000, 15_000)),
  },
  {
    name: 'etcd-leader-stop',
    what: "etcd's leader stands still for 6 to 15 s",
    leadMs: shortLeadMs,
    inject: async scene => stopThem(scene, [await pickLeader(scene)], scene.chance.between(6000, 15_000)),
  },
  {
    name: 'etcd-quorum-stop',
    what: 'two etcd members stand still for 2 to 6 s, so that there is no majority, and come back',
    leadMs: shortLeadMs,
    inject: async scene => stopThem(scene, await pickTwo(scene), scene.chance.between(2000, 6000)),
  },
  {
    name: 'etcd-no-space',
    what: "etcd's alarm that its space is used up (NOSPACE) is raised for 1 to 4 s: it takes no writes",
    leadMs: shortLeadMs,
    inject: raiseNoSpace,
  },
  {
    name: 'etcd-slow-disk',
    what: "etcd's leader answers in bursts for our whole window, as one does whose fsync takes 60 to 160 ms",
    leadMs: 2000,
    inject: slowLeader,
  },
];

async function pickLeader({ field, chance }: Scene): Promise<EtcdMember> {
  return leadFrom(field, [chance.pick(field.members)]);
}

async function pickFollower({ field, chance }: Scene): Promise<EtcdMember> {
  const leader = await leaderOf(field);
  return chance.pick(field.members.filter(member => member !== leader));
}

async function pickTwo({ field, chance }: Scene): Promise<EtcdMember[]> {
  const stays = chance.pick(field.members);
  return field.members.filter(member => member !== stays);
}

async function killMembers(scene: Scene, members: readonly EtcdMember[]): Promise<string> {
  const atMs = insideMs(scene);
  await untilMoment(atMs);
  killAll(() => members.map(({ name }) => etcdProcess(name)));
  return `etcd ${names(members)} killed ${tellMoment(scene, atMs)}`;
}

async function stopThem(scene: Scene, members: readonly EtcdMember[], ms: number): Promise<string> {
  const atMs = insideMs(scene);
  await untilMoment(atMs);
  await stopMembers(
    members.map(({ name }) => name),
    ms,
  );
  return `etcd ${names(members)} stopped ${tellMoment(scene, atMs)}, for ${ms} ms`;
}

function names(members: readonly EtcdMember[]): string {
  return members.map(({ name }) => name).join(' and ');
}

async function raiseNoSpace(scene: Scene): Promise<string> {
  const { field, chance } = scene;
  const member = chance.pick(field.members);
  const { memberId } = await member.session.status();
  const [atMs, forMs] = [insideMs(scene), chance.between(1000, 4000)];
  const { secrets } = field.rehearsal;
  const file = (name: string): Buffer => secrets.etcdClient[name] ?? Buffer.alloc(0);
  const client = new Etcd3({
    hosts: member.session.endpoint,
    credentials: { rootCertificate: file('ca.crt'), certChain: file('tls.crt'), privateKey: file('tls.key') },
  });
  const alarm = (action: 'Activate' | 'Deactivate') =>
    client.maintenance.alarm({ action, memberID: memberId, alarm: 'Nospace' }, { deadline: Date.now() + 5000 });
  try {
    await untilMoment(atMs);
    await alarm('Activate');
    await untilMoment(atMs + forMs);
  } finally {
    await alarm('Deactivate');
    client.close();
  }
  return `NOSPACE raised ${tellMoment(scene, atMs)}, for ${forMs} ms`;
}

/** Every write waits for the disk before it is answered; to its peers and clients that is a process that stands still. */
async function slowLeader({ field, chance, window }: Scene): Promise<string> {
  const leader = await leaderOf(field);
  const pids = [etcdProcess(leader.name)];
  let stalls = 0;
  await untilMoment(windowStartMs(window) - 1000);
  for (; Date.now() < slotStartMs(window.last); stalls++) {
    await stopFor(pids, chance.between(60, 160));
    await untilMoment(Date.now() + chance.between(20, 60));
  }
  return `etcd's leader ${leader.name} stood still ${stalls} times for 60 to 160 ms`;
}
