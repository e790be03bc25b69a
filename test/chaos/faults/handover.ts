// What operators ask for: handovers in a row, opposite wishes at the same time, a pod deleted.

import { setTimeout as pause } from 'node:timers/promises';
import { type HandoverMoment, parseAnswer } from '#core/failover/requests.ts';
import { slotMs, slotsPerWindow } from '#core/slots.ts';
import { ask } from '#rehearsal/sandbox/kubernetes-api.ts';
import { type EtcdMember, type Field, observeFleet } from '../field.ts';
import {
  type Fault,
  gapLeadMs,
  insideMs,
  memberOf,
  noneMissed,
  outsideMs,
  type Scene,
  shortLeadMs,
  tellMoment,
  untilMoment,
  windowStartMs,
} from '../scene.ts';

const answerLimitMs = 40_000;
const lookEveryMs = 50;
/** As many as fit before our window, and into it. */
const [inGap, inWindow] = [3, 5];
/** The most that one takes, since it waits for the end of a signature and of a slot. */
const handoverMs = 1000;

export const operatorFaults: Fault[] = [
  {
    name: 'handovers-gap',
    what: `${inGap} handovers in a row before our window`,
    leadMs: gapLeadMs,
    bound: noneMissed,
    inject: scene => handOverInGap(scene, inGap),
  },
  {
    name: 'handovers-now',
    what: `${inWindow} handovers in a row within our window`,
    leadMs: shortLeadMs,
    bound: noneMissed,
    inject: scene => handOverNow(scene, inWindow),
  },
  {
    name: 'opposed-operators',
    what: 'two operators ask for handovers to different nodes at the same moment within our window',
    leadMs: shortLeadMs,
    inject: askOpposite,
  },
  {
    name: 'pod-delete-inside',
    what: "the holder's pod is deleted as by kubectl within our window",
    leadMs: shortLeadMs,
    inject: scene => deletePod(scene, insideMs(scene)),
  },
  {
    name: 'pod-delete-outside',
    what: "the holder's pod is deleted as by kubectl before our window",
    leadMs: gapLeadMs,
    inject: scene => deletePod(scene, outsideMs(scene)),
  },
];

export async function handOverInGap(scene: Scene, count: number): Promise<string> {
  return handOverInRow(scene, 'gap', count);
}

export async function handOverNow(scene: Scene, count: number): Promise<string> {
  const atMs =
    windowStartMs(scene.window) + scene.chance.between(0, slotsPerWindow * slotMs - 500 - count * handoverMs);
  await untilMoment(atMs);
  return `${await handOverInRow(scene, 'now', count)} from ${tellMoment(scene, atMs)} on`;
}

async function handOverInRow({ field, window, holder }: Scene, moment: HandoverMoment, count: number): Promise<string> {
  const told: string[] = [];
  for (let index = 0; index < count; index++) {
    const id = `${moment}-${window.first}-${index}`;
    const startedMs = performance.now();
    await putRequest(field, memberOf(field, holder), { id, target: null, moment });
    const outcome = await untilAnswered(field, id);
    told.push(`${outcome} after ${Math.round(performance.now() - startedMs)} ms`);
  }
  return `${count} handovers (${moment}): ${told.join(', ')}`;
}

async function putRequest(
  field: Field,
  { session }: EtcdMember,
  request: { id: string; target: string | null; moment: HandoverMoment },
): Promise<void> {
  await session.put(field.keys.request, JSON.stringify({ v: 1, kind: 'handover', by: 'a chaos trial', ...request }));
}

/** @throws when nobody dealt with it in time */
async function untilAnswered({ keys, members }: Field, id: string): Promise<string> {
  const endMs = performance.now() + answerLimitMs;
  while (performance.now() < endMs) {
    for (const { session } of members) {
      const stored = await session.get(keys.answer).catch(() => undefined);
      const answer = parseAnswer(stored?.value ?? '');
      if (answer?.id === id && answer.outcome !== 'accepted')
        return answer.outcome === 'done' ? `done` : `${answer.outcome} (${answer.reason})`;
      if (stored !== undefined) break;
    }
    await pause(lookEveryMs);
  }
  throw new Error(`the handover ${id} was neither done nor refused within ${answerLimitMs / 1000} s`);
}

/** Each by another etcd member; which is first, nobody can tell. */
async function askOpposite(scene: Scene): Promise<string> {
  const { field, standbys, chance, window } = scene;
  const first = chance.pick(standbys);
  const second = chance.pick(standbys.filter(node => node !== first));
  const [one, other] = [chance.pick(field.members), chance.pick(field.members)];
  const [atMs, apartMs] = [insideMs(scene), chance.between(0, 60)];
  await untilMoment(atMs);
  const moment = 'now';
  await Promise.all([
    putRequest(field, one, { id: `first-${window.first}`, target: first.name, moment }),
    pause(apartMs).then(() => putRequest(field, other, { id: `second-${window.first}`, target: second.name, moment })),
  ]);
  await untilMoment(windowStartMs(window) + 6500);
  const { nodes } = await observeFleet(field);
  const holder = nodes.find(({ status }) => status?.role === 'holding')?.name ?? 'nobody';
  return `to ${first.name} and ${apartMs} ms later to ${second.name} ${tellMoment(scene, atMs)}; then ${holder} held the claim`;
}

async function deletePod(scene: Scene, atMs: number): Promise<string> {
  const { holder, field } = scene;
  await untilMoment(atMs);
  const path = `/api/v1/namespaces/${field.namespace}/pods/${holder.name}-0`;
  const { status, text } = await ask(holder.site.access, 'DELETE', path);
  if (status >= 300) throw new Error(`the API server refused with ${status}: ${text}`);
  return `its pod deleted ${tellMoment(scene, atMs)}`;
}
