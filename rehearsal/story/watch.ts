// Looks at the fleet while the story goes on, for the page: by Kubernetes' API and one monitor's word, as an operator could.

import { setTimeout as pause } from 'node:timers/promises';
import type { Release } from '#core/environment/environment.ts';
import { historyKey } from '#core/failover/keys.ts';
import type { MonitorStatus, Presence } from '#core/failover/status.ts';
import type { PodFacts } from '#core/rollout/workload.ts';
import { slotAt } from '#core/slots.ts';
import type { Fleet } from '#operations/ports.ts';
import { keysOf, withAnyMember } from '#operations/register.ts';
import type { RehearsalFleet } from '#rehearsal/fleet/fleet.ts';
import type { NodeModel, SiteModel } from '#rehearsal/page/model.ts';
import type { Diary } from './diary.ts';

const periodMs = 2000;
/** A port-forward to each member costs more than a look at a pod. */
const etcdEvery = 3;

interface EtcdView {
  leader: string | undefined;
  healthy: ReadonlySet<string>;
}

export interface FleetWatch {
  stop(): void;
}

export function watchFleet(fleet: Fleet, rehearsal: RehearsalFleet, diary: Diary): FleetWatch {
  const nodes = fleet.releases.filter(each => each.node !== undefined);
  const pods = new Map<string, PodFacts | undefined>();
  let stopped = false;
  let seenEpoch = 0;
  // Slots before the first holder's are nobody's to sign.
  let firstSlot: number | undefined;
  let etcd: EtcdView = { leader: undefined, healthy: new Set() };
  let looks = 0;
  const look = async () => {
    const [status] = await Promise.all([
      askAnyMonitor(fleet, nodes),
      ...nodes.map(async release => {
        const pod = await fleet.workloads.pod(release).catch(() => undefined);
        const before = pods.get(release.name);
        if (pod !== undefined && before !== undefined && pod.uid !== before.uid)
          diary.note('restart', `runs ${imageOf(pod)}`, release.name);
        if (pod !== undefined) pods.set(release.name, pod);
      }),
    ]);
    if (looks++ % etcdEvery === 0) etcd = await viewEtcd(fleet);
    if (firstSlot !== undefined) diary.seeSlots((await rehearsal.judge(firstSlot, slotAt(Date.now()))).slots);
    if (status === undefined) return;
    for (; status.claim !== null && seenEpoch < status.claim.epoch; seenEpoch++) {
      const change = await readChange(fleet, seenEpoch + 1);
      // It is written right after the claim has moved: the next look finds it.
      if (change === undefined) break;
      firstSlot ??= change.afterSlot + 1;
      diary.seeHolder(change.to, change.how, Date.parse(change.at));
    }
    diary.seeSites(fleet.environment.clusters.map(cluster => siteModel(fleet, cluster.name, pods, status, etcd)));
  };
  const go = async () => {
    while (!stopped) {
      // A look that fails, such as while a node is killed, is made up for by the next one.
      await look().catch(() => undefined);
      await pause(periodMs);
    }
  };
  void go();
  return {
    stop: () => {
      stopped = true;
    },
  };
}

async function askAnyMonitor(fleet: Fleet, nodes: readonly Release[]): Promise<MonitorStatus | undefined> {
  for (const release of nodes) {
    const status = await fleet.monitors.status(release);
    if (status?.etcd.reachable) return status;
  }
  return undefined;
}

async function viewEtcd(fleet: Fleet): Promise<EtcdView> {
  const healthy = new Set<string>();
  let leader: string | undefined;
  for (const { name } of fleet.environment.etcd.members) {
    const status = await fleet.etcd.use(name, session => session.status()).catch(() => undefined);
    if (status === undefined || status.errors.length > 0) continue;
    healthy.add(name);
    if (status.leaderId === status.memberId) leader = name;
  }
  return { leader, healthy };
}

/** A change of holder, as the monitor that moved the claim wrote it down. */
interface HolderChange {
  at: string;
  how: 'handover' | 'takeover';
  to: string;
  afterSlot: number;
}

async function readChange(fleet: Fleet, epoch: number): Promise<HolderChange | undefined> {
  const key = historyKey(keysOf(fleet), epoch);
  const stored = await withAnyMember(fleet, session => session.get(key)).catch(() => undefined);
  return stored === undefined ? undefined : (JSON.parse(stored.value) as HolderChange);
}

function siteModel(
  { environment }: Fleet,
  name: string,
  pods: ReadonlyMap<string, PodFacts | undefined>,
  status: MonitorStatus,
  etcd: EtcdView,
): SiteModel {
  const cluster = environment.clusters.find(each => each.name === name);
  const member = environment.etcd.members.find(each => each.cluster === name);
  return {
    name,
    cloud: cluster?.cloud ?? '',
    isCutOff: false,
    nodes: (cluster?.nodes ?? []).map(node => nodeModel(node.name, node.zone, pods.get(node.name), status)),
    etcd:
      member === undefined
        ? null
        : { name: member.name, isHealthy: etcd.healthy.has(member.name), isLeader: etcd.leader === member.name },
  };
}

function nodeModel(name: string, zone: string, pod: PodFacts | undefined, { nodes, claim }: MonitorStatus): NodeModel {
  const presence = nodes.find(node => node.node === name);
  const holdsClaim = claim?.holder === name;
  return {
    name,
    zone,
    image: pod === undefined ? '' : imageOf(pod),
    role: roleOf(presence, holdsClaim),
    holdsClaim,
    note: presence?.why.join(', ') ?? 'no presence in etcd',
  };
}

function roleOf(presence: Presence | undefined, holdsClaim: boolean): NodeModel['role'] {
  if (presence === undefined || !presence.nodeos.alive) return 'down';
  if (holdsClaim && presence.nodeos.paused === false) return 'signing';
  return presence.role === 'standby' ? 'standby' : 'starting';
}

function imageOf(pod: PodFacts): string {
  return pod.images.find(image => image.includes('nodeos')) ?? pod.images[0] ?? '';
}
