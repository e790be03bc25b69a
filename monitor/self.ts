// What this node says of itself: nodeos as last seen, whether it could sign, and why not.

import { claimVersion, signedUpTo } from '#core/failover/claim.ts';
import { judgeEligibility, noSteadiness } from '#core/failover/eligibility.ts';
import { unheardSlot } from '#core/failover/hearing.ts';
import { holderPaceMs } from '#core/failover/pace.ts';
import type { Knowledge } from '#core/failover/state.ts';
import type { NodeosView, Presence, Role } from '#core/failover/status.ts';
import { slotAt } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import { compareClocks } from './clock-offsets.ts';
import type { MonitorConfig } from './config.ts';

/** Older than this, nodeos' head says nothing about a block that is missing. */
const freshMs = 500;

export interface Self {
  nodeos: NodeosView;
  /** When that was asked for, monotonic. */
  seenAtMs: number;
  /** The pod is going down. */
  isLeaving: boolean;
  /** An operator has drained it. */
  isDrained: boolean;
  /** As in its presence. */
  firstRequestFails: boolean;
  /** What to announce, by what the monitor knows. */
  describe(role: Role, knows: Pick<Knowledge, 'nodes' | 'stored' | 'dueWindows'>): Presence;
}

/** Before nodeos has said anything. */
const nothingSeen: NodeosView = {
  alive: false,
  paused: null,
  headNum: 0,
  headId: '',
  headSlot: 0,
  headProducer: '',
  lib: 0,
  chainId: '',
  version: '',
  peers: 0,
};

export function describeSelf(
  config: MonitorConfig,
  incarnation: string,
  parts: { time: Time; isClockSuspect(): boolean; isEtcdReachable(): boolean },
): Self {
  const { node, site, zone, priority, chainId, minPeers } = config;
  let steadiness = noSteadiness;
  const offsets = compareClocks();
  let wasSuspect = false;
  const self: Self = {
    nodeos: nothingSeen,
    seenAtMs: Number.NEGATIVE_INFINITY,
    isLeaving: false,
    isDrained: false,
    firstRequestFails: false,
    describe: (role, { nodes, stored, dueWindows }) => {
      const wallMs = parts.time.wallMs();
      const fellows = nodes.filter(other => other.node !== node);
      const isSuspect = parts.isClockSuspect();
      if (isSuspect && !wasSuspect) offsets.forget();
      wasSuspect = isSuspect;
      const draining = self.isLeaving || self.isDrained;
      const verdict = judgeEligibility(
        {
          nodeos: self.nodeos,
          fellows,
          chainId,
          minPeers,
          draining,
          clockMoved: isSuspect,
          clockOffsetsMs: offsets.look(fellows, wallMs),
          wallMs,
          nowMs: parts.time.nowMs(),
          etcdReachable: parts.isEtcdReachable(),
        },
        steadiness,
      );
      steadiness = verdict.steadiness;
      const cannotTell = stored?.claim.holder === node || parts.time.nowMs() - self.seenAtMs > freshMs;
      const window = dueWindows.find(({ last }) => last >= slotAt(wallMs));
      return {
        v: 1,
        node,
        site,
        zone,
        incarnation,
        role,
        priority,
        eligible: verdict.eligible,
        why: verdict.why,
        draining,
        unheardSlot:
          stored === undefined || cannotTell
            ? null
            : unheardSlot({ claim: stored.claim, nodeos: self.nodeos, window, wallMs }),
        claimFormat: claimVersion,
        nodeos: self.nodeos,
        p2pAddress: `${config.podIp}:${config.p2pPort}`,
        wallMs,
        firstRequestFails: self.firstRequestFails,
        paceMs:
          stored?.claim.holder === node && stored.claim.incarnation === incarnation
            ? holderPaceMs(window, signedUpTo(stored.claim), wallMs)
            : null,
      };
    },
  };
  return self;
}
