// What a monitor says of itself: its presence in etcd, and the fuller /status over HTTP.

import type { Claim } from './claim.ts';
import type { Notice } from './requests.ts';

/** Where a monitor stands with the claim. `machine.ts` draws how one follows from another. */
export type Role = 'starting' | 'standby' | 'taking' | 'resuming' | 'holding' | 'handing' | 'deposed';

/** What the monitor last saw of its nodeos. */
export interface NodeosView {
  /** Whether its main thread answered lately (get_info alone proves nothing: it is answered even when the main thread hangs). */
  alive: boolean;
  /** `paused` as nodeos answers it; null when unknown. */
  paused: boolean | null;
  headNum: number;
  headId: string;
  headSlot: number;
  /** Account that made the head. */
  headProducer: string;
  lib: number;
  chainId: string;
  version: string;
  /** Live connections to nodes that are not our own. */
  peers: number;
}

/** Value of `nodes/<name>/<incarnation>`, renewed every second, or quicker, on a lease of 5 s. */
export interface Presence {
  v: 1;
  node: string;
  site: string;
  zone: string;
  incarnation: string;
  role: Role;
  /** Lower is taken first among equals. */
  priority: number;
  /** May take over now; when not, `why` says which criteria fail. */
  eligible: boolean;
  why: string[];
  draining: boolean;
  /** Oldest slot of ours that was claimed by another node and whose block has not come here in time; null when all have. */
  unheardSlot: number | null;
  /** Newest format of the claim that it can read and write. */
  claimFormat: number;
  nodeos: NodeosView;
  /** Address fellows dial, host:port. */
  p2pAddress: string;
  /** Wall clock when this was written, ms since the Unix epoch. */
  wallMs: number;
  /** How soon it speaks again at the latest: the holder promises it before our window, see pace.ts. Null: nothing is promised. */
  paceMs: number | null;
  /** nodeos may still have its connection to an earlier process of this monitor: the first signature that it asks for fails then. */
  firstRequestFails: boolean;
  /** mod_revision of its key, in one that was read. */
  revision?: string;
}

/** What a monitor of an earlier version does not say of itself. */
export const unsaid = {
  unheardSlot: null,
  claimFormat: 1,
  paceMs: null,
  firstRequestFails: false,
} satisfies Partial<Presence>;

/** Body of GET /status on the monitor's port. */
export interface MonitorStatus extends Presence {
  producer: string;
  /** The claim as last read; null when the key is missing or unreadable. */
  claim: Claim | null;
  etcd: { reachable: boolean; detail: string };
  /** While set, nobody takes over. */
  maintenance: Notice | null;
  /** Our current or next window by the schedule; null when not scheduled. */
  window: { first: number; last: number } | null;
  /** Fellow nodes by presence, this one included. */
  nodes: Presence[];
  counters: { claims: number; refusals: Record<string, number>; takeovers: number; handovers: number };
  /** Claims made ahead of their signatures, and signatures that needed none of their own. Monitors of earlier versions do not say. */
  ahead?: { claims: number; signatures: number };
  /** Our slots since this monitor started, as its node saw the chain. Monitors of earlier versions do not say. */
  slots?: { produced: number; missed: number; unknown: number };
  /** Blocks of our producer that no claim carries, until the monitor restarts; newest last. Monitors of earlier versions do not say. */
  alarms?: { at: string; slot: number; num: number; id: string }[];
  /** Solo as far as there is something to say of it; see solo.ts. Monitors of earlier versions do not say. */
  solo?: { phase: string; detail: string } | null;
  /** The last decisions, newest last. */
  decisions: { at: string; slot: number; decision: string; reason: string }[];
}
