// Lost packets: a site cut off, one direction lost, etcd's leader alone, a node without its peers.

import { killAll } from '#rehearsal/sandbox/processes.ts';
import type { Site } from '#rehearsal/sandbox/site.ts';
import {
  askStatus,
  type ChaosNode,
  changeNetwork,
  type Field,
  leadFrom,
  memberAddress,
  processesOf,
} from '../field.ts';
import {
  type Fault,
  insideMs,
  memberOf,
  membersElsewhere,
  type Scene,
  tellMoment,
  twoMissed,
  untilMoment,
  windowStartMs,
} from '../scene.ts';

const partitionLeadMs = 3000;
/** A peer that is silent is noticed by its missing heartbeats only. */
const peersLeadMs = 32_000;

export const partitionFaults: Fault[] = [
  {
    name: 'partition-holder-site',
    what: "the holder's site is cut off; etcd is led from another",
    leadMs: partitionLeadMs,
    mayFork: true,
    bound: twoMissed,
    inject: scene => cutHolderSite(scene, false, 'both'),
  },
  {
    name: 'partition-holder-site-with-leader',
    what: "the holder's site is cut off, and etcd's leader with it",
    leadMs: partitionLeadMs,
    mayFork: true,
    inject: scene => cutHolderSite(scene, true, 'both'),
  },
  {
    name: 'partition-one-way-out',
    what: "what the holder's site sends is lost, what is sent to it arrives",
    leadMs: partitionLeadMs,
    mayFork: true,
    inject: scene => cutHolderSite(scene, false, 'out'),
  },
  {
    name: 'partition-one-way-in',
    what: "what is sent to the holder's site is lost, what it sends arrives",
    leadMs: partitionLeadMs,
    mayFork: true,
    inject: scene => cutHolderSite(scene, false, 'in'),
  },
  {
    name: 'partition-etcd-leader',
    what: "etcd's leader is cut off from the other members and the other sites' monitors, nothing else is",
    leadMs: partitionLeadMs,
    inject: cutLeader,
  },
  {
    name: 'holder-without-peers',
    what: 'the holder is cut off from all its peers (p2p), but not from etcd',
    leadMs: partitionLeadMs,
    mayFork: true,
    inject: cutHolderPeers,
  },
  {
    name: 'standby-behind-active',
    what: 'a standby has the active node as its only peer, and then the active is killed in our window',
    leadMs: peersLeadMs,
    mayFork: true,
    inject: killOnlyPeer,
  },
];

/** From shortly before our window to within it. */
function partitionMs({ chance, window }: Scene): number {
  return windowStartMs(window) + chance.between(-2500, 5000);
}

async function cutHolderSite(scene: Scene, withLeader: boolean, direction: 'both' | 'in' | 'out'): Promise<string> {
  const { field, holder, chance } = scene;
  const own = memberOf(field, holder);
  const leader = await leadFrom(field, withLeader ? [own] : membersElsewhere(scene, holder));
  const [atMs, forMs] = [partitionMs(scene), chance.between(4000, 12_000)];
  const { sandbox } = field.rehearsal;
  await untilMoment(atMs);
  await sandbox.partition(holder.site.name, direction);
  try {
    await untilMoment(atMs + forMs);
  } finally {
    await sandbox.heal(holder.site.name, direction);
  }
  return `${holder.site.name} cut off ${tellMoment(scene, atMs)}, for ${forMs} ms, etcd led from ${leader.name}`;
}

async function cutLeader(scene: Scene): Promise<string> {
  const { field, chance } = scene;
  const leader = await leadFrom(field, [chance.pick(field.members)]);
  const [atMs, forMs] = [partitionMs(scene), chance.between(4000, 12_000)];
  await untilMoment(atMs);
  await withRules(field, 'wan', leaderRules(leader.site), () => untilMoment(atMs + forMs));
  return `etcd's leader ${leader.name} cut off ${tellMoment(scene, atMs)}, for ${forMs} ms`;
}

/** What passes between the sites to and from a member; a member calls its peers from its site's outer address. */
function leaderRules(site: Site): string[] {
  const [address, outer] = [memberAddress(site), `10.${site.octet}.255.2`];
  return [
    `to ${address} ipproto tcp dport 12380`,
    `from ${address} ipproto tcp sport 12380`,
    `from ${outer} ipproto tcp dport 12380`,
    `to ${outer} ipproto tcp sport 12380`,
    `to ${address} ipproto tcp dport 12379`,
    `from ${address} ipproto tcp sport 12379`,
  ];
}

async function cutHolderPeers(scene: Scene): Promise<string> {
  const { field, holder, chance } = scene;
  const [atMs, forMs] = [partitionMs(scene), chance.between(4000, 12_000)];
  await untilMoment(atMs);
  await withRules(field, holder.site.name, peerRules(holder), () => untilMoment(atMs + forMs));
  return `its peers cut off ${tellMoment(scene, atMs)}, for ${forMs} ms`;
}

function peerRules({ podSubnet }: ChaosNode): string[] {
  return ['from', 'to'].flatMap(way => ['sport', 'dport'].map(port => `${way} ${podSubnet} ipproto tcp ${port} 9876`));
}

async function killOnlyPeer(scene: Scene): Promise<string> {
  const { field, holder, standbys, chance } = scene;
  const victim = chance.pick(standbys);
  const { podAddress = '' } = processesOf(holder);
  const allowed = [`from ${victim.podSubnet} to ${podAddress}`, `from ${podAddress} to ${victim.podSubnet}`];
  const atMs = insideMs(scene);
  let said = '';
  const killHolder = async () => {
    await untilMoment(atMs);
    const status = await askStatus(victim);
    said = status?.eligible === true ? 'eligible' : `not eligible (${status?.why.join(', ') ?? 'silent'})`;
    const { nodeos, monitor } = processesOf(holder);
    killAll(() => [nodeos, monitor].flatMap(pid => pid ?? []));
    await untilMoment(windowStartMs(scene.window) + 6500);
  };
  await withRules(field, victim.site.name, peerRules(victim), killHolder, allowed);
  return `${victim.name} had only the holder as its peer and was ${said}; the holder killed ${tellMoment(scene, atMs)}`;
}

/** Loses what the rules match as it is passed on in a network, but for what `allowed` matches; without a word to the sender. */
async function withRules(
  field: Field,
  network: string,
  lost: readonly string[],
  work: () => Promise<void>,
  allowed: readonly string[] = [],
): Promise<void> {
  const rules = [...allowed.map(rule => `pref 4 ${rule} lookup main`), ...lost.map(rule => `pref 5 ${rule} blackhole`)];
  try {
    await changeNetwork(
      field,
      network,
      rules.map(rule => `rule add ${rule}`),
    );
    await work();
  } finally {
    for (const rule of rules) await changeNetwork(field, network, [`rule del ${rule}`]).catch(() => undefined);
  }
}
