// Decides when a node may sign without etcd, by an operator's order, and how it finds its way back. docs/solo.md tells how to use it, docs/decisions/0011-solo.md why it is so.

import { isInWindow, slotAt, type Window } from '../slots.ts';
import { claimVersion, renderClaim, type StoredClaim } from './claim.ts';
import { claimOf, type SoloOrder, type SoloRecord } from './solo-record.ts';
import type { NodeosView, Presence } from './status.ts';

/** How long etcd must have been silent before anybody signs without it: an election takes a second or two. */
export const silenceMs = 10_000;
/** An order that was not obeyed for so long is one that its giver has forgotten. */
const orderLifeMs = 600_000;
/** Others may have begun a window by a clock that is so much ahead. */
const marginSlots = 12;
/** For so long etcd must have answered without a break before solo gives way to it. */
const steadyMs = 3000;
/** Without a gap between our windows solo gives way after this. */
const patienceMs = 60_000;
const rememberedClosings = 8;

export type StartVerdict =
  | { kind: 'wait'; reason: string }
  | { kind: 'refuse'; reason: string }
  | { kind: 'begin'; record: SoloRecord };

/** Whether an order to start is obeyed now. */
export function decideStart(facts: {
  order: SoloOrder;
  node: string;
  wallMs: number;
  /** How long etcd has been silent; undefined when it has just answered. */
  silentForMs: number | undefined;
  /** By the active and the pending schedule. */
  windows: readonly Window[];
  /** The newest claim that etcd has shown this monitor. */
  known: StoredClaim | undefined;
  /** What an earlier solo left on the volume. */
  before: SoloRecord | undefined;
}): StartVerdict {
  const { order, node, wallMs, silentForMs, windows, before } = facts;
  if (order.node !== node) return { kind: 'refuse', reason: `the order is for ${order.node}, and this is ${node}` };
  if (Math.abs(wallMs - order.atMs) > orderLifeMs) {
    return { kind: 'refuse', reason: 'the order is more than ten minutes old. Give it again' };
  }
  if (before?.phase === 'signing' || before?.phase === 'closing') {
    return { kind: 'refuse', reason: `an earlier solo is ${before.phase}; let it end first` };
  }
  if (silentForMs === undefined) return { kind: 'refuse', reason: 'etcd answers: there is no need for solo' };
  if (silentForMs < silenceMs) {
    return { kind: 'wait', reason: `etcd has been silent for ${Math.round(silentForMs / 1000)} s of 10 s` };
  }
  if (windows.length === 0)
    return { kind: 'wait', reason: 'our windows are not known: nodeos has not told the schedule' };
  return { kind: 'begin', record: firstRecord(facts) };
}

/** Nobody holds the first claim: the monitor takes it over as any other, past its slot and in a tenure of its own. */
function firstRecord({ order, wallMs, windows, known, before }: Parameters<typeof decideStart>[0]): SoloRecord {
  const now = slotAt(wallMs);
  const earlier = before === undefined ? undefined : claimOf(before);
  const begun = windows.filter(({ first }) => first - marginSlots <= now);
  const fence = Math.max(now + 2, known?.claim.slot ?? 0, earlier?.slot ?? 0, ...begun.map(({ last }) => last));
  const epoch = Math.max(known?.claim.epoch ?? 0, earlier?.epoch ?? 0);
  const claim = { v: claimVersion, slot: fence, digest: '', holder: '', incarnation: '', epoch };
  return {
    v: 1,
    order: order.id,
    by: order.by,
    phase: 'signing',
    fence,
    revision: known?.revision ?? '0',
    claim: renderClaim(claim),
    closings: before?.closings ?? [],
    why: `no claim of another can lie above slot ${fence}; others: ${order.others.join('; ') || 'there are none'}`,
  };
}

export type ReturnVerdict =
  /** Goes on by the volume for now. */
  | { kind: 'stay' }
  /** The claim of `record` is to be put into etcd against `expected`, once it is on the volume. */
  | { kind: 'close'; expected: StoredClaim; record: SoloRecord; alarm: string | undefined }
  /** Etcd has it already. */
  | { kind: 'done'; why: string }
  /** Etcd's claim lies so far above all that was signed here that its holder cannot sign any of that again: it is left alone. */
  | { kind: 'overtaken'; why: string; alarm: string | undefined }
  /** Etcd has no claim to compare with. */
  | { kind: 'lost'; why: string };

