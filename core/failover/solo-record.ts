// What solo writes on a node's volume: an operator's order, and the links of the chain of claims.

import { type Claim, parseClaim } from './claim.ts';
import { parseObject } from './requests.ts';

/** What an operator has put on this node's volume. */
export interface SoloOrder {
  v: 1;
  kind: 'start' | 'stop';
  /** Unique: each order is obeyed once. */
  id: string;
  /** The only node it is meant for. */
  node: string;
  by: string;
  /** How each other node was made sure to be off; for the log. */
  others: readonly string[];
  /** This machine's wall clock when it was written. */
  atMs: number;
}

/**
 * - `signing`: claims go into the chain on the volume.
 * - `closing`: the way back into etcd has begun; nothing is signed until it is done, or etcd has fallen silent again.
 * - `stopped`: nothing is signed any more, but what was signed is still to be told to etcd.
 * - `over`: etcd knows, or nothing can be told to it. Only a new order begins solo again.
 */
export type SoloPhase = 'signing' | 'closing' | 'stopped' | 'over';

/** One link of the chain on the volume: the claim, in the text etcd would have, and what the way back needs. */
export interface SoloRecord {
  v: 1;
  order: string;
  by: string;
  phase: SoloPhase;
  /** Upper bound of every slot that anybody may have signed before solo: solo signs above it only. */
  fence: number;
  /** Newest revision of etcd known when solo began. */
  revision: string;
  /** A claim's text. */
  claim: string;
  /** Texts that solo has tried to put into etcd, newest last: found there, they are ours. */
  closings: string[];
  why: string;
}

/** The claim of a record that `parseSoloRecord` or this file has made. */
export function claimOf(record: SoloRecord): Claim {
  const parsed = parseClaim(record.claim);
  if (parsed.kind !== 'claim') throw new Error(`a solo record holds no claim: ${record.claim}`);
  return parsed.claim;
}

export function renderSoloRecord(record: SoloRecord): string {
  const { v, order, by, phase, fence, revision, claim, closings, why } = record;
  return JSON.stringify({ v, order, by, phase, fence, revision, claim, closings, why });
}

const phases: readonly string[] = ['signing', 'closing', 'stopped', 'over'] satisfies SoloPhase[];

/** Undefined for anything but a record as this program writes it. */
export function parseSoloRecord(text: string): SoloRecord | undefined {
  const value = parseObject(text);
  if (value?.v !== 1 || !isTexts(value, ['order', 'by', 'revision', 'claim', 'why'])) return undefined;
  if (!phases.includes(String(value.phase)) || !Number.isSafeInteger(value.fence)) return undefined;
  if (!/^\d+$/.test(String(value.revision)) || !isTextList(value.closings)) return undefined;
  return parseClaim(String(value.claim)).kind === 'claim' ? (value as unknown as SoloRecord) : undefined;
}

/** Undefined for anything but an order. */
export function parseSoloOrder(text: string): SoloOrder | undefined {
  const value = parseObject(text);
  if (value?.v !== 1 || !isTexts(value, ['id', 'node', 'by']) || !isTextList(value.others)) return undefined;
  if (value.kind !== 'start' && value.kind !== 'stop') return undefined;
  return Number.isFinite(value.atMs) ? (value as unknown as SoloOrder) : undefined;
}

function isTexts(value: Record<string, unknown>, names: readonly string[]): boolean {
  return names.every(name => typeof value[name] === 'string');
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every(each => typeof each === 'string');
}

/** What /status says of solo; null when it is off and nothing is to be said. */
export interface SoloStatus {
  phase: SoloPhase | 'waiting' | 'refused' | 'broken';
  detail: string;
  /** Order it follows, or has refused. */
  order: string;
  by: string;
  fence: number | null;
  /** Highest slot claimed by the volume. */
  slot: number | null;
}
