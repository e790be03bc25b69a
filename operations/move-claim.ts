// Asks the monitors to move the claim, and waits until the new holder signs: what a handover and a failover have in common.

import { parseAnswer, parseRequest, type Request, type RequestAnswer } from '#core/failover/requests.ts';
import { settleLimitSeconds } from '#core/rollout/duration.ts';
import type { ClaimView } from '#core/rollout/observation.ts';
import type { Crew, EtcdSession } from './ports.ts';
import { keysOf, viewClaim, withAnyMember } from './register.ts';

export interface Asking {
  /** Called while waiting, such as to keep a lock. */
  onWait?: ((text: string) => Promise<void>) | undefined;
  /** Withdraws the request, as far as it is not served yet. */
  signal?: AbortSignal | undefined;
}

export type Move =
  | { kind: 'done'; to: string; epoch: number }
  | { kind: 'refused'; reason: string }
  /** Asked, not confirmed in time; the request has been withdrawn. */
  | { kind: 'unconfirmed'; reason: string }
  /** The asker changed their mind before it was served. */
  | { kind: 'withdrawn'; reason: string };

/** A request is gone by itself so long after its asker has fallen silent: nobody shall act on it later. */
export const requestTtlSeconds = 60;
const renewEveryMs = 15_000;
const pollMs = 500;
/** A handover under way when it is withdrawn is over by then. */
const withdrawLimitMs = 4000;

interface Errand extends Asking {
  request: Request;
  /** The claim that shall end. */
  before: { holder: string; epoch: number };
  limitMs: number;
}

export async function moveClaim(crew: Crew, errand: Errand): Promise<Move> {
  const { id: lease } = await withAnyMember(crew, session => session.grantLease(requestTtlSeconds));
  try {
    const text = JSON.stringify(errand.request);
    const obstacle = await placeRequest(crew, errand.request, text, lease);
    if (obstacle !== undefined) return { kind: 'refused', reason: obstacle };
    const moved = await awaitClaim(crew, errand, text, lease);
    if (moved.kind !== 'done') return moved;
    const problem = await awaitSigner(crew, moved.to, errand);
    return problem === undefined
      ? moved
      : { kind: 'unconfirmed', reason: `${moved.to} holds the claim, but ${problem}` };
  } finally {
    // It ends by itself when this fails.
    await withAnyMember(crew, session => session.revoke(lease)).catch(() => undefined);
  }
}

/** Puts the request, unless another one is going on; gives what is in the way. Of two who ask at once the first wins. */
async function placeRequest(crew: Crew, request: Request, text: string, lease: string): Promise<string | undefined> {
  const keys = keysOf(crew);
  return await withAnyMember(crew, async session => {
    const { stored, claim, answer } = await readProgress(session, crew);
    // An earlier attempt whose answer was lost.
    if (stored?.value === text) return undefined;
    const other = parseRequest(stored?.value ?? '');
    if (
      other !== undefined &&
      isOpen(other, claim, answer) &&
      !(request.kind === 'failover' && other.kind !== 'failover')
    )
      return `${describeRequest(other)} is going on. Wait for it, or let ${other.by} withdraw it; it ends within a minute once its asker is gone.`;
    const expected = stored === undefined ? 'absent' : { revision: stored.modRevision, text: stored.value };
    const { kind } = await session.compareAndPut(keys.request, expected, text, lease);
    if (kind === 'put') return undefined;
    const winner = await session.get(keys.request);
    if (winner?.value === text) return undefined;
    const first = parseRequest(winner?.value ?? '');
    return `${first === undefined ? 'another request' : describeRequest(first)} came first.`;
  });
}

/** Whether a monitor may still act on it. A failover that was asked for in case of need takes the place of a handover. */
function isOpen(request: Request, claim: ClaimView, answer: RequestAnswer | undefined): boolean {
  if (answer?.id === request.id) return answer.outcome === 'accepted';
  const epoch = claim.kind === 'held' || claim.kind === 'vacant' ? claim.epoch : -1;
  return request.kind === 'handover' || request.epoch === epoch;
}

export function describeRequest({ kind, target, by }: Request): string {
  return `the ${kind} to ${target ?? 'the best standby'} that ${by} asked for`;
}

async function readProgress(session: EtcdSession, crew: Crew) {
  const keys = keysOf(crew);
  const answer = await session.get(keys.answer);
  const claim = viewClaim(await session.get(keys.claim));
  const stored = await session.get(keys.request);
  return { claim, stored, answer: parseAnswer(answer?.value ?? '') };
}

