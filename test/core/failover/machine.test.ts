import test from 'ava';
import { type Claim, renderClaim, type StoredClaim } from '#core/failover/claim.ts';
import { roleOf, startMonitor, step } from '#core/failover/machine.ts';
import type { FailoverRequest, HandoverRequest } from '#core/failover/requests.ts';
import type { Command, Monitor, MonitorEvent } from '#core/failover/state.ts';
import type { NodeosView, Presence } from '#core/failover/status.ts';
import { slotStartMs } from '#core/slots.ts';
import { nodeosView, presence } from './presences.ts';

const self = presence('self', { site: 'gcp' });
const other = presence('other', { role: 'holding' });
const window = { first: 1200, last: 1211 };
const request: HandoverRequest = { v: 1, kind: 'handover', id: 'r1', target: null, moment: 'now', by: 'an operator' };

let revision = 100;
/** A claim under the next revision, held by `other` unless said otherwise. */
function stored(changes: Partial<Claim> = {}): StoredClaim {
  const claim = { v: 1, slot: 900, digest: '', holder: 'other', incarnation: 'other-1', epoch: 5, ...changes };
  return { claim, text: renderClaim(claim), revision: String(revision++) };
}
const ours = (changes: Partial<Claim> = {}) => stored({ holder: 'self', incarnation: 'self-1', ...changes });

/** One monitor, its clock, and all it has asked for. The slot moves with the monotonic clock. */
class Driver {
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

  sees(changes: Partial<NodeosView>): Command[] {
    this.lastSeen = changes;
    return this.on({ type: 'nodeos', view: nodeosView(changes), askedAtMs: this.nowMs });
  }

  get role() {
    return roleOf(this.monitor.state);
  }
}
type Happening = {
  [K in MonitorEvent['type']]: Omit<MonitorEvent & { type: K }, 'nowMs' | 'wallMs'>;
}[MonitorEvent['type']];

const types = (commands: Command[]) => commands.map(({ type }) => type);
const said = (commands: Command[]) => commands.flatMap(command => (command.type === 'say' ? [command.decision] : []));

function aStandby(nodes: Presence[] = [self, other]): Driver {
  const driver = new Driver();
  driver.on({ type: 'nodes', nodes });
  driver.on({ type: 'windows', windows: [window], dueWindows: [window], produceBlockOffsetMs: 450 });
  driver.on({ type: 'claim', stored: stored() });
  driver.sees({ paused: true });
  driver.after(500);
  return driver;
}

/** Took over outside the window because the other was gone, and resumed. */
function aHolder(): Driver {
  const driver = aStandby();
  driver.on({ type: 'claim', stored: ours() });
  driver.after(60);
  driver.on({ type: 'resumed', ok: true });
  driver.sees({ paused: false });
  return driver;
}

function aHandingOne(): Driver {
  const driver = aHolder();
  driver.on({ type: 'nodes', nodes: [self, { ...other, role: 'standby' }] });
  driver.on({ type: 'request', request });
  return driver;
}

test('a monitor that starts becomes a standby when it has read the claim and seen nodeos paused for a whole slot', t => {
  const driver = new Driver();
  driver.sees({ paused: true });
  driver.on({ type: 'claim', stored: stored() });
  driver.after(499);
  t.is(driver.role, 'starting');
  t.deepEqual(said(driver.after(1)), ['standby']);
  t.is(driver.role, 'standby');
});

test('a monitor that starts stays there while the claim is missing', t => {
  const driver = new Driver();
  driver.sees({ paused: true });
  driver.on({ type: 'claim', stored: undefined });
  driver.after(10_000);
  t.is(driver.role, 'starting');
});

test('a monitor that starts pauses a nodeos that runs, and counts the slot from then', t => {
  const driver = new Driver();
  driver.on({ type: 'claim', stored: stored() });
  t.deepEqual(types(driver.sees({ paused: false })), ['pause']);
  driver.nowMs = 2000;
  driver.sees({ paused: true });
  driver.after(499);
  t.is(driver.role, 'starting');
  driver.after(1);
  t.is(driver.role, 'standby');
});

test('a restarted monitor is a standby, though the claim carries its name', t => {
  const driver = new Driver();
  driver.on({ type: 'nodes', nodes: [self] });
  driver.sees({ paused: true });
  driver.on({ type: 'claim', stored: ours({ incarnation: 'self-0' }) });
  t.deepEqual(said(driver.after(500)), ['standby']);
  t.deepEqual(types(driver.commands), ['say']);
});

