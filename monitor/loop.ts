// The monitor's loop: facts from nodeos, etcd and the clock go through the machine in core/failover, and what it asks for is done.

import type { Nodeos } from '#adapters/nodeos/client.ts';
import { settleSlots } from '#core/failover/handover-moment.ts';
import { roleOf, startMonitor, step } from '#core/failover/machine.ts';
import { isCloseTo } from '#core/failover/pace.ts';
import type { Monitor, MonitorEvent } from '#core/failover/state.ts';
import type { Presence } from '#core/failover/status.ts';
import { mayClaimAheadIn, maySignIn } from '#core/failover/tenure.ts';
import type { IsSignatureOf } from '#core/failover/unclaimed.ts';
import { isInWindow, slotAt, slotMs, windowsFrom } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import { isComing, startAnnouncer } from './announcer.ts';
import type { AskedMark } from './asked-mark.ts';
import { sayChanges } from './changes.ts';
import { watchClock } from './clock.ts';
import type { MonitorConfig } from './config.ts';
import { keepHistoryShort } from './history.ts';
import type { Journal } from './journal.ts';
import { watchNodeos } from './nodeos-watch.ts';
import { watchOwnBlocks } from './own-blocks.ts';
import { type Happening, startPerformer } from './performer.ts';
import type { Register } from './register.ts';
import { type RegisterWatch, watchRegister } from './register-watch.ts';
import { startRepeater } from './repeat.ts';
import { describeSelf } from './self.ts';
import type { SignerPort } from './signer.ts';

