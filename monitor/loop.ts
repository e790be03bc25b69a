// The monitor's loop: facts from nodeos, etcd and the clock go through the machine in core/failover; what it asks for is done here.

import type { Nodeos } from '#adapters/nodeos/client.ts';
import { judgeEligibility } from '#core/failover/eligibility.ts';
import { roleOf, startMonitor, step } from '#core/failover/machine.ts';
import type { Command, Monitor, MonitorEvent } from '#core/failover/state.ts';
import type { NodeosView, Presence, Role } from '#core/failover/status.ts';
import { isInWindow, slotAt, slotMs, slotsPerWindow, windowFrom } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import { watchClock } from './clock.ts';
import type { MonitorConfig } from './config.ts';
import type { Journal } from './journal.ts';
import { watchNodeos } from './nodeos-watch.ts';
import type { ClaimOutcome, Register } from './register.ts';
import { type RegisterWatch, watchRegister } from './register-watch.ts';
import { oneAtATime, startRepeater } from './repeat.ts';
import type { SignerPort } from './signer.ts';

/** The event without its times, which the loop adds. */
type Happening = MonitorEvent extends infer Each
  ? Each extends MonitorEvent
    ? Omit<Each, 'nowMs' | 'wallMs'>
    : never
  : never;

export interface Loop extends SignerPort {
  readonly monitor: Monitor;
  presence(): Presence;
  etcd(): { reachable: boolean; detail: string };
  /** Hands over if this node holds the claim; resolves when it no longer does, or nobody can take it, or time is up. */
  drain(boundMs: number): Promise<void>;
  stop(): Promise<void>;
}

const controlDeadlineMs = 1000;
/** nodeos rounds the offset so that each block has whole milliseconds: 500 reads 504. */
const [leastOffsetMs, mostOffsetMs] = [96, 504];
const announceEveryMs = 1000;
const warmUpEveryMs = 2000;