test('and takes the claim over from its former self like from anybody', t => {
  const driver = new Driver();
  driver.on({ type: 'nodes', nodes: [self] });
  driver.sees({ paused: true });
  const before = ours({ incarnation: 'self-0', slot: 1100, digest: 'abc', epoch: 5 });
  driver.on({ type: 'claim', stored: before });
  driver.after(500);
  const [take] = driver.after(50);
  t.like(take, {
    type: 'take',
    expected: before,
    claim: { holder: 'self', incarnation: 'self-1', slot: 1100, digest: 'abc', epoch: 6 },
  });
});

test('a standby pauses a nodeos that somebody resumed, and takes nothing before it was paused for a slot', t => {
  const driver = aStandby();
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(types(driver.sees({ paused: false })), ['pause']);
  driver.after(400);
  driver.sees({ paused: true });
  t.deepEqual(driver.after(499), []);
  t.deepEqual(types(driver.after(1)), ['take']);
});

test('a standby whose fellow holds the claim waits', t => {
  const driver = aStandby();
  t.deepEqual(driver.after(60_000), []);
  t.is(driver.role, 'standby');
});

test('a takeover that etcd refuses leaves a standby', t => {
  const driver = aStandby();
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(types(driver.after(10)), ['take']);
  t.is(driver.role, 'taking');
  t.deepEqual(driver.after(500), []);
  const moved = stored({ slot: 1101, incarnation: 'other-2' });
  t.deepEqual(said(driver.on({ type: 'took', outcome: 'changed', stored: moved })), ['no takeover']);
  t.is(driver.role, 'standby');
  t.is(driver.monitor.knows.stored, moved);
});

test('a takeover whose answer was lost is found out by the next look at the claim', t => {
  const driver = aStandby();
  driver.on({ type: 'nodes', nodes: [self] });
  driver.after(10);
  driver.on({ type: 'took', outcome: 'changed', stored: undefined });
  t.is(driver.role, 'standby');
  driver.on({ type: 'claim', stored: ours({ epoch: 6 }) });
  t.is(driver.role, 'resuming');
});

function taken(claim: Partial<Claim>): Driver {
  const driver = aStandby();
  driver.on({ type: 'nodes', nodes: [self] });
  driver.after(10);
  driver.on({ type: 'took', outcome: 'put', stored: ours({ epoch: 6, ...claim }) });
  return driver;
}

test('a new holder resumes only once the clock is past the last claim', t => {
  const driver = taken({ slot: 1001 });
  t.deepEqual(driver.after(5000), []);
  driver.slot = 1001;
  t.deepEqual(types(driver.after(0)), ['resume']);
});

test('a new holder resumes at once when its head is the claimed block', t => {
  const driver = taken({ slot: 900, digest: 'abc' });
  t.deepEqual(driver.after(5), []);
  t.deepEqual(types(driver.sees({ headId: 'abc' })), ['resume']);
});

test('a new holder waits 60 ms for the claimed block and goes on without it', t => {
  const driver = taken({ slot: 900, digest: 'abc' });
  t.deepEqual(driver.after(59), []);
  t.deepEqual(types(driver.after(1)), ['resume']);
});

test('a new holder whose nodeos runs waits until it was paused for a whole slot', t => {
  const driver = taken({ slot: 900 });
  driver.sees({ paused: false });
  t.deepEqual(driver.after(5000), []);
  driver.sees({ paused: true });
  t.deepEqual(driver.after(499), []);
  t.deepEqual(types(driver.after(1)), ['resume']);
});

test('a new holder asks to resume once, and again when nodeos did not obey', t => {
  const driver = taken({ slot: 900 });
  driver.after(60);
  t.deepEqual(driver.after(60), []);
  driver.on({ type: 'resumed', ok: false });
  t.is(driver.role, 'resuming');
  t.deepEqual(types(driver.after(5)), []);
  t.deepEqual(types(driver.after(250)), ['resume']);
  driver.on({ type: 'resumed', ok: true });
  t.is(driver.role, 'holding');
});

test('a new holder that is overtaken before it resumed is deposed', t => {
  const driver = taken({ slot: 900, epoch: 6 });
  t.deepEqual(types(driver.on({ type: 'claim', stored: stored({ epoch: 7 }) })), ['say', 'pause']);
  t.is(driver.role, 'deposed');
});