export interface Loop extends SignerPort {
  readonly monitor: Monitor;
  presence(): Presence;
  etcd(): { reachable: boolean; detail: string };
  /** Whether nodeos may ask for a signature at any moment. */
  maySignSoon(): boolean;
  /** Hands over if this node holds the claim; resolves when it no longer does, or nobody can take it, or time is up. */
  drain(boundMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** nodeos rounds the offset so that each block has whole milliseconds: 500 reads 504. */
const [leastOffsetMs, mostOffsetMs] = [96, 504];
const warmUpEveryMs = 2000;
/** A pod that is told to stop is gone after its terminationGracePeriodSeconds, 300; whoever lives on was not told by the kubelet. */
const leavingForMs = (300 + 100) * 1000;

export function startLoop(
  config: MonitorConfig,
  incarnation: string,
  parts: {
    nodeos: Nodeos;
    register: Register;
    journal: Journal;
    time: Time;
    onCloned: () => void;
    isSignatureOf: IsSignatureOf;
    /** What else is to be said of etcd. */
    etcdNotes?: readonly (() => string | undefined)[];
    /** Whether nodeos may have asked an earlier process; without it, it has not. */
    askedMark?: AskedMark;
  },
): Loop {
  const { nodeos, register, journal, time } = parts;
  const clock = watchClock(time, moved => {
    const by = `the wall clock moved ${Math.round(moved)} ms against the monotonic clock`;
    journal.measures.clockMoves++;
    journal.say('clock moved', `${by}; no signature for 2 s`);
    dispatch({ type: 'clock-moved' });
  });
  let stopped = false;
  let cancelStay: () => void = () => undefined;
  let schedules: readonly string[][] = [];
  let produceBlockOffsetMs: number | undefined;
  const repeater = startRepeater(time);
  let registerWatch: RegisterWatch | undefined;
  const etcd = () => {
    const { reachable, detail } = registerWatch?.state() ?? { reachable: false, detail: 'not asked yet' };
    const notes = (parts.etcdNotes ?? []).flatMap(note => note() ?? []);
    return { reachable, detail: [detail, ...notes].join('; ') };
  };
  const self = describeSelf(config, incarnation, {
    time,
    isClockSuspect: clock.isSuspect,
    isEtcdReachable: () => etcd().reachable,
  });
  self.firstRequestFails = parts.askedMark?.wasAsked ?? false;
  const nothingKnown = { nodes: [], stored: undefined, dueWindows: [] };
  let monitor: Monitor = startMonitor(self.describe('starting', nothingKnown), config.produceBlockOffsetMs);
  const presence = () => self.describe(roleOf(monitor.state), monitor.knows);
  const ownBlocks = watchOwnBlocks(config.producer, { nodeos, journal, time, isSignatureOf: parts.isSignatureOf });
  const performer = startPerformer({ nodeos, register, journal, time, dispatch });
  const lookForChanges = sayChanges(journal);
  const pruneHistory = keepHistoryShort(
    { register, performer, time },
    {
      epoch: () => (monitor.state.kind === 'holding' ? monitor.knows.stored?.claim.epoch : undefined),
      isInGap: () => !isNearWindow() && !isCloseToWindow(),
    },
  );
  journal.situate(() => ({ role: roleOf(monitor.state), epoch: monitor.knows.stored?.claim.epoch ?? null }));

  function dispatch(happening: Happening): void {
    if (stopped) return;
    // Looking at the clocks may itself tell that they moved: that comes first.
    const now = presence();
    const event = { ...happening, nowMs: time.nowMs(), wallMs: time.wallMs() } as MonitorEvent;
    const { state, knows, commands } = step({ state: monitor.state, knows: { ...monitor.knows, self: now } }, event);
    monitor = { state, knows };
    for (const command of commands) void performer.perform(command);
    announcer.announceNews();
  }

  const announcer = startAnnouncer({
    time,
    presence,
    isNearWindow,
    say: now => performer.quietly('announce presence', register.announce(now)),
  });

  function isNearWindow(): boolean {
    const now = slotAt(time.wallMs());
    return monitor.knows.windows.some(window => isInWindow({ first: window.first - 2, last: window.last + 1 }, now));
  }

  function isCloseToWindow(): boolean {
    return monitor.knows.dueWindows.some(window => isCloseTo(window, time.wallMs()));
  }

  watchNodeos(
    { nodeos, config, repeater, time },
    {
      fellows: () => monitor.knows.nodes.filter(node => node.node !== config.node),
      isUrgent: () => monitor.state.kind === 'taking' || (monitor.state.kind === 'resuming' && !monitor.state.asked),
      isNearWindow: () => isNearWindow() || isCloseToWindow(),
      onView: (seen, askedAtMs) => {
        ownBlocks.onHead(seen, monitor.knows.dueWindows[0]);
        self.seenAtMs = askedAtMs;
        const isStale = askedAtMs < performer.controlledAtMs;
        self.nodeos = isStale ? { ...seen, paused: self.nodeos.paused } : seen;
        if (!isStale) dispatch({ type: 'nodeos', view: self.nodeos, askedAtMs });
      },
      onSchedules: seen => {
        schedules = seen;
      },
      onOffset: seen => {
        if (seen !== produceBlockOffsetMs && (seen < leastOffsetMs || seen > mostOffsetMs)) {
          journal.say('nodeos in trouble', `its produce-block-offset-ms is ${seen}; expected 100 to 500`);
        }
        produceBlockOffsetMs = seen;
      },
      onGone: () => {
        self.firstRequestFails = false;
        parts.askedMark?.ended();
      },
      onTrouble: detail => journal.say('nodeos in trouble', detail),
    },
  );

  /** The schedule in force comes first, and then the one that may follow it at any round. */
  function lookAtWindows(): void {
    lookForChanges({ presence: presence(), etcd: etcd(), maintenance: monitor.knows.maintenance });
    if (schedules.length === 0) return;
    pruneHistory();
    const now = slotAt(time.wallMs());
    dispatch({
      type: 'windows',
      // One that has just ended is still to be kept away from.
      windows: windowsFrom(schedules, config.producer, now - settleSlots),
      dueWindows: windowsFrom(schedules.slice(0, 1), config.producer, now),
      produceBlockOffsetMs: produceBlockOffsetMs ?? config.produceBlockOffsetMs,
    });
  }

  registerWatch = watchRegister(
    register,
    { repeater, time },
    {
      onWatch: isWatching => ownBlocks.onWatch(isWatching, monitor.knows.stored),
      onClaim: stored => {
        ownBlocks.onClaim(stored);
        dispatch({ type: 'claim', stored });
      },
      onView: ({ stored, nodes, request, maintenance, drained }) => {
        ownBlocks.onRead(stored);
        self.isDrained = drained;
        dispatch({ type: 'nodes', nodes });
        dispatch({ type: 'claim', stored });
        dispatch({ type: 'maintenance', notice: maintenance });
        dispatch({ type: 'request', request });
      },
    },
  );
  void announcer.announce();
  repeater.every(
    () => warmUpEveryMs,
    () => performer.quietly('warm up', register.warmUp()),
  );
  repeater.every(() => slotMs / 2, lookAtWindows);
  repeater.every(
    () => (isNearWindow() ? 5 : isCloseToWindow() ? 15 : 50),
    () => dispatch({ type: 'tick' }),
  );

  return {
    get monitor() {
      return monitor;
    },
    presence,
    etcd,
    tenure: () => {
      const { state, knows } = monitor;
      return maySignIn(state) && knows.stored !== undefined && knows.begunWith !== undefined && !stopped
        ? {
            stored: knows.stored,
            begunWith: knows.begunWith,
            windows: knows.windows,
            unnamed: knows.unnamed,
            mayClaimAhead: self.nodeos.alive && mayClaimAheadIn(state),
          }
        : undefined;
    },
    asked: () => {
      self.firstRequestFails = false;
      parts.askedMark?.asked();
    },
    maySignSoon: () => (isComing(roleOf(monitor.state)) || monitor.state.kind === 'handing') && isNearWindow(),
    claimSeen: stored => dispatch({ type: 'claim', stored }),
    signed: (digest, isNamed) => dispatch({ type: 'signed', digest, isNamed }),
    cloned: detail => {
      journal.say('stopping', `${detail}; starting anew as somebody else`);
      parts.onCloned();
    },
    isClockSuspect: clock.isSuspect,
    drain: async boundMs => {
      const until = time.nowMs() + boundMs;
      self.isLeaving = true;
      cancelStay();
      cancelStay = time.after(leavingForMs, () => {
        self.isLeaving = false;
        journal.say('stays', `asked to drain ${leavingForMs / 1000} s ago, and nobody stopped it`);
      });
      await announcer.announce();
      const isDone = () => {
        const { state, knows } = monitor;
        const cannot = state.kind === 'holding' && knows.cannotLeave !== undefined;
        const isIdle = state.kind === 'starting' || state.kind === 'standby' || state.kind === 'deposed';
        return isIdle || cannot || !etcd().reachable;
      };
      while (time.nowMs() < until && !isDone()) await repeater.rest(50);
    },
    stop: async () => {
      stopped = true;
      clock.stop();
      cancelStay();
      announcer.stop();
      registerWatch?.stop();
      repeater.stop();
    },
  };
}
