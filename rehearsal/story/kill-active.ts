// The machine of the signing node loses its power in the middle of our window; the other site signs on.

import { slotStartMs } from '#core/slots.ts';
import type { Fleet } from '#operations/ports.ts';
import { readClaim } from '#operations/register.ts';
import { nextWindow, StoryError, type StoryStep, waitUntil, waitUntilSettled } from './stage.ts';

/** The block of our window in whose making the node dies: 5 of 12 are signed. */
const killedBlock = 5;

export const killActive: StoryStep = async stage => {
  const { fleet, rehearsal, progress, diary } = stage;
  const holder = await holderOf(fleet);
  const cluster = fleet.environment.clusters.find(each => each.nodes.some(node => node.name === holder));
  const site = rehearsal.sites.get(cluster?.name ?? '');
  if (cluster === undefined || site === undefined)
    throw new StoryError(`${holder} holds the claim, but is in no cluster of the environment`);
  const leader = await leadFromElsewhere(fleet, cluster.name);
  const window = nextWindow(fleet, 4);
  progress.doing(`kill-active: ${holder} dies in our next window; etcd is led from ${leader}`);
  await waitUntil(slotStartMs(window.first + killedBlock) - 250);
  const killed = await site.killNode(holder.slice(site.name.length + 1));
  diary.note('kill', `its machine is dead: ${killed} processes, kill -9`, holder);
  progress.say(
    `kill-active: ${killed} processes of ${holder}'s machine killed -9 while it made block ${killedBlock + 1} of 12`,
  );
  await waitUntilSettled(window);
  const { slots } = await rehearsal.judge(window.first, window.last);
  const successors = new Set(slots.slice(killedBlock + 1).flatMap(slot => slot.nodes));
  const elsewhere = fleet.environment.clusters
    .filter(each => each.name !== cluster.name)
    .flatMap(each => each.nodes.map(node => node.name));
  const missed = slots.filter(slot => slot.verdict === 'missed').length;
  if (successors.size === 0) throw new StoryError(`nobody signed on after ${holder} died`);
  if (![...successors].every(node => elsewhere.includes(node)))
    throw new StoryError(
      `${[...successors].join(', ')} signed on after ${holder} died, expected a node of another site`,
    );
  return `${holder} died in our window, ${[...successors].join(', ')} signed on, ${missed} missed`;
};

async function holderOf(fleet: Fleet): Promise<string> {
  const claim = await readClaim(fleet);
  if (claim.kind !== 'held') throw new StoryError(`nobody holds the claim: it is ${claim.kind}`);
  return claim.holder;
}

/** Moves etcd's leadership out of a cluster; gives the member that leads. Losing leader and holder at once is another story. */
async function leadFromElsewhere(fleet: Fleet, cluster: string): Promise<string> {
  const { members } = fleet.environment.etcd;
  const statuses = await Promise.all(
    members.map(async member => ({ member, status: await fleet.etcd.use(member.name, session => session.status()) })),
  );
  const leader = statuses.find(({ status }) => status.memberId === status.leaderId);
  if (leader === undefined) throw new StoryError('etcd has no leader');
  if (leader.member.cluster !== cluster) return leader.member.name;
  const next = statuses.find(({ member }) => member.cluster !== cluster);
  if (next === undefined) throw new StoryError(`all etcd members are in ${cluster}`);
  await fleet.etcd.use(leader.member.name, session => session.moveLeader(next.status.memberId));
  return next.member.name;
}