test('a claim handed to a standby makes it the holder', t => {
  const driver = aHolder();
  t.is(driver.role, 'holding');
  t.deepEqual(types(driver.commands), ['say', 'say', 'resume', 'say']);
});

test('a holder whose nodeos is found paused resumes it after a whole slot', t => {
  const driver = aHolder();
  driver.sees({ paused: true });
  t.is(driver.role, 'resuming');
  t.deepEqual(driver.after(499), []);
  t.deepEqual(types(driver.after(1)), ['resume']);
});

test('a slot of pause from before a resume does not count for the next one', t => {
  const driver = aStandby();
  driver.on({ type: 'claim', stored: ours() });
  driver.after(60);
  driver.on({ type: 'resumed', ok: true });
  driver.sees({ paused: true });
  t.deepEqual(driver.after(499), []);
  t.deepEqual(types(driver.after(1)), ['resume']);
});

test('a holder keeps signing under its own newer claims', t => {
  const driver = aHolder();
  t.deepEqual(driver.on({ type: 'claim', stored: ours({ slot: 1200, digest: 'x' }) }), []);
  t.is(driver.role, 'holding');
});

test('an older claim that arrives late is not believed', t => {
  const late = stored({ slot: 899 });
  const driver = aHolder();
  t.deepEqual(driver.on({ type: 'claim', stored: late }), []);
  t.is(driver.role, 'holding');
});

test('a deposed holder pauses nodeos and becomes a standby after a whole slot', t => {
  const driver = aHolder();
  t.deepEqual(types(driver.on({ type: 'claim', stored: stored({ epoch: 6 }) })), ['say', 'pause']);
  driver.on({ type: 'paused', ok: true });
  driver.sees({ paused: true });
  t.deepEqual(driver.after(499), []);
  t.is(driver.role, 'deposed');
  t.deepEqual(said(driver.after(1)), ['standby']);
});

test('a missing claim key deposes the holder', t => {
  const driver = aHolder();
  driver.on({ type: 'claim', stored: undefined });
  t.is(driver.role, 'deposed');
});

test('a deposed holder whose nodeos did not answer pauses it when it is seen running, not in a tight loop', t => {
  const driver = aHolder();
  driver.on({ type: 'claim', stored: stored({ epoch: 6 }) });
  t.deepEqual(driver.on({ type: 'paused', ok: false }), []);
  t.deepEqual(driver.sees({ alive: false, paused: null }), []);
  t.deepEqual(types(driver.sees({ paused: false })), ['pause']);
});

test('a handover pauses, waits for the block in progress, and gives slot and digest to the target', t => {
  const driver = aHandingOne();
  t.deepEqual(driver.commands.at(-1), {
    type: 'answer',
    answer: { v: 1, id: 'r1', outcome: 'accepted', node: 'self', reason: 'to other, at once' },
  });
  t.deepEqual(types(driver.after(5)), ['pause']);
  driver.on({ type: 'paused', ok: true });
  // The last block of the tenure is claimed meanwhile; the target must know of it.
  const last = ours({ slot: 1205, digest: 'last' });
  driver.on({ type: 'claim', stored: last });
  t.deepEqual(driver.after(599), []);
  t.deepEqual(driver.after(1), [
    {
      type: 'give',
      expected: last,
      claim: { v: 1, slot: 1205, digest: 'last', holder: 'other', incarnation: 'other-1', epoch: 6 },
      reason: 'handover asked by an operator',
    },
  ]);
});

function aGivingOne(): Driver {
  const driver = aHandingOne();
  driver.after(5);
  driver.on({ type: 'paused', ok: true });
  driver.after(600);
  return driver;
}

test('a handover that etcd took leaves a standby', t => {
  const driver = aGivingOne();
  t.deepEqual(said(driver.on({ type: 'gave', outcome: 'put', stored: stored({ epoch: 6 }) })), ['handed over']);
  t.is(driver.role, 'standby');
});

test('a handover seen by the watch before its own answer is a handover, not a defeat', t => {
  const driver = aGivingOne();
  const given = stored({ epoch: 6 });
  driver.on({ type: 'claim', stored: given });
  driver.on({ type: 'gave', outcome: 'put', stored: given });
  t.is(driver.role, 'standby');
  t.deepEqual(said(driver.commands).slice(-1), ['handed over']);
  t.false(said(driver.commands).includes('deposed'));
});

test('a claim that somebody else took while it was being given deposes', t => {
  const driver = aGivingOne();
  driver.on({ type: 'claim', stored: stored({ holder: 'third', incarnation: 'third-1', epoch: 6 }) });
  t.is(driver.role, 'deposed');
});

