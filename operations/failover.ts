// Has a standby take the claim without its holder's consent: tells first what that would do, then asks and sees that it happened.

import type { Presence } from '#core/failover/status.ts';
import { compareStandbys } from '#core/failover/takeover.ts';
import { slotAt, slotMs, slotStartMs, type Window } from '#core/slots.ts';
import { describeUnknown } from './handover.ts';
import { type Asking, type Move, moveClaim } from './move-claim.ts';
import { type Picture, readPicture } from './picture.ts';
import type { Crew } from './ports.ts';

export interface FailoverPlan {
  /** Empty when nobody holds the claim. */
  holder: string;
  epoch: number;
  /** Why the holder may not do; empty when it signs and is heard, so that a handover is the better way. */
  holderProblems: string[];
  /** Who would take the claim; null when nobody can. */
  takes: string | null;
  /** Best first. */
  standbys: { node: string; eligible: boolean; why: string[] }[];
  /** Until our next window; 0 within it, null when no monitor knows. */
  windowInSeconds: number | null;
}

/** `refusal` undefined: it could be done. */
export interface FailoverReport {
  plan: FailoverPlan | undefined;
  refusal: string | undefined;
}

export type FailoverResult =
  | { kind: 'done'; from: string; to: string; epoch: number; seconds: number }
  | Exclude<Move, { kind: 'done' }>;

/** Standbys look at requests many times a second; a bad moment passes within that. */
const moveLimitMs = 20_000;

/** Looks, and changes nothing. */
export async function prepareFailover(crew: Crew, target: string | undefined): Promise<FailoverReport> {
  const unknown = target === undefined ? undefined : await describeUnknown(crew, target);
  if (unknown !== undefined) return { plan: undefined, refusal: unknown };
  const [picture, window] = await Promise.all([readPicture(crew), readWindow(crew)]);
  return planFailover(picture, { target, window, nowMs: crew.clock.now() });
}

export async function failOver(
  crew: Crew,
  plan: FailoverPlan,
  options: Asking & { target: string | undefined; by: string; id: string },
): Promise<FailoverResult> {
  const { target, by, id, onWait, signal } = options;
  const startedMs = crew.clock.now();
  const { holder, epoch } = plan;
  const moved = await moveClaim(crew, {
    request: { v: 1, kind: 'failover', id, target: target ?? null, epoch, by },
    before: { holder, epoch },
    limitMs: moveLimitMs,
    onWait,
    signal,
  });
  if (moved.kind !== 'done') return moved;
  return { ...moved, from: holder, seconds: (crew.clock.now() - startedMs) / 1000 };
}

/** What a failover would do, or why it cannot be. */
export function planFailover(
  { claim, stored, nodes }: Picture,
  { target, window, nowMs }: { target: string | undefined; window: Window | undefined; nowMs: number },
): FailoverReport {
  if (stored === undefined) {
    const found =
      claim.kind === 'unreadable' ? `cannot be read: ${claim.problem}` : 'is missing: run "active-eos install"';
    return { plan: undefined, refusal: `the claim ${found}.` };
  }
  const { holder, epoch } = stored;
  const site = nodes.find(each => each.node === holder)?.site;
  const standbys = nodes
    // One whose monitor was started anew is a standby like any other, though the claim still names it.
    .filter(each => each.node !== holder || each.incarnation !== stored.incarnation)
    .toSorted((a, b) => Number(b.eligible) - Number(a.eligible) || compareStandbys(a, b, site));
  const chosen = target === undefined ? standbys[0] : standbys.find(each => each.node === target);
  const plan: FailoverPlan = {
    holder,
    epoch,
    holderProblems: holder === '' ? ['nobody holds the claim'] : problemsOf(holder, stored.incarnation, nodes),
    takes: chosen?.eligible === true ? chosen.node : null,
    standbys: standbys.map(({ node, eligible, why }) => ({ node, eligible, why })),
    windowInSeconds: secondsTo(window, nowMs),
  };
  return { plan, refusal: plan.takes === null ? refusalOf(plan, target) : undefined };
}

function refusalOf({ holder, standbys }: FailoverPlan, target: string | undefined): string {
  const others = standbys.filter(each => target === undefined || each.node === target);
  if (target === holder && others.length === 0) return `${target} holds the claim already.`;
  if (others.length === 0)
    return target === undefined ? 'no standby is present.' : `${target} is not present in etcd: its monitor is down.`;
  return `${others.map(({ node, why }) => `${node} cannot: ${why.join(', ') || 'it is not eligible'}`).join('; ')}.`;
}

/** What speaks against the holder, by its own word and by what its standbys hear. */
export function problemsOf(holder: string, incarnation: string, nodes: readonly Presence[]): string[] {
  const word = nodes.find(each => each.node === holder);
  if (word === undefined) return ['its monitor is gone: it has no presence in etcd'];
  if (word.incarnation !== incarnation) return ['its monitor restarted and is a standby now'];
  const problems: string[] = [];
  if (!word.nodeos.alive) problems.push('its nodeos does not answer');
  else if (word.role !== 'holding' && word.role !== 'handing') problems.push(`it is ${word.role}`);
  else if (word.nodeos.paused === true) problems.push('its nodeos is paused');
  problems.push(...word.why.filter(each => each !== 'the main thread of nodeos does not answer'));
  const deaf = nodes.filter(each => each.node !== holder && each.unheardSlot !== null).map(each => each.node);
  if (deaf.length > 0) problems.push(`its latest blocks did not reach ${deaf.join(', ')}`);
  return problems;
}

/** From the first monitor that knows it. */
async function readWindow(crew: Crew): Promise<Window | undefined> {
  const words = await Promise.all((await crew.nodes.names()).map(node => crew.nodes.look(node)));
  return words.find(word => word?.window != null)?.window ?? undefined;
}

function secondsTo(window: Window | undefined, nowMs: number): number | null {
  if (window === undefined || slotAt(nowMs) > window.last) return null;
  // The block of a slot is made in the slot before.
  return Math.max(0, Math.floor((slotStartMs(window.first) - slotMs - nowMs) / 1000));
}
