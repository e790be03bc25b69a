// The monitor's loop: facts from nodeos, etcd and the clock go through the machine in core/failover; what it asks for is done here.

import type { Nodeos } from '#adapters/nodeos/client.ts';
import { judgeEligibility } from '#core/failover/eligibility.ts';
import { roleOf, startMonitor, step } from '#core/failover/machine.ts';
import type { Command, Monitor, MonitorEvent } from '#core/failover/state.ts';
import type { NodeosView, Presence, Role } from '#core/failover/status.ts';
import { isInWindow, slotAt, windowFrom } from '#core/slots.ts';
import { watchClock } from './clock.ts';
import type { MonitorConfig } from './config.ts';
import type { Journal } from './journal.ts';
import { watchNodeos } from './nodeos-watch.ts';
import type { ClaimOutcome, Register } from './register.ts';
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
/** Etcd counts as reachable as long as something was read within this time. */
const etcdSilenceMs = 3000;

export function startLoop(
  config: MonitorConfig,
  incarnation: string,
  parts: { nodeos: Nodeos; register: Register; journal: Journal },
): Loop {
  const { nodeos, register, journal } = parts;
  const clock = watchClock(moved =>
    journal.say(
      'clock moved',
      `the wall clock moved ${Math.round(moved)} ms against the monotonic clock; no signature for 2 s`,
    ),
  );
  let stopped = false;
  let draining = false;
  let lastReadMs = Number.NEGATIVE_INFINITY;
  let etcdDetail = 'not asked yet';
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
  let monitor: Monitor = startMonitor(describe([], 'starting'), config.produceBlockOffsetMs);
  const presence = () => describe(monitor.knows.nodes, roleOf(monitor.state));

  function describe(nodes: readonly Presence[], role: Role): Presence {
    const { node, site, zone, priority, chainId, minPeers } = config;
    const fellows = nodes.filter(other => other.node !== node);
    const wallMs = Date.now();
    const verdict = judgeEligibility({
      nodeos: view,
      fellows,
      chainId,
      minPeers,
      draining,
      wallMs,
      etcdReachable: isEtcdReachable(),
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

  function isEtcdReachable(): boolean {
    return performance.now() - lastReadMs < etcdSilenceMs;
  }

  function dispatch(happening: Happening): void {
    if (stopped) return;
    const event = { ...happening, nowMs: performance.now(), wallMs: Date.now() } as MonitorEvent;
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
      controlledAtMs = performance.now();
    }
  }

  async function swap({ type, expected, claim, reason }: Command & { type: 'take' | 'give' }): Promise<ClaimOutcome> {
    try {
      const outcome = await register.swapClaim(expected, claim);
      if (outcome.kind === 'put') {
        const entry = {
          at: new Date().toISOString(),
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

  let announcing: Promise<void> | undefined;
  let announceAgain = false;
  // What fellows must hear at once; the rest may wait for the next second.
  let announced = '';
  const headline = ({ role, eligible, nodeos: { alive } }: Presence) => `${role} ${eligible} ${alive}`;
  /** One at a time; a change during one is announced right after it. */
  function announce(): Promise<void> {
    if (announcing !== undefined) {
      announceAgain = true;
      return announcing;
    }
    const now = presence();
    announced = headline(now);
    announcing = quietly('announce presence', register.announce(now)).then(() => {
      announcing = undefined;
      if (!announceAgain || stopped) return;
      announceAgain = false;
      return announce();
    });
    return announcing;
  }

  async function readRegister(): Promise<string | undefined> {
    try {
      const { stored, nodes, request, revision } = await register.readAll();
      lastReadMs = performance.now();
      etcdDetail = `read at revision ${revision}`;
      dispatch({ type: 'nodes', nodes });
      dispatch({ type: 'claim', stored });
      if (request !== undefined) dispatch({ type: 'request', request });
      return revision;
    } catch (error) {
      etcdDetail = (error as Error).message;
      return undefined;
    }
  }

  /** The watch makes changes quick to arrive; reading once a second makes sure that they do. */
  async function watchRegister(): Promise<void> {
    while (!stopped) {
      const revision = await readRegister();
      if (revision !== undefined) {
        try {
          const watch = await register.watch(
            String(BigInt(revision) + 1n),
            () => void readRegister(),
            stored => dispatch({ type: 'claim', stored }),
          );
          watches.push(watch.stop);
          await watch.ended;
        } catch (error) {
          etcdDetail = (error as Error).message;
        }
      }
      await pause(200);
    }
  }

  const watches: (() => void)[] = [];
  const timers = new Set<NodeJS.Timeout>();
  function pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });
  }
  async function every(periodMs: () => number, work: () => void | Promise<void>): Promise<void> {
    while (!stopped) {
      await work();
      await pause(periodMs());
    }
  }

  function isNearWindow(): boolean {
    const now = slotAt(Date.now());
    return monitor.knows.windows.some(window => isInWindow({ first: window.first - 2, last: window.last + 1 }, now));
  }

  const nodeosWatch = watchNodeos(nodeos, config, {
    fellows: () => monitor.knows.nodes.filter(node => node.node !== config.node),
    isUrgent: () => monitor.state.kind === 'resuming' || monitor.state.kind === 'taking',
    isNearWindow,
    onView: (seen, askedAtMs) => {
      view = askedAtMs < controlledAtMs ? { ...seen, paused: view.paused } : seen;
      if (askedAtMs >= controlledAtMs) dispatch({ type: 'nodeos', view });
    },
    onSchedules: schedules => {
      const now = slotAt(Date.now());
      const windows = schedules.flatMap(schedule => windowFrom(schedule, config.producer, now) ?? []);
      dispatch({ type: 'windows', windows });
    },
    onTrouble: detail => journal.say('nodeos in trouble', detail),
  });

  void watchRegister();
  void every(
    () => 1000,
    async () => void (await readRegister()),
  );
  void every(() => 1000, announce);
  void every(
    () => 2000,
    () => quietly('warm up', register.warmUp()),
  );
  void every(
    () => (isNearWindow() ? 5 : 50),
    () => dispatch({ type: 'tick' }),
  );

  return {
    get monitor() {
      return monitor;
    },
    presence,
    etcd: () => ({ reachable: isEtcdReachable(), detail: etcdDetail }),
    tenure: () => {
      const { state, knows } = monitor;
      const maySign = state.kind === 'holding' || (state.kind === 'handing' && state.phase !== 'giving');
      return maySign && knows.stored !== undefined && !stopped
        ? { stored: knows.stored, windows: knows.windows }
        : undefined;
    },
    claimSeen: stored => dispatch({ type: 'claim', stored }),
    signed: () => dispatch({ type: 'signed' }),
    isClockSuspect: clock.isSuspect,
    drain: async boundMs => {
      const until = performance.now() + boundMs;
      const id = `drain-${incarnation}`;
      dispatch({
        type: 'request',
        request: { v: 1, kind: 'handover', id, target: null, moment: 'gap', by: `${config.node} is going down` },
      });
      draining = true;
      await announce();
      while (
        performance.now() < until &&
        monitor.state.kind !== 'standby' &&
        monitor.state.kind !== 'deposed' &&
        !(monitor.state.kind === 'holding' && monitor.knows.dealtWith === id)
      )
        await pause(50);
    },
    stop: async () => {
      stopped = true;
      clock.stop();
      nodeosWatch.stop();
      for (const stop of watches) stop();
      for (const timer of timers) clearTimeout(timer);
      await announcing;
    },
  };
}
