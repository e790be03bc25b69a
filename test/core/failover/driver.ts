// Drives one monitor through events, its clock in hand, and brings it into the states that tests begin in.

import { type Claim, renderClaim, type StoredClaim } from '#core/failover/claim.ts';
import { roleOf, startMonitor, step } from '#core/failover/machine.ts';
import type { FailoverRequest, HandoverRequest } from '#core/failover/requests.ts';
import type { Command, Monitor, MonitorEvent } from '#core/failover/state.ts';
import type { NodeosView, Presence } from '#core/failover/status.ts';
import { slotStartMs } from '#core/slots.ts';
import { nodeosView, presence } from './presences.ts';

export const self = presence('self', { site: 'gcp' });

export const other = presence('other', { role: 'holding' });

export const window = { first: 1200, last: 1211 };

export const request: HandoverRequest = {
  v: 1,
  kind: 'handover',
  id: 'r1',
  target: null,
  moment: 'now',
  by: 'an operator',
};

let revision = 100;

/** A claim under the next revision, held by `other` unless said otherwise. */
export function stored(changes: Partial<Claim> = {}): StoredClaim {
  const claim = { v: 1, slot: 900, digest: '', holder: 'other', incarnation: 'other-1', epoch: 5, ...changes };
  return { claim, text: renderClaim(claim), revision: String(revision++) };
}

export const ours = (changes: Partial<Claim> = {}) => stored({ holder: 'self', incarnation: 'self-1', ...changes });

/** One monitor, its clock, and all it has asked for. The slot moves with the monotonic clock. */
export class Driver {
  monitor: Monitor = startMonitor(self, 450);
  nowMs = 0;
  slot = 1000;
  commands: Command[] = [];

  lastSeen: Partial<NodeosView> | undefined;

  /** @returns the commands of this very event */
  on(event: Happening): Command[] {
    const timed = { nowMs: this.nowMs, wallMs: slotStartMs(this.slot) + (this.nowMs % 500), ...event } as MonitorEvent;
    const { state, knows, commands } = step(this.monitor, timed);
    this.monitor = { state, knows };
    this.commands.push(...commands);
    return commands;
  }

  /** Time passes, and nodeos, if it is paused, says once more that it is. */
  after(ms: number, event: Happening = { type: 'tick' }): Command[] {
    this.nowMs += ms;
    const seen = this.lastSeen?.paused === true ? this.sees(this.lastSeen) : [];
    return [...seen, ...this.on(event)];
  }

  /** @param agoMs how long before the answer nodeos was asked */
  sees(changes: Partial<NodeosView>, agoMs = 0): Command[] {
    this.lastSeen = changes;
    return this.on({ type: 'nodeos', view: nodeosView(changes), askedAtMs: this.nowMs - agoMs });
  }

  get role() {
    return roleOf(this.monitor.state);
  }
}

type Happening = {
  [K in MonitorEvent['type']]: Omit<MonitorEvent & { type: K }, 'nowMs' | 'wallMs'>;
}[MonitorEvent['type']];

export const types = (commands: Command[]) => commands.map(({ type }) => type);

export const said = (commands: Command[]) =>
  commands.flatMap(command => (command.type === 'say' ? [command.decision] : []));

export function aStandby(nodes: Presence[] = [self, other]): Driver {
  const driver = new Driver();
  driver.on({ type: 'nodes', nodes });
  driver.on({ type: 'windows', windows: [window], dueWindows: [window], produceBlockOffsetMs: 450 });
  driver.on({ type: 'claim', stored: stored() });
  driver.sees({ paused: true });
  driver.after(500);
  return driver;
}

/** Took over outside the window because the other was gone, and resumed. */
export function aHolder(): Driver {
  const driver = aStandby();
  driver.on({ type: 'claim', stored: ours() });
  driver.after(60);
  driver.on({ type: 'resumed', ok: true });
  driver.sees({ paused: false });
  return driver;
}

export function aHandingOne(): Driver {
  const driver = aHolder();
  driver.on({ type: 'nodes', nodes: [self, { ...other, role: 'standby' }] });
  driver.on({ type: 'request', request });
  return driver;
}

export function taken(claim: Partial<Claim>): Driver {
  const driver = aStandby();
  driver.on({ type: 'nodes', nodes: [self] });
  driver.after(10);
  driver.on({ type: 'took', outcome: 'put', stored: ours({ epoch: 6, ...claim }) });
  return driver;
}

export function aGivingOne(): Driver {
  const driver = aHandingOne();
  driver.after(5);
  driver.on({ type: 'paused', ok: true });
  driver.after(600);
  return driver;
}

export const failover: FailoverRequest = {
  v: 1,
  kind: 'failover',
  id: 'f1',
  target: null,
  epoch: 5,
  by: 'an operator',
};

/** Holds the claim, with a standby to give it to. */
export function aHolderWithStandby(changes: Partial<Presence>): Driver {
  const driver = aHolder();
  const { knows } = driver.monitor;
  driver.monitor = { ...driver.monitor, knows: { ...knows, self: { ...knows.self, ...changes } } };
  driver.on({ type: 'nodes', nodes: [self, { ...other, role: 'standby' }] });
  return driver;
}