test('a handover that etcd refused resumes nodeos and answers why', t => {
  const driver = aGivingOne();
  driver.sees({ paused: true });
  const commands = driver.on({ type: 'gave', outcome: 'changed', stored: undefined });
  t.like(commands[0], { type: 'answer', answer: { id: 'r1', outcome: 'refused' } });
  t.is(driver.role, 'resuming');
});

test('a handover stopped before its pause goes on holding', t => {
  const driver = aHandingOne();
  driver.on({ type: 'nodes', nodes: [self] });
  t.is(driver.role, 'holding');
});

test('a holder that is deposed during a handover pauses', t => {
  const driver = aHandingOne();
  driver.on({ type: 'claim', stored: stored({ epoch: 6 }) });
  t.is(driver.role, 'deposed');
});

test('a request is answered once', t => {
  const driver = aHolder();
  driver.on({ type: 'nodes', nodes: [self] });
  const [answer] = driver.on({ type: 'request', request });
  t.like(answer, { type: 'answer', answer: { id: 'r1', outcome: 'refused' } });
  t.deepEqual(driver.on({ type: 'request', request }), []);
  t.deepEqual(driver.after(1000), []);
});

test('a request for a handover to the holder is done already', t => {
  const driver = aHolder();
  t.like(driver.on({ type: 'request', request: { ...request, target: 'self' } })[0], {
    type: 'answer',
    answer: { outcome: 'done', reason: 'self signs already' },
  });
});

test('the target answers a request as done when its nodeos is resumed', t => {
  const driver = aStandby();
  driver.on({ type: 'request', request: { ...request, target: 'self' } });
  driver.on({ type: 'claim', stored: ours({ epoch: 6, slot: 900 }) });
  driver.after(60);
  const commands = driver.on({ type: 'resumed', ok: true });
  t.like(commands[1], { type: 'answer', answer: { id: 'r1', outcome: 'done', node: 'self' } });
  driver.sees({ paused: false });
  t.deepEqual(types(driver.after(1000)), []);
});

test('lateness is learned from claims of our window, and from no other', t => {
  const driver = aStandby();
  driver.slot = 1150;
  driver.on({ type: 'claim', stored: stored({ slot: 1151 }) });
  t.deepEqual(driver.monitor.knows.lateness, []);
  driver.slot = 1203;
  driver.nowMs = 5320;
  driver.on({ type: 'claim', stored: stored({ slot: 1204 }) });
  // Due at 1204's start less 187.5 ms, that is 312.5 ms into slot 1203; seen at 320.
  t.deepEqual(driver.monitor.knows.lateness, [7.5]);
  driver.on({ type: 'claim', stored: stored({ slot: 1204, digest: 'again' }) });
  t.is(driver.monitor.knows.lateness.length, 1);
});

test('in one window a second takeover needs more than lateness', t => {
  const driver = aStandby();
  driver.slot = 1203;
  driver.on({ type: 'claim', stored: stored({ slot: 1203, epoch: 6 }) });
  t.is(driver.monitor.knows.tookInWindow, 1200);
  driver.nowMs = 5499;
  t.deepEqual(driver.on({ type: 'tick' }), []);
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(types(driver.on({ type: 'tick' })), ['take']);
});

test('a holder that falls silent in our window is relieved once its claim is 200 ms late', t => {
  const driver = aStandby();
  // Slot 1200 is due 37.5 ms before its start.
  driver.slot = 1200;
  driver.nowMs = 5162;
  t.deepEqual(driver.on({ type: 'tick' }), []);
  driver.nowMs = 5163;
  t.like(driver.on({ type: 'tick' })[0], { type: 'take', reason: 'the claim for slot 1200 is 201 ms late' });
});

test('answers of nodeos count as paused, not the time since the last of them', t => {
  const driver = aStandby();
  driver.lastSeen = undefined;
  driver.sees({ paused: null });
  driver.sees({ paused: true });
  driver.lastSeen = undefined;
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(types(driver.after(5000)), []);
  t.deepEqual(types(driver.sees({ paused: true })), []);
  t.deepEqual(types(driver.after(0)), ['take']);
});

test('a holder whose wall clock moves hands over at once', t => {
  const driver = aHolderWithStandby({});
  t.deepEqual(types(driver.on({ type: 'clock-moved' })), ['say', 'pause']);
  driver.on({ type: 'paused', ok: true });
  driver.sees({ paused: true });
  t.deepEqual(types(driver.after(600)), ['give']);
});