async function awaitClaim(crew: Crew, errand: Errand, text: string, lease: string): Promise<Move> {
  const { clock } = crew;
  const { request, before, limitMs } = errand;
  const startedMs = clock.now();
  let renewedMs = startedMs;
  let said = `asked ${request.kind === 'handover' ? before.holder : 'the standbys'}`;
  while (clock.now() < startedMs + limitMs) {
    const { claim, answer, stored } = await withAnyMember(crew, session => readProgress(session, crew));
    const moved = judgeMove(claim, errand);
    if (moved !== undefined) return moved;
    if (answer?.id === request.id) {
      if (answer.outcome === 'refused') return { kind: 'refused', reason: `${answer.node} refused: ${answer.reason}.` };
      said = `${answer.node}: ${answer.outcome}, ${answer.reason}`;
    } else if (stored?.value !== text) return { kind: 'refused', reason: `${lostTo(stored?.value)}.` };
    if (errand.signal?.aborted === true) return await withdraw(crew, errand, text);
    await errand.onWait?.(said);
    await clock.sleep(pollMs);
    if (request.kind === 'handover' && clock.now() - renewedMs >= renewEveryMs) {
      await withAnyMember(crew, session => session.keepAlive(lease));
      renewedMs = clock.now();
    }
  }
  await deleteRequest(crew, text);
  return { kind: 'unconfirmed', reason: `the claim did not move within ${limitMs / 1000} s (${said}).` };
}

function lostTo(text: string | undefined): string {
  const other = parseRequest(text ?? '');
  if (text === undefined) return 'somebody deleted the request';
  return `${other === undefined ? 'another request' : describeRequest(other)} took the place of this one`;
}

/** undefined while the claim has not moved. */
function judgeMove(claim: ClaimView, { request, before }: Errand): Move | undefined {
  if (claim.kind !== 'held' || claim.epoch <= before.epoch) return undefined;
  const { holder, epoch } = claim;
  // A holder whose monitor was started anew may take its own claim, when it is told to.
  if (holder === before.holder && request.kind === 'handover') {
    return { kind: 'unconfirmed', reason: `${holder} lost the claim and took it again meanwhile.` };
  }
  if (request.target === null || holder === request.target) return { kind: 'done', to: holder, epoch };
  return { kind: 'unconfirmed', reason: `${holder} took the claim meanwhile, not ${request.target}.` };
}

/** What is under way when the request disappears may still come to its end. */
async function withdraw(crew: Crew, errand: Errand, text: string): Promise<Move> {
  const { clock } = crew;
  const untilMs = clock.now() + withdrawLimitMs;
  await deleteRequest(crew, text);
  let accepted = false;
  for (let looks = 0; clock.now() < untilMs; looks++) {
    const { claim, answer } = await withAnyMember(crew, session => readProgress(session, crew));
    const moved = judgeMove(claim, errand);
    if (moved !== undefined) return moved;
    accepted = answer?.id === errand.request.id && answer.outcome === 'accepted';
    if (!accepted && looks > 1) return { kind: 'withdrawn', reason: 'the request was withdrawn before it was served.' };
    await clock.sleep(pollMs);
  }
  const still = `${errand.before.holder} had begun and may still come to its end`;
  return { kind: 'withdrawn', reason: `the request was withdrawn${accepted ? `, but ${still}` : ''}.` };
}

/** A request left behind would be served by a later holder, when nobody expects it any more. */
async function deleteRequest(crew: Crew, text: string): Promise<void> {
  const key = keysOf(crew).request;
  await withAnyMember(crew, async session => {
    if ((await session.get(key))?.value === text) await session.delete(key);
  });
}

/** What is wrong with the new holder; undefined when it says itself that it signs. */
async function awaitSigner(crew: Crew, node: string, { onWait }: Asking): Promise<string | undefined> {
  const { clock } = crew;
  const deadlineMs = clock.now() + settleLimitSeconds * 1000;
  let problem = 'its monitor does not answer.';
  while (clock.now() < deadlineMs) {
    const word = await crew.nodes.look(node);
    if (word !== undefined) {
      if (word.role === 'holding' && word.nodeos.paused === false) return undefined;
      problem = `it is ${word.role} and its nodeos is ${word.nodeos.paused === false ? 'producing' : 'paused'}.`;
    }
    await onWait?.(`${node} takes over`);
    await clock.sleep(pollMs);
  }
  return problem;
}