export function startLoop(
  config: MonitorConfig,
  incarnation: string,
  parts: { nodeos: Nodeos; register: Register; journal: Journal; time: Time; onCloned: () => void },
): Loop {
  const { nodeos, register, journal, time } = parts;
  const clock = watchClock(time, moved => {
    const by = `the wall clock moved ${Math.round(moved)} ms against the monotonic clock`;
    journal.say('clock moved', `${by}; no signature for 2 s`);
    dispatch({ type: 'clock-moved' });
  });
  let stopped = false;
  let draining = false;
  const drainId = `drain-${incarnation}`;
  let schedules: readonly string[][] = [];
  let produceBlockOffsetMs: number | undefined;
  // Answers of nodeos that were asked for before its last pause or resume say nothing about it.
  let controlledAtMs = Number.NEGATIVE_INFINITY;
  let view: NodeosView = {
    alive: false,
    paused: null,
    headNum: 0,
    headId: '',
    headSlot: 0,
    lib: 0,
    chainId: '',
    version: '',
    peers: 0,
  };
  const repeater = startRepeater(time);
  let registerWatch: RegisterWatch | undefined;
  let monitor: Monitor = startMonitor(describe([], 'starting'), config.produceBlockOffsetMs);
  const presence = () => describe(monitor.knows.nodes, roleOf(monitor.state));

  function describe(nodes: readonly Presence[], role: Role): Presence {
    const { node, site, zone, priority, chainId, minPeers } = config;
    const fellows = nodes.filter(other => other.node !== node);
    const wallMs = time.wallMs();
    const verdict = judgeEligibility({
      nodeos: view,
      fellows,
      chainId,
      minPeers,
      draining,
      clockMoved: clock.isSuspect(),
      wallMs,
      etcdReachable: etcd().reachable,
    });
    return {
      v: 1,
      node,
      site,
      zone,
      incarnation,
      role,
      priority,
      ...verdict,
      draining,
      nodeos: view,
      p2pAddress: `${config.podIp}:${config.p2pPort}`,
      wallMs,
    };
  }

  function etcd(): { reachable: boolean; detail: string } {
    return registerWatch?.state() ?? { reachable: false, detail: 'not asked yet' };
  }

  function dispatch(happening: Happening): void {
    if (stopped) return;
    const event = { ...happening, nowMs: time.nowMs(), wallMs: time.wallMs() } as MonitorEvent;
    const { state, knows, commands } = step(
      { state: monitor.state, knows: { ...monitor.knows, self: presence() } },
      event,
    );
    monitor = { state, knows };
    for (const command of commands) void perform(command);
    if (headline(presence()) !== announced) void announce();
  }

  async function perform(command: Command): Promise<void> {
    switch (command.type) {
      case 'say':
        if (command.decision === 'takeover') journal.count('takeovers');
        if (command.decision === 'handed over') journal.count('handovers');
        return journal.say(command.decision, command.reason);
      case 'pause':
        journal.say('pause nodeos', command.reason);
        return dispatch({ type: 'paused', ok: await control(() => nodeos.pause(controlDeadlineMs)) });
      case 'resume':
        journal.say('resume nodeos', command.reason);
        return dispatch({ type: 'resumed', ok: await control(() => nodeos.resume(controlDeadlineMs)) });
      case 'take':
      case 'give': {
        const outcome = await swap(command);
        const type = command.type === 'take' ? 'took' : 'gave';
        return dispatch({
          type,
          outcome: outcome.kind === 'put' ? 'put' : 'changed',
          stored: outcome.kind === 'unclear' ? undefined : outcome.stored,
        });
      }
      case 'answer':
        // What this process asked of itself is no one else's business.
        if (command.answer.id === drainId) return journal.say('drain', command.answer.reason);
        journal.say(`request ${command.answer.outcome}`, command.answer.reason);
        return quietly('answer a request', register.answer(command.answer));
    }
  }

  async function control(call: () => Promise<void>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      journal.say('nodeos did not obey', (error as Error).message);
      return false;
    } finally {
      controlledAtMs = time.nowMs();
    }
  }

  async function swap({ type, expected, claim, reason }: Command & { type: 'take' | 'give' }): Promise<ClaimOutcome> {
    try {
      const outcome = await register.swapClaim(expected, claim);
      if (outcome.kind === 'put') {
        const entry = {
          at: new Date(time.wallMs()).toISOString(),
          how: type === 'take' ? 'takeover' : 'handover',
          from: expected.claim.holder,
          to: claim.holder,
          why: reason,
          afterSlot: claim.slot,
        };
        void quietly('record history', register.record(claim.epoch, entry));
      }
      return outcome;
    } catch (error) {
      return { kind: 'unclear', detail: (error as Error).message };
    }
  }

  async function quietly(action: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      journal.say(`could not ${action}`, (error as Error).message);
    }
  }

  // What fellows must hear at once; the rest may wait for the next second.
  let announced = '';
  const announce = oneAtATime(async () => {
    const now = presence();
    announced = headline(now);
    await quietly('announce presence', register.announce(now));
  });

  function isNearWindow(): boolean {
    const now = slotAt(time.wallMs());
    return monitor.knows.windows.some(window => isInWindow({ first: window.first - 2, last: window.last + 1 }, now));
  }

  watchNodeos(
    nodeos,
    config,
    { repeater, time },
    {
      fellows: () => monitor.knows.nodes.filter(node => node.node !== config.node),
      isUrgent: () => monitor.state.kind === 'resuming' || monitor.state.kind === 'taking',
      isNearWindow,
      onView: (seen, askedAtMs) => {
        view = askedAtMs < controlledAtMs ? { ...seen, paused: view.paused } : seen;
        if (askedAtMs >= controlledAtMs) dispatch({ type: 'nodeos', view, askedAtMs });
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
      onTrouble: detail => journal.say('nodeos in trouble', detail),
    },
  );

  /** The windows that a block asked for now may fall into: the present or next one, and the one after. */
  function lookAtWindows(): void {
    const now = slotAt(time.wallMs());
    const windows = schedules.flatMap(schedule =>
      [now, now + slotsPerWindow].flatMap(slot => windowFrom(schedule, config.producer, slot) ?? []),
    );
    const distinct = windows.filter(
      (window, index) => windows.findIndex(each => each.first === window.first) === index,
    );
    dispatch({
      type: 'windows',
      windows: distinct.sort((a, b) => a.first - b.first),
      produceBlockOffsetMs: produceBlockOffsetMs ?? config.produceBlockOffsetMs,
    });
  }

  registerWatch = watchRegister(
    register,
    { repeater, time },
    {
      onClaim: stored => dispatch({ type: 'claim', stored }),
      onNodes: nodes => dispatch({ type: 'nodes', nodes }),
      onRequest: request => {
        if (!draining) dispatch({ type: 'request', request });
      },
    },
  );
  repeater.every(() => announceEveryMs, announce);
  repeater.every(
    () => warmUpEveryMs,
    () => quietly('warm up', register.warmUp()),
  );
  repeater.every(() => slotMs / 2, lookAtWindows);
  repeater.every(
    () => (isNearWindow() ? 5 : 50),
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
      // nodeos may ask before its answer to our resume has come: all that a resume needs was so when it was asked for.
      const maySign =
        state.kind === 'holding' ||
        (state.kind === 'resuming' && state.asked) ||
        (state.kind === 'handing' && state.phase !== 'giving');
      return maySign && knows.stored !== undefined && !stopped
        ? { stored: knows.stored, windows: knows.windows }
        : undefined;
    },
    claimSeen: stored => dispatch({ type: 'claim', stored }),
    signed: () => dispatch({ type: 'signed' }),
    cloned: detail => {
      journal.say('stopping', `${detail}; starting anew as somebody else`);
      parts.onCloned();
    },
    isClockSuspect: clock.isSuspect,
    drain: async boundMs => {
      const until = time.nowMs() + boundMs;
      draining = true;
      dispatch({
        type: 'request',
        request: {
          v: 1,
          kind: 'handover',
          id: drainId,
          target: null,
          moment: 'gap',
          by: `${config.node} is going down`,
        },
      });
      await announce();
      while (
        time.nowMs() < until &&
        monitor.state.kind !== 'standby' &&
        monitor.state.kind !== 'deposed' &&
        !(monitor.state.kind === 'holding' && monitor.knows.dealtWith === drainId)
      )
        await repeater.rest(50);
    },
    stop: async () => {
      stopped = true;
      clock.stop();
      registerWatch?.stop();
      repeater.stop();
    },
  };
}

function headline({ role, eligible, nodeos: { alive } }: Presence): string {
  return `${role} ${eligible} ${alive}`;
}
