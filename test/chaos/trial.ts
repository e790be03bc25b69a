// One trial: waits for our window, lets the fault happen, waits until the fleet is whole and our slots are settled, and judges.

import { setTimeout as pause } from 'node:timers/promises';
import { slotAt, slotMs, slotStartMs, type Window, windowFrom } from '#core/slots.ts';
import { settledAfterMs } from '#rehearsal/observer/ledger.ts';
import { seedChance } from './chance.ts';
import { askStandIn, disturb, type Field, processesOf, signal, untilWhole } from './field.ts';
import { judgeTrial, type Trial } from './report.ts';
import { type Fault, windowStartMs } from './scene.ts';
import type { SignedLog } from './signed-log.ts';

export interface TrialPlan {
  fault: Fault;
  trial: number;
  seed: number;
  claimAhead: 0 | 1;
  /** The first slot that no trial has judged. */
  fromSlot: number;
}

const wholeLimitMs = 120_000;
/** From here on the note says what took so long. */
const slowSeconds = 6;
/** A monitor's word is about a second old. */
const steadyMs = 2500;
/** The last look before a fault must not cost it its moment. */
const lastLookMs = 200;
/** A fault that prepares itself disturbs connections for a while: not in our window. */
const preparationMs = 9000;

/** @returns the trial, and the last slot that it judged */
export async function runTrial(
  field: Field,
  plan: TrialPlan,
  signedLog: SignedLog,
): Promise<{ trial: Trial; toSlot: number; isWhole: boolean }> {
  const startedMs = Date.now();
  const done = await attempt(field, plan);
  const toSlot = await untilSettled(field, done.window);
  const judgement = await field.rehearsal.judge(plan.fromSlot, toSlot);
  const counted = done.measured ?? { from: plan.fromSlot, to: toSlot };
  const verdict = judgeTrial({
    judgement,
    doubleInLogs: await signedLog.findDoubles(plan.fromSlot, toSlot),
    mayFork: plan.fault.mayFork === true,
    problem: done.problem,
    counted,
  });
  const uncounted = judgement.missedSlots.length - verdict.missedSlots;
  const signers = [...new Set(judgement.slots.filter(({ onChain }) => onChain).flatMap(({ nodes }) => nodes))];
  const trial: Trial = {
    fault: plan.fault.name,
    missedSlots: verdict.missedSlots,
    doubleSignedSlots: verdict.doubleSignedSlots,
    note: [
      done.note,
      ...(uncounted === 0 ? [] : [`${uncounted} more missed while it was prepared or undone`]),
      `signed by ${signers.join(', ') || 'nobody'}`,
    ].join('; '),
    forkedSlots: verdict.forkedSlots,
    ourSlots: verdict.ourSlots,
    trial: plan.trial,
    seed: plan.seed,
    claimAhead: plan.claimAhead,
    startedAt: new Date(startedMs).toISOString(),
    seconds: Math.round((Date.now() - startedMs) / 100) / 10,
    recoverySeconds: done.recoverySeconds,
    problems: verdict.problems,
    slots: verdict.slots,
  };
  return { trial, toSlot, isWhole: done.recoverySeconds !== null };
}

interface Attempt {
  note: string;
  window: Window;
  /** For a fault that had to be prepared: the slots between preparation and undoing. */
  measured: { from: number; to: number } | undefined;
  recoverySeconds: number | null;
  problem: string | undefined;
}

