// Hands production from the node that signs to another, by asking the monitors and seeing that they did.

import type { HandoverMoment, HandoverRequest } from '#core/failover/requests.ts';
import { slotMs, slotsPerWindow } from '#core/slots.ts';
import type { Fleet } from './ports.ts';
import { releaseOf } from './ports.ts';
import { keysOf, readClaim, readProgress, withAnyMember } from './register.ts';

export interface HandoverOptions {
  /** undefined lets the holder choose its best standby. */
  target: string | undefined;
  moment: HandoverMoment;
  /** Who asks. */
  by: string;
  /** Unique to this request. */
  id: string;
  /** Called while waiting, such as to keep a lock. */
  onWait?: (text: string) => Promise<void>;
}

export type HandoverResult =
  | { kind: 'done'; from: string; to: string; epoch: number; seconds: number }
  | { kind: 'refused'; reason: string }
  /** Asked, not confirmed in time; the request has been withdrawn. */
  | { kind: 'unconfirmed'; reason: string };

const pollMs = 500;
/** A round of 21 producers, and once more for a moment that was missed. */
const gapLimitMs = 2 * 21 * slotsPerWindow * slotMs;
const nowLimitMs = 30_000;
/** From the claim's move until the new node signs or could. */
const settleLimitMs = 30_000;

export async function handOver(fleet: Fleet, options: HandoverOptions): Promise<HandoverResult> {
  const before = await readClaim(fleet);
  if (before.kind !== 'held') {
    return { kind: 'refused', reason: 'nobody holds the claim, so there is nothing to hand over.' };
  }
  const { target } = options;
  if (target !== undefined && !fleet.releases.some(each => each.node === target)) {
    const names = fleet.releases.flatMap(each => each.node ?? []).join(', ');
    return { kind: 'refused', reason: `there is no node ${target}; the environment has ${names}.` };
  }
  if (target === before.holder) return { kind: 'refused', reason: `${target} holds the claim already.` };
  const startedMs = fleet.clock.now();
  const text = await askMonitors(fleet, options);
  const moved = await awaitClaim(fleet, options, before, text);
  if (moved.kind !== 'moved') return moved;
  const problem = await awaitSigner(fleet, moved.holder, options);
  const seconds = (fleet.clock.now() - startedMs) / 1000;
  return problem === undefined
    ? { kind: 'done', from: before.holder, to: moved.holder, epoch: moved.epoch, seconds }
    : { kind: 'unconfirmed', reason: `${moved.holder} holds the claim, but ${problem}` };
}

async function askMonitors(fleet: Fleet, { id, target, moment, by }: HandoverOptions): Promise<string> {
  const request: HandoverRequest = { v: 1, kind: 'handover', id, target: target ?? null, moment, by };
  const text = JSON.stringify(request);
  // Twice is harmless: a monitor deals with an id once.
  await withAnyMember(fleet, session => session.put(keysOf(fleet).request, text));
  return text;
}

type Moved = { kind: 'moved'; holder: string; epoch: number };

async function awaitClaim(
  fleet: Fleet,
  options: HandoverOptions,
  before: { holder: string; epoch: number },
  requestText: string,
): Promise<Moved | Extract<HandoverResult, { kind: 'refused' | 'unconfirmed' }>> {
  const { clock } = fleet;
  const limitMs = options.moment === 'gap' ? gapLimitMs : nowLimitMs;
  const deadlineMs = clock.now() + limitMs;
  let said = `asked ${before.holder}`;
  while (clock.now() < deadlineMs) {
    const { claim, answer, requestText: present } = await readProgress(fleet);
    if (claim.kind === 'held' && claim.holder !== before.holder && claim.epoch > before.epoch) {
      if (options.target === undefined || claim.holder === options.target) {
        return { kind: 'moved', holder: claim.holder, epoch: claim.epoch };
      }
      await withdraw(fleet, requestText);
      return { kind: 'unconfirmed', reason: `${claim.holder} took the claim meanwhile, not ${options.target}.` };
    }
    if (answer?.id === options.id) {
      if (answer.outcome === 'refused') {
        await withdraw(fleet, requestText);
        return { kind: 'refused', reason: `${answer.node} refused: ${answer.reason}.` };
      }
      said = `${answer.node}: ${answer.outcome}, ${answer.reason}`;
    } else if (present !== requestText) {
      return { kind: 'refused', reason: 'another request took the place of this one.' };
    }
    await options.onWait?.(said);
    await clock.sleep(pollMs);
  }
  await withdraw(fleet, requestText);
  return { kind: 'unconfirmed', reason: `the claim did not move within ${limitMs / 1000} s (${said}).` };
}

/** A request left behind would be served by a later holder, when nobody expects it any more. */
async function withdraw(fleet: Fleet, text: string): Promise<void> {
  const key = keysOf(fleet).request;
  await withAnyMember(fleet, async session => {
    if ((await session.get(key))?.value === text) await session.delete(key);
  });
}

/** What is wrong with the new holder; undefined when its own monitor says that it signs. */
async function awaitSigner(fleet: Fleet, node: string, options: HandoverOptions): Promise<string | undefined> {
  const { clock } = fleet;
  const release = releaseOf(fleet, { node });
  const deadlineMs = clock.now() + settleLimitMs;
  let problem = 'its monitor does not answer.';
  while (clock.now() < deadlineMs) {
    const status = await fleet.monitors.status(release);
    if (status !== undefined) {
      if (status.role === 'holding' && status.nodeos.paused === false) return undefined;
      problem = `it is ${status.role} and its nodeos is ${status.nodeos.paused === false ? 'producing' : 'paused'}.`;
    }
    await options.onWait?.(`${node} takes over`);
    await clock.sleep(pollMs);
  }
  return problem;
}
