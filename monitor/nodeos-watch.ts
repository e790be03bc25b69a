// Looks at nodeos again and again: head and pause often, schedule and peers now and then; and connects it to its fellows.

import {
  type ChainInfo,
  isNobodyThere,
  type Nodeos,
  NodeosError,
  type PeerConnection,
} from '#adapters/nodeos/client.ts';
import type { NodeosView, Presence } from '#core/failover/status.ts';
import type { Time } from '#core/time.ts';
import type { MonitorConfig } from './config.ts';
import type { Repeater } from './repeat.ts';

export interface NodeosWatchPort {
  fellows(): Presence[];
  /** A new holder waits for its head: look without delay. */
  isUrgent(): boolean;
  isNearWindow(): boolean;
  /** @param askedAtMs monotonic time at which the questions left */
  onView(view: NodeosView, askedAtMs: number): void;
  onSchedules(schedules: string[][]): void;
  onOffset(produceBlockOffsetMs: number): void;
  /** Nobody listens: nodeos has ended, or has not begun. */
  onGone(): void;
  onTrouble(detail: string): void;
}

const infoDeadlineMs = 300;
/** The main thread may wait for a signature, or apply a heavy block. */
const mainThreadDeadlineMs = 1500;
const slowPeriodMs = 2000;
/** Until nodeos has told its schedule once. */
const startPeriodMs = 250;

export function watchNodeos(
  parts: { nodeos: Nodeos; config: MonitorConfig; repeater: Repeater; time: Time },
  port: NodeosWatchPort,
): void {
  const { nodeos, config, repeater, time } = parts;
  let peers = 0;
  let lastInfo: ChainInfo | undefined;
  let trouble = '';
  let surveyPeriodMs = startPeriodMs;

  const look = async () => {
    const askedAtMs = time.nowMs();
    const [info, paused] = await Promise.all([
      attempt(nodeos.info(infoDeadlineMs)),
      attempt(nodeos.paused(mainThreadDeadlineMs)),
    ]);
    // One get_info that is lost says nothing while the main thread answers; two in a row do.
    const known = info instanceof NodeosError ? (typeof paused === 'boolean' ? lastInfo : undefined) : info;
    lastInfo = info instanceof NodeosError ? undefined : info;
    port.onView(toView(known, paused, peers), askedAtMs);
    if (paused instanceof NodeosError && isNobodyThere(paused)) port.onGone();
    const said = paused instanceof NodeosError ? paused.message : '';
    if (said !== trouble && said !== '') port.onTrouble(said);
    trouble = said;
  };

  const survey = async () => {
    const [schedules, connections, offset] = await Promise.all([
      attempt(nodeos.schedules(mainThreadDeadlineMs)),
      attempt(nodeos.connections(mainThreadDeadlineMs)),
      attempt(nodeos.produceBlockOffsetMs(mainThreadDeadlineMs)),
    ]);
    if (!(schedules instanceof NodeosError)) {
      port.onSchedules(schedules);
      surveyPeriodMs = slowPeriodMs;
    }
    if (!(offset instanceof NodeosError)) port.onOffset(offset);
    if (!(connections instanceof NodeosError)) {
      const fellows = port.fellows();
      peers = countForeignPeers(connections, fellows);
      await connectFellows(nodeos, config, connections, fellows);
    }
  };

  repeater.every(() => (port.isUrgent() ? 5 : port.isNearWindow() ? 100 : 250), look);
  repeater.every(() => surveyPeriodMs, survey);
}

async function attempt<T>(promise: Promise<T>): Promise<T | NodeosError> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof NodeosError) return error;
    throw error;
  }
}

function toView(known: ChainInfo | undefined, paused: boolean | NodeosError, peers: number): NodeosView {
  return {
    alive: known !== undefined && typeof paused === 'boolean',
    paused: typeof paused === 'boolean' ? paused : null,
    headNum: known?.headNum ?? 0,
    headId: known?.headId ?? '',
    headSlot: known?.headSlot ?? 0,
    headProducer: known?.headProducer ?? '',
    lib: known?.lib ?? 0,
    chainId: known?.chainId ?? '',
    version: known?.version ?? '',
    peers,
  };
}

/** Only peers that are not our own count: a standby whose one peer is the active node would take over and be heard by nobody. */
function countForeignPeers(connections: readonly PeerConnection[], fellows: readonly Presence[]): number {
  const isFellow = ({ peer, agent }: PeerConnection) =>
    fellows.some(fellow => fellow.node === agent || fellow.p2pAddress === peer);
  return connections.filter(connection => connection.isOpen && !isFellow(connection)).length;
}

/** Fellows connect in one direction, by name: two nodes that dial each other close one connection as a duplicate. */
async function connectFellows(
  nodeos: Nodeos,
  config: MonitorConfig,
  connections: readonly PeerConnection[],
  fellows: readonly Presence[],
): Promise<void> {
  const dial = fellows.filter(
    fellow =>
      fellow.node > config.node &&
      !connections.some(({ peer, agent, isOpen }) => peer === fellow.p2pAddress || (agent === fellow.node && isOpen)),
  );
  await Promise.all(dial.map(fellow => attempt(nodeos.connect(fellow.p2pAddress, infoDeadlineMs))));
}