test('a clock that moves while nodeos is being resumed makes it pause again', t => {
  const driver = aStandby();
  driver.on({ type: 'claim', stored: ours() });
  t.deepEqual(types(driver.after(60)), ['resume']);
  t.deepEqual(types(driver.on({ type: 'clock-moved' })), ['say', 'pause']);
  driver.on({ type: 'resumed', ok: true });
  t.is(driver.role, 'resuming');
});

test('a standby whose clock moved waits for three claims before one can be late', t => {
  const driver = aStandby();
  driver.on({ type: 'clock-moved' });
  t.true(driver.monitor.knows.clockUnlearned);
  driver.slot = 1203;
  for (const [index, slot] of [1204, 1205, 1206].entries()) {
    driver.nowMs = 5320 + index * 500;
    driver.slot = slot - 1;
    driver.on({ type: 'claim', stored: stored({ slot }) });
  }
  t.false(driver.monitor.knows.clockUnlearned);
});

test('a holder that nobody can relieve pauses nodeos when its clock moves, and resumes it by the rules', t => {
  const driver = aHolder();
  t.deepEqual(types(driver.on({ type: 'clock-moved' })), ['say', 'pause']);
  t.is(driver.role, 'resuming');
});

test('a new holder whose nodeos runs before it may pauses it', t => {
  const driver = aHolder();
  driver.on({ type: 'clock-moved' });
  t.deepEqual(types(driver.sees({ paused: false })), ['pause']);
});

test('what was learned of one holder says nothing of the next', t => {
  const driver = aStandby();
  const { knows } = driver.monitor;
  driver.monitor = { ...driver.monitor, knows: { ...knows, lateness: [3, 4] } };
  const { stored } = knows;
  if (stored === undefined) return t.fail('no claim');
  const claim = { ...stored.claim, holder: 'c', epoch: stored.claim.epoch + 1 };
  driver.on({ type: 'claim', stored: { claim, text: 'x', revision: String(BigInt(stored.revision) + 1n) } });
  t.deepEqual(driver.monitor.knows.lateness, []);
});

const failover: FailoverRequest = { v: 1, kind: 'failover', id: 'f1', target: null, epoch: 5, by: 'an operator' };

test('a failover makes the best standby take the claim, whatever its holder does', t => {
  const driver = aStandby();
  driver.on({ type: 'request', request: failover });
  const [take] = driver.after(5);
  t.like(take, { type: 'take', reason: 'failover asked by an operator' });
  driver.on({ type: 'took', outcome: 'put', stored: ours({ epoch: 6 }) });
  driver.after(60);
  const commands = driver.on({ type: 'resumed', ok: true });
  t.like(commands[1], { type: 'answer', answer: { id: 'f1', outcome: 'done', node: 'self' } });
});

test('a failover asked for under an earlier epoch is void', t => {
  const driver = aStandby();
  driver.on({ type: 'request', request: { ...failover, epoch: 4 } });
  t.deepEqual(driver.after(1000), []);
});

test('a failover to a node that cannot is refused by that node, once', t => {
  const driver = aStandby([{ ...self, eligible: false, why: ['it is draining'] }, other]);
  driver.monitor = { ...driver.monitor, knows: { ...driver.monitor.knows, self: { ...self, eligible: false } } };
  driver.on({ type: 'request', request: { ...failover, target: 'self' } });
  t.like(driver.after(5)[0], {
    type: 'answer',
    answer: { id: 'f1', outcome: 'refused', reason: 'self: it is draining' },
  });
  t.deepEqual(driver.after(1000), []);
});

test('a holder that is drained leaves whatever failover is asked for', t => {
  const driver = aHolderWithStandby({ draining: true, eligible: false, why: ['it is draining'] });
  driver.on({ type: 'request', request: { ...failover, epoch: 1 } });
  driver.on({ type: 'tick' });
  t.is(driver.role, 'handing');
});

test('a holder leaves a failover to the standbys', t => {
  const driver = aHolder();
  t.deepEqual(driver.on({ type: 'request', request: failover }), []);
  t.is(driver.role, 'holding');
});

test('in maintenance nobody takes over, and what is asked for is done all the same', t => {
  const driver = aStandby();
  driver.on({ type: 'maintenance', notice: { v: 1, by: 'an operator', why: 'etcd moves', atMs: 0 } });
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(driver.after(60_000), []);
  driver.on({ type: 'request', request: failover });
  t.deepEqual(types(driver.after(5)), ['take']);
});