/** What to do when etcd answers again. */
export function decideReturn(facts: {
  record: SoloRecord;
  /** The claim that etcd shows. */
  stored: StoredClaim | undefined;
  /** The other nodes by presence. */
  others: readonly Pick<Presence, 'node' | 'wallMs'>[];
  /** For how long etcd has answered without a break. */
  answeredForMs: number;
  isNearWindow: boolean;
  wallMs: number;
}): ReturnVerdict {
  const { record, stored, others, answeredForMs, isNearWindow, wallMs } = facts;
  if (stored === undefined) {
    return { kind: 'lost', why: 'etcd answers, but its claim key is missing or unreadable. Run "active-eos install"' };
  }
  const isOurs = record.closings.includes(stored.text);
  if (isOurs && stored.text === record.claim) return { kind: 'done', why: 'etcd has what was signed' };
  const alarm = foreignClaim(record, stored, isOurs) ?? presentOthers(record, others);
  const isSteady = answeredForMs >= steadyMs && (!isNearWindow || answeredForMs >= patienceMs);
  if (alarm === undefined && record.phase === 'signing' && !isSteady) return { kind: 'stay' };
  const { slot } = claimOf(record);
  if (stored.claim.slot - slot > marginSlots) {
    const why = `etcd has a claim up to slot ${stored.claim.slot}, past all that was signed here up to slot ${slot}`;
    return { kind: 'overtaken', why, alarm: forgotten(record, wallMs) === undefined ? alarm : undefined };
  }
  return { kind: 'close', expected: stored, record: closing(record, stored), alarm };
}

/**
 * Solo claims nothing at or below the fence, and nobody else anything above it: whoever did was not off. A claim without a digest is one
 * that nobody has signed under: `install` has written it, or a standby has taken it.
 */
function foreignClaim({ fence }: SoloRecord, { claim }: StoredClaim, isOurs: boolean): string | undefined {
  if (isOurs || claim.digest === '' || claim.slot <= fence) return undefined;
  return `${claim.holder || 'somebody'} has claimed slot ${claim.slot} in etcd while this node signed by its volume`;
}

/** An etcd that comes back gives every lease its full time again: a presence from before solo says nothing. */
function presentOthers(
  { fence }: SoloRecord,
  others: readonly Pick<Presence, 'node' | 'wallMs'>[],
): string | undefined {
  const running = others.filter(({ wallMs }) => slotAt(wallMs) > fence).map(({ node }) => node);
  return running.length === 0
    ? undefined
    : `${running.join(', ')} should be off, and told etcd of itself since solo began`;
}

/** Held by nobody, above all that was signed here and all that etcd knows: whoever takes it begins a tenure past both. */
function closing(record: SoloRecord, stored: StoredClaim): SoloRecord {
  const ours = claimOf(record);
  const newest = ours.slot >= stored.claim.slot ? ours : stored.claim;
  const epoch = Math.max(ours.epoch, stored.claim.epoch) + 1;
  const phase = record.phase === 'stopped' ? 'stopped' : 'closing';
  // Tried before, and nothing was claimed since: the same text again.
  const isTried = record.closings.includes(record.claim) && ours.epoch > stored.claim.epoch && newest === ours;
  if (isTried) return record.phase === phase ? record : { ...record, phase };
  const { slot, digest } = newest;
  const text = renderClaim({ v: claimVersion, slot, digest, holder: '', incarnation: '', epoch });
  return {
    ...record,
    phase,
    claim: text,
    closings: [...record.closings, text].slice(-rememberedClosings),
    why: 'etcd answers again',
  };
}

/** A block of our name above everything claimed here: somebody else signs. Undefined when there is none. */
export function foreignBlock(
  record: SoloRecord,
  { headProducer, headSlot }: Pick<NodeosView, 'headProducer' | 'headSlot'>,
  producer: string,
): string | undefined {
  const { slot } = claimOf(record);
  if (headProducer !== producer || headSlot <= slot) return undefined;
  return `a block of ${producer} in slot ${headSlot} is on chain, and this node has claimed no slot above ${slot}: somebody else signs`;
}

/** Ten minutes, four rounds: a machine that was away for so long may come back when others have been started. */
const forgottenSlots = 1200;

/** Why a node must sign no more until it is ordered again; undefined while it may. */
export function forgotten(record: SoloRecord, wallMs: number): string | undefined {
  return slotAt(wallMs) - claimOf(record).slot > forgottenSlots
    ? 'nothing has been claimed for ten minutes: others may sign by now. Order solo again'
    : undefined;
}

/** Ends signing; what was signed is still to be told to etcd. */
export function stopped(record: SoloRecord): SoloRecord {
  return { ...record, phase: 'stopped', claim: renderClaim({ ...claimOf(record), holder: '', incarnation: '' }) };
}

/** Whether blocks of ours are being made, or soon will be. */
export function isNearWindow(windows: readonly Window[], wallMs: number): boolean {
  const now = slotAt(wallMs);
  return windows.some(({ first, last }) => isInWindow({ first: first - marginSlots, last: last + 2 }, now));
}
