// kill -9: of nodeos, of its monitor, of both as one, of the whole machine; in our window and before it.

import { slotMs, slotStartMs } from '#core/slots.ts';
import { killAll } from '#rehearsal/sandbox/processes.ts';
import { etcdProcess, leadFrom, processesOf } from '../field.ts';
import {
  type Fault,
  gapLeadMs,
  insideMs,
  memberOf,
  membersElsewhere,
  noneMissed,
  oneMissed,
  outsideMs,
  type Scene,
  shortLeadMs,
  tellMoment,
  untilMoment,
} from '../scene.ts';

type Part = 'nodeos' | 'monitor';

const victims: { name: string; what: string; parts: Part[] }[] = [
  { name: 'nodeos', what: "the holder's nodeos", parts: ['nodeos'] },
  { name: 'monitor', what: "the holder's monitor", parts: ['monitor'] },
  { name: 'both', what: "the holder's nodeos and monitor as one", parts: ['nodeos', 'monitor'] },
];

const processKills: Fault[] = victims.flatMap(({ name, what, parts }) => [
  {
    name: `kill-${name}-inside`,
    what: `kill -9 of ${what} within our window`,
    leadMs: shortLeadMs,
    bound: oneMissed,
    inject: scene => killParts(scene, parts, insideMs(scene)),
  },
  {
    name: `kill-${name}-outside`,
    what: `kill -9 of ${what} before our window`,
    leadMs: gapLeadMs,
    bound: noneMissed,
    inject: scene => killParts(scene, parts, outsideMs(scene)),
  },
]);

export const killFaults: Fault[] = [
  ...processKills,
  {
    name: 'kill-machine-inside',
    what: "the holder's machine loses its power within our window; etcd is led from another site",
    leadMs: shortLeadMs,
    bound: oneMissed,
    inject: scene => killMachine(scene, insideMs(scene), false),
  },
  {
    name: 'kill-machine-outside',
    what: "the holder's machine loses its power before our window; etcd is led from another site",
    leadMs: gapLeadMs,
    bound: noneMissed,
    inject: scene => killMachine(scene, outsideMs(scene), false),
  },
  {
    name: 'kill-machine-and-etcd-leader',
    what: "the holder's machine loses its power within our window, and its site's etcd member, which leads, dies with it",
    leadMs: shortLeadMs,
    inject: scene => killMachine(scene, insideMs(scene), true),
  },
];

/** Both at a moment of our window. */
export function killHolder(scene: Scene): Promise<string> {
  return killParts(scene, ['nodeos', 'monitor'], insideMs(scene));
}

async function killParts(scene: Scene, parts: readonly Part[], atMs: number): Promise<string> {
  await untilMoment(atMs);
  const processes = processesOf(scene.holder);
  const pids = parts.flatMap(part => processes[part] ?? []);
  if (pids.length !== parts.length) throw new Error(`${parts.join(' and ')} of ${scene.holder.name} did not run`);
  killAll(() => pids);
  return `${parts.join(' and ')} killed ${tellMoment(scene, atMs)}`;
}

async function killMachine(scene: Scene, atMs: number, withLeader: boolean): Promise<string> {
  const { field, holder, window } = scene;
  const own = memberOf(field, holder);
  const leader = await leadFrom(field, withLeader ? [own] : membersElsewhere(scene, holder));
  await untilMoment(atMs);
  if (withLeader) killAll(() => [etcdProcess(own.name)]);
  const count = await holder.site.killNode(holder.zone);
  // The machine stays dark until our window is over.
  await untilMoment(slotStartMs(window.last) + slotMs);
  await holder.site.startNode(holder.zone);
  return `${count} processes of its machine killed ${tellMoment(scene, atMs)}, etcd led from ${leader.name}`;
}