/** Holds the claim, with a standby to give it to. */
function aHolderWithStandby(changes: Partial<Presence>): Driver {
  const driver = aHolder();
  const { knows } = driver.monitor;
  driver.monitor = { ...driver.monitor, knows: { ...knows, self: { ...knows.self, ...changes } } };
  driver.on({ type: 'nodes', nodes: [self, { ...other, role: 'standby' }] });
  return driver;
}

test('a holder that is drained hands over in the gap by itself', t => {
  const driver = aHolderWithStandby({ draining: true, eligible: false, why: ['it is draining'] });
  t.deepEqual(said(driver.on({ type: 'tick' })), ['leaving', 'handover accepted']);
  t.is(driver.role, 'handing');
  t.deepEqual(types(driver.after(10)), ['pause']);
});

test('a holder that could not be a standby hands over after three seconds', t => {
  const driver = aHolderWithStandby({ eligible: false, why: ['it has 0 live peers'] });
  driver.on({ type: 'tick' });
  const nodes = [self, { ...other, role: 'standby' as const }];
  driver.after(2000, { type: 'nodes', nodes });
  t.deepEqual(driver.after(999), []);
  t.deepEqual(said(driver.after(1)), ['leaving', 'handover accepted']);
});

test('and not in maintenance', t => {
  const driver = aHolderWithStandby({ eligible: false, why: ['it has 0 live peers'] });
  driver.on({ type: 'maintenance', notice: { v: 1, by: 'an operator', why: 'etcd moves', atMs: 0 } });
  driver.on({ type: 'tick' });
  t.deepEqual(driver.after(60_000), []);
});

test('a holder that nobody can relieve says so once, and tries again every five seconds', t => {
  const driver = aHolderWithStandby({ draining: true, eligible: false, why: ['it is draining'] });
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(said(driver.on({ type: 'tick' })), ['cannot leave']);
  driver.after(4000, { type: 'nodes', nodes: [self] });
  t.deepEqual(driver.after(1000), []);
  driver.after(4000, { type: 'nodes', nodes: [self, { ...other, role: 'standby' }] });
  t.deepEqual(driver.after(999), []);
  t.deepEqual(said(driver.after(1)), ['leaving', 'handover accepted']);
});

test('a holder that has lost sight of its fellows does not try', t => {
  const driver = aHolderWithStandby({ draining: true, eligible: false, why: ['it is draining'] });
  t.deepEqual(driver.after(2501), []);
});

test('what an operator asks for comes before a handover of the node’s own', t => {
  const driver = aHolderWithStandby({ draining: true, eligible: false, why: ['it is draining'] });
  driver.slot = 1198;
  driver.on({ type: 'tick' });
  t.is(driver.role, 'handing');
  driver.on({ type: 'request', request: { ...request, id: 'r2', target: 'other' } });
  t.is(driver.role, 'holding');
  const commands = driver.after(1);
  t.like(commands[0], { type: 'answer', answer: { id: 'r2', outcome: 'accepted' } });
});

test('a claim by a pending schedule is no reason to wait for one', t => {
  const driver = aStandby();
  driver.on({ type: 'windows', windows: [window], dueWindows: [], produceBlockOffsetMs: 450 });
  driver.slot = 1205;
  t.deepEqual(driver.after(400), []);
});

test('a new holder resumes a nodeos that still says it is paused in the claimed slot', t => {
  const driver = aStandby();
  driver.slot = 1202;
  driver.on({ type: 'claim', stored: ours({ slot: 1204, epoch: 6 }) });
  driver.after(100);
  driver.lastSeen = undefined;
  driver.slot = 1204;
  t.deepEqual(driver.after(100), [], 'the last answer is older than the slot');
  const [resume] = driver.sees({ paused: true });
  t.is(resume?.type, 'resume');
  t.is(driver.monitor.knows.begunWith, driver.monitor.knows.stored?.text);
});

test('after a step of the clock nodeos must be seen paused for a whole slot anew', t => {
  const driver = aStandby();
  driver.on({ type: 'clock-moved' });
  driver.on({ type: 'nodes', nodes: [self] });
  t.deepEqual(types(driver.after(10)), []);
  t.deepEqual(types(driver.after(499)), []);
  t.deepEqual(types(driver.after(1)), ['take']);
});