async function attempt(field: Field, plan: TrialPlan): Promise<Attempt> {
  const { fault } = plan;
  const undo: (() => Promise<void>)[] = [];
  let note = '';
  let problem: string | undefined;
  let window = nextWindow(field, fault.leadMs);
  let preparedSlot: number | undefined;
  try {
    if (fault.prepare !== undefined) {
      await untilGap(field, preparationMs);
      undo.push(await fault.prepare(field));
      await passWindow(field);
    }
    const whole = await untilWhole(field, wholeLimitMs, fault.prepare === undefined ? 0 : steadyMs);
    if ('lack' in whole) throw new Error(`the fleet was not whole before the fault: ${whole.lack}`);
    if (fault.prepare !== undefined) preparedSlot = slotAt(Date.now());
    window = nextWindow(field, fault.leadMs);
    await pause(Math.max(0, windowStartMs(window) - fault.leadMs - Date.now()));
    // The claim may have moved while we waited.
    const now = await untilWhole(field, lastLookMs);
    const { holder } = 'holder' in now ? now : whole;
    const scene = {
      field,
      chance: seedChance(plan.seed, fault.name, plan.trial),
      window,
      holder,
      standbys: field.nodes.filter(node => node !== holder),
    };
    note = `holder ${holder.name}; ${await fault.inject(scene)}`;
  } catch (error) {
    problem = `it could not be tried: ${(error as Error).message}`;
  }
  const healedMs = await heal(undo, window);
  const measured = preparedSlot === undefined ? undefined : { from: preparedSlot, to: window.last };
  const after = await untilWhole(field, wholeLimitMs, steadyMs);
  if ('holder' in after) {
    const recoverySeconds = Math.round(Math.max(0, after.sinceMs - healedMs) / 100) / 10;
    const lacked = recoverySeconds >= slowSeconds ? `; whole late, since at last ${after.lastLack ?? 'nothing'}` : '';
    return { note: `${note}${lacked}`, window, measured, recoverySeconds, problem };
  }
  const bound = `not whole ${wholeLimitMs / 1000} s after the fault: ${after.lack}`;
  return {
    note,
    window,
    measured,
    recoverySeconds: null,
    problem: problem === undefined ? bound : `${problem}; ${bound}`,
  };
}

/** Waits until a window of ours has gone by, in which the monitors learn when claims come from now on. */
async function passWindow(field: Field): Promise<void> {
  const { last } = nextWindow(field, 0);
  await pause(Math.max(0, slotStartMs(last) + slotMs - Date.now()));
}

/** Undoes what was prepared, once the window is over. Gives when the fault was over, monotonic ms. */
async function heal(undo: readonly (() => Promise<void>)[], window: Window): Promise<number> {
  if (undo.length === 0) return performance.now();
  await pause(Math.max(0, slotStartMs(window.last) + slotMs - Date.now()));
  for (const each of undo) await each();
  return performance.now();
}

/** Our next window of which the first block is begun in `leadMs` or later. */
function nextWindow({ schedule, producer }: Field, leadMs: number): Window {
  const earliest = slotAt(Date.now() + leadMs) + 2;
  const window = windowFrom(schedule, producer, earliest);
  if (window === undefined) throw new Error('our producer is not in the schedule');
  if (window.first >= earliest) return window;
  const round = schedule.length * (window.last - window.first + 1);
  return { first: window.first + round, last: window.last + round };
}

/** Waits until our next window is `ms` away. */
async function untilGap(field: Field, ms: number): Promise<void> {
  const soon = nextWindow(field, 0);
  if (windowStartMs(soon) - Date.now() >= ms && !isInside(field)) return;
  const window = isInside(field) ? currentWindow(field) : soon;
  await pause(Math.max(0, slotStartMs(window.last) + slotMs - Date.now()));
}

function currentWindow({ schedule, producer }: Field): Window {
  return windowFrom(schedule, producer, slotAt(Date.now()) + 1) ?? { first: 0, last: 0 };
}

function isInside(field: Field): boolean {
  return windowStartMs(currentWindow(field)) <= Date.now();
}

/** Waits until the trial's window is settled, and one that has begun meanwhile; gives the last slot. */
async function untilSettled(field: Field, window: Window): Promise<number> {
  const last = isInside(field) ? currentWindow(field).last : lastBefore(field, window);
  // A moment more than the observer's ledger takes.
  await pause(Math.max(0, slotStartMs(last) + settledAfterMs + 200 - Date.now()));
  return last;
}

/** The end of our last window that has begun, or of the trial's. */
function lastBefore(field: Field, window: Window): number {
  const next = currentWindow(field);
  const round = field.schedule.length * (next.last - next.first + 1);
  return Math.max(window.last, next.last - round);
}

/** Ends whatever a trial that broke off may have left: stopped processes, set clocks, full blocks. */
export async function calm(field: Field, etcdProcesses: readonly number[]): Promise<void> {
  for (const pid of etcdProcesses) signal(pid, 'SIGCONT');
  for (const node of field.nodes) {
    const { nodeos, monitor } = processesOf(node);
    for (const pid of [nodeos, monitor]) signal(pid, 'SIGCONT');
    await disturb(node, {}).catch(() => undefined);
    await askStandIn(field, node, 'full_blocks', { on: false }).catch(() => undefined);
  }
}
