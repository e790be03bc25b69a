// Puts up and takes down what operators want until further notice: drains of nodes, and maintenance.

import { type Notice, parseNotice } from '#core/failover/requests.ts';
import { handoverLimitSeconds } from '#core/rollout/duration.ts';
import { describeUnknown } from './handover.ts';
import { type Picture, readPicture } from './picture.ts';
import type { Crew } from './ports.ts';
import { createKey, keysOf, withAnyMember } from './register.ts';

export interface NoticeOptions {
  by: string;
  why: string;
  onWait?: (text: string) => void;
}

/** `stood`: as it was before; `standing` is what the key holds now. */
export type NoticeResult =
  | { kind: 'done'; stood: boolean; standing: Notice | null; text: string }
  | { kind: 'refused'; reason: string }
  /** It is written, yet not seen to work in time. */
  | { kind: 'unconfirmed'; reason: string }
  /** Another operator wanted the opposite in the meantime. */
  | { kind: 'crossed'; reason: string };

const pollMs = 1000;
/** Monitors hear of a key at once, and read it every second in any case. */
const settleLimitMs = 10_000;

/** Has a node hand over and take no claim, until it is undrained. Waits until it holds none. */
export async function drainNode(crew: Crew, node: string, options: NoticeOptions): Promise<NoticeResult> {
  const unknown = await describeUnknown(crew, node);
  if (unknown !== undefined) return { kind: 'refused', reason: unknown };
  const { stood, standing } = await putUp(crew, `${keysOf(crew).drain}${node}`, options);
  const said = stood ? `${node} was drained already, ${describeNotice(standing)}` : `${node} is drained`;
  const find = (picture: Picture) => picture.drains.find(each => each.node === node)?.notice;
  const end = await until(crew, handoverLimitSeconds.gap * 1000, picture => {
    if (!isSame(find(picture), standing)) return { crossed: `somebody undrained ${node} in the meantime.` };
    const word = picture.nodes.find(each => each.node === node);
    if (picture.stored?.holder === node) {
      const others = picture.nodes.filter(each => each.node !== node && each.eligible);
      const hope =
        others.length === 0 ? 'no other node is eligible, so it keeps it' : 'it hands over between our windows';
      options.onWait?.(`${node} holds the claim; ${hope}`);
      return { waitingFor: `${node} still holds the claim: ${hope}.` };
    }
    if (word === undefined || word.draining) return { done: true };
    options.onWait?.(`waiting for the monitor of ${node} to hear of it`);
    return { waitingFor: `its monitor has not said that it is draining.` };
  });
  return resultOf(end, { stood, standing, text: `${said}; it does not hold the claim.` }, `${said}, but `);
}

export async function undrainNode(crew: Crew, node: string, options: NoticeOptions): Promise<NoticeResult> {
  const removed = await takeDown(crew, `${keysOf(crew).drain}${node}`);
  if (removed === undefined) {
    // A drain of a node that is no more can be removed; only where there is none does its name matter.
    const unknown = await describeUnknown(crew, node);
    if (unknown !== undefined) return { kind: 'refused', reason: unknown };
    return { kind: 'done', stood: true, standing: null, text: `${node} is not drained: nothing to do.` };
  }
  const was = `${node} is no longer drained (it was, ${describeNotice(removed)})`;
  const end = await until(crew, settleLimitMs, picture => {
    const again = picture.drains.find(each => each.node === node);
    if (again !== undefined) return { crossed: `${again.notice.by} drained ${node} again in the meantime.` };
    const word = picture.nodes.find(each => each.node === node);
    if (word === undefined || !word.draining) return { done: true };
    options.onWait?.(`waiting for the monitor of ${node} to hear of it`);
    return { waitingFor: 'its monitor says that it is going down: the pod is being stopped.' };
  });
  return resultOf(end, { stood: false, standing: null, text: `${was}.` }, `${was}, but `);
}

export async function startMaintenance(crew: Crew, options: NoticeOptions): Promise<NoticeResult> {
  const { stood, standing } = await putUp(crew, keysOf(crew).maintenance, options);
  const said = stood ? `maintenance was on already, ${describeNotice(standing)}` : 'maintenance is on';
  const end = await until(crew, settleLimitMs, ({ maintenance }) =>
    isSame(maintenance, standing) ? { done: true } : { crossed: 'somebody switched it off in the meantime.' },
  );
  const text = `${said}: nobody takes over by itself; the holder goes on, and handovers and failovers still work.`;
  return resultOf(end, { stood, standing, text }, `${said}, but `);
}

export async function endMaintenance(crew: Crew): Promise<NoticeResult> {
  const removed = await takeDown(crew, keysOf(crew).maintenance);
  if (removed === undefined)
    return { kind: 'done', stood: true, standing: null, text: 'maintenance is not on: nothing to do.' };
  const end = await until(crew, settleLimitMs, ({ maintenance }) =>
    maintenance === undefined ? { done: true } : { crossed: `${maintenance.by} switched it on again in the meantime.` },
  );
  const text = `maintenance is off (it was on, ${describeNotice(removed)}): standbys take over again.`;
  return resultOf(end, { stood: false, standing: null, text }, 'maintenance was switched off, but ');
}

export function describeNotice({ by, why, atMs }: Notice): string {
  const at = atMs > 0 ? ` at ${new Date(atMs).toISOString().slice(0, 19)}Z` : '';
  return `by ${by}${at}${why === '' ? '' : `: ${why}`}`;
}

/** The first one stays: its reason is the reason. */
async function putUp(
  crew: Crew,
  key: string,
  { by, why }: NoticeOptions,
): Promise<{ stood: boolean; standing: Notice }> {
  const notice: Notice = { v: 1, by, why, atMs: crew.clock.now() };
  const created = await withAnyMember(crew, session => createKey(session, key, JSON.stringify(notice)));
  if (created.kind === 'exists') return { stood: true, standing: parseNotice(created.text) };
  return { stood: false, standing: notice };
}

async function takeDown(crew: Crew, key: string): Promise<Notice | undefined> {
  return await withAnyMember(crew, async session => {
    const found = await session.get(key);
    if (found === undefined) return undefined;
    await session.delete(key);
    return parseNotice(found.value);
  });
}

function isSame(a: Notice | undefined, b: Notice): boolean {
  return a !== undefined && a.by === b.by && a.why === b.why && a.atMs === b.atMs;
}

type Look = { done: true } | { crossed: string } | { waitingFor: string };

/** Looks at least twice: who crosses us does so right away. */
async function until(crew: Crew, limitMs: number, look: (picture: Picture) => Look): Promise<Look> {
  const untilMs = crew.clock.now() + limitMs;
  for (let looks = 1; ; looks++) {
    const seen = look(await readPicture(crew));
    if ('crossed' in seen || ('done' in seen && looks > 1) || crew.clock.now() >= untilMs) return seen;
    await crew.clock.sleep(pollMs);
  }
}

function resultOf(end: Look, done: Omit<NoticeResult & { kind: 'done' }, 'kind'>, so: string): NoticeResult {
  if ('crossed' in end) return { kind: 'crossed', reason: end.crossed };
  if ('waitingFor' in end) return { kind: 'unconfirmed', reason: `${so}${end.waitingFor}` };
  return { kind: 'done', ...done };
}
