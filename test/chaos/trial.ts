// One trial: waits for our window, lets the fault happen, waits until the fleet is whole; and judges it once our slots are settled.

import { setTimeout as pause } from 'node:timers/promises';
import { slotAt, slotMs, slotStartMs, type Window, windowFrom } from '#core/slots.ts';
import { settledAfterMs } from '#rehearsal/observer/ledger.ts';
import { seedChance } from './chance.ts';
import { askStandIn, disturb, type Field, processesOf, signal, untilWhole } from './field.ts';
import { judgeTrial, type Trial } from './report.ts';
import { type Conditions, type Fault, windowStartMs } from './scene.ts';
import type { SignedLog } from './signed-log.ts';

export interface TrialPlan {
  fault: Fault;
  trial: number;
  seed: number;
  claimAhead: 0 | 1;
  /** The first slot that no trial has judged. */
  fromSlot: number;
  /** Slots before it were missed by what brought the fault's conditions about, and do not count as missed. */
  countedFrom: number;
  /** Ends the fault's conditions: given to the last trial under them. */
  undo?: (() => Promise<void>) | undefined;
}

/** What was done, before anybody has judged it. */
export interface Attempt {
  startedMs: number;
  seconds: number;
  note: string;
  /** The last slot of ours that belongs to the trial. */
  toSlot: number;
  /** The last one that counts as missed. */
  countedTo: number;
  /** From the end of the fault until the fleet was whole again; null when it never was. */
  recoverySeconds: number | null;
  problem: string | undefined;
}

const wholeLimitMs = 120_000;
/** From here on the note says what took so long. */
const slowSeconds = 6;
/** A monitor's word is about a second old. */
const steadyMs = 2500;
/** The last look before a fault must not cost it its moment. */
const lastLookMs = 200;
/** Conditions disturb connections while they are brought about: not in our window. */
const preparationMs = 5000;

/** Brings about what several trials need, and waits until the fleet is whole under it. @returns how to undo it */
export async function bringAbout(field: Field, { prepare }: Conditions): Promise<() => Promise<void>> {
  await untilGap(field, preparationMs);
  const undo = await prepare(field);
  await passWindow(field);
  const whole = await untilWhole(field, wholeLimitMs, steadyMs);
  if ('holder' in whole) return undo;
  await undo();
  throw new Error(`the fleet did not become whole under it: ${whole.lack}`);
}

/** Ends when the fleet is whole and no window of ours that belongs to the trial goes on; its slots may not be settled yet. */
export async function attempt(field: Field, plan: TrialPlan): Promise<Attempt> {
  const startedMs = Date.now();
  const { window, note, problem } = await strike(field, plan);
  if (plan.undo !== undefined) await untilOver(window);
  await plan.undo?.();
  const healedMs = performance.now();
  const after = await untilWhole(field, wholeLimitMs, steadyMs);
  const last = isInside(field) ? currentWindow(field) : lastBefore(field, window);
  await untilOver(last);
  const common = {
    startedMs,
    seconds: Math.round((Date.now() - startedMs) / 100) / 10,
    toSlot: last.last,
    countedTo: plan.undo === undefined ? last.last : window.last,
  };
  if ('holder' in after) {
    const recoverySeconds = Math.round(Math.max(0, after.sinceMs - healedMs) / 100) / 10;
    const lacked = recoverySeconds >= slowSeconds ? `; whole late, since at last ${after.lastLack ?? 'nothing'}` : '';
    return { ...common, note: `${note}${lacked}`, recoverySeconds, problem };
  }
  const bound = `not whole ${wholeLimitMs / 1000} s after the fault: ${after.lack}`;
  return { ...common, note, recoverySeconds: null, problem: problem === undefined ? bound : `${problem}; ${bound}` };
}

/** Waits for our window and lets the fault happen. */
async function strike(
  field: Field,
  { fault, seed, trial }: TrialPlan,
): Promise<{ window: Window; note: string; problem: string | undefined }> {
  let window = nextWindow(field, fault.leadMs);
  try {
    const whole = await untilWhole(field, wholeLimitMs);
    if ('lack' in whole) throw new Error(`the fleet was not whole before the fault: ${whole.lack}`);
    window = nextWindow(field, fault.leadMs);
    await pause(Math.max(0, windowStartMs(window) - fault.leadMs - Date.now()));
    // The claim may have moved while we waited.
    const now = await untilWhole(field, lastLookMs);
    const { holder } = 'holder' in now ? now : whole;
    const scene = {
      field,
      chance: seedChance(seed, fault.name, trial),
      window,
      holder,
      standbys: field.nodes.filter(node => node !== holder),
    };
    return { window, note: `holder ${holder.name}; ${await fault.inject(scene)}`, problem: undefined };
  } catch (error) {
    return { window, note: '', problem: `it could not be tried: ${(error as Error).message}` };
  }
}

/** Waits until the slots of a trial are settled, and judges them by the blocks that were read. */
export async function judge(field: Field, plan: TrialPlan, done: Attempt, signedLog: SignedLog): Promise<Trial> {
  // A moment more than the observer's ledger takes.
  await pause(Math.max(0, slotStartMs(done.toSlot) + settledAfterMs + 200 - Date.now()));
  const judgement = await field.rehearsal.judge(plan.fromSlot, done.toSlot);
  const verdict = judgeTrial({
    judgement,
    doubleInLogs: await signedLog.findDoubles(plan.fromSlot, done.toSlot),
    mayFork: plan.fault.mayFork === true,
    problem: done.problem,
    counted: { from: plan.countedFrom, to: done.countedTo },
  });
  const uncounted = judgement.missedSlots.length - verdict.missedSlots;
  const signers = [...new Set(judgement.slots.filter(({ onChain }) => onChain).flatMap(({ nodes }) => nodes))];
  return {
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
    startedAt: new Date(done.startedMs).toISOString(),
    seconds: done.seconds,
    recoverySeconds: done.recoverySeconds,
    problems: verdict.problems,
    slots: verdict.slots,
  };
}

/** Waits until a window of ours has gone by, in which the monitors learn when claims come from now on. */
function passWindow(field: Field): Promise<void> {
  return untilOver(nextWindow(field, 0));
}

async function untilOver({ last }: Window): Promise<void> {
  await pause(Math.max(0, slotStartMs(last) + slotMs - Date.now()));
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
  await untilOver(isInside(field) ? currentWindow(field) : soon);
}

function currentWindow({ schedule, producer }: Field): Window {
  return windowFrom(schedule, producer, slotAt(Date.now()) + 1) ?? { first: 0, last: 0 };
}

function isInside(field: Field): boolean {
  return windowStartMs(currentWindow(field)) <= Date.now();
}

/** Our last window that is over, or the trial's. */
function lastBefore(field: Field, window: Window): Window {
  const next = currentWindow(field);
  const round = field.schedule.length * (next.last - next.first + 1);
  const before = { first: next.first - round, last: next.last - round };
  return before.last > window.last ? before : window;
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
