// Loaded before the programs in the trials' images (node --import): a wall clock that a file sets, and answers of the signer that a file delays.
// It acts on Date alone; the monotonic clock and timers are the machine's.

import { readFileSync } from 'node:fs';
import { ServerResponse } from 'node:http';

/** What the file says. Real time is in ms since the Unix epoch. */
export interface Disturbance {
  offsetMs: number;
  /** The clock gains this much since `sinceMs`, in parts per million. */
  driftPpm: number;
  sinceMs: number;
  /** How long an answer on a unix socket is held back. */
  answerDelayMs: number;
}

/** In the volume that nodeos and its monitor share, so that a machine has one clock. */
const file = '/run/signer/disturbance.json';
const lookEveryMs = 2;

const none: Disturbance = { offsetMs: 0, driftPpm: 0, sinceMs: 0, answerDelayMs: 0 };
const RealDate = Date;
const realNow = Date.now;
let current = none;
let lookedMs = Number.NEGATIVE_INFINITY;

function look(): Disturbance {
  const nowMs = performance.now();
  if (nowMs - lookedMs < lookEveryMs) return current;
  lookedMs = nowMs;
  try {
    current = JSON.parse(readFileSync(file, 'utf8')) as Disturbance;
  } catch {
    current = none;
  }
  return current;
}

function wallMs(): number {
  const { offsetMs, driftPpm, sinceMs } = look();
  const nowMs = realNow();
  return driftPpm === 0 ? nowMs + offsetMs : Math.floor(nowMs + offsetMs + ((nowMs - sinceMs) * driftPpm) / 1e6);
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given: unknown[], made) =>
    Reflect.construct(target, given.length === 0 ? [wallMs()] : given, made) as Date,
  apply: () => new RealDate(wallMs()).toString(),
  get: (target, key, receiver) => (key === 'now' ? wallMs : (Reflect.get(target, key, receiver) as unknown)),
});

const end = ServerResponse.prototype.end as (this: ServerResponse, ...given: unknown[]) => ServerResponse;
ServerResponse.prototype.end = function (this: ServerResponse, ...given: unknown[]): ServerResponse {
  const { answerDelayMs } = look();
  // A unix socket has no address: only nodeos, and the monitor's own warming, ask there.
  if (answerDelayMs === 0 || this.socket?.remoteAddress !== undefined) return end.apply(this, given);
  setTimeout(() => end.apply(this, given), answerDelayMs);
  return this;
} as typeof ServerResponse.prototype.end;
