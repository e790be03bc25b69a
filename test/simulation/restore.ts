// etcd restored from an older snapshot: as SECURITY.md says, and in the way it forbids.

import { parseClaim } from '#core/failover/claim.ts';
import { slotAt } from '#core/slots.ts';
import type { Fault, Field } from './faults.ts';
import { keys } from './node.ts';

/** The documented way: monitors stopped, revisions far above any that was used, the claim deleted and initialised. */
export function restore({ world, random }: Field): boolean {
  const { store } = world.etcd;
  const claimed = world.checks.claim?.slot ?? 0;
  // Slots that a clock far ahead has claimed: an operator who looks at the claim first waits until they are over.
  if (store.isFull || world.isRestoring || claimed > slotAt(world.trueMs) + 12) return false;
  const snapshot = world.snapshots[random.whole(0, world.snapshots.length - 1)];
  if (snapshot === undefined) return false;
  world.isRestoring = true;
  for (const { monitor } of world.nodes) monitor?.process.kill();
  world.later(random.spread(500, 5000), () => {
    const isFull = store.isFull;
    store.isFull = false;
    store.restore(snapshot, store.revision + 1_000_000);
    store.delete(keys.claim);
    // What the snapshot brought back of notices that were taken down since.
    for (const { key } of [...store.range(keys.drain).keys, ...store.range(keys.maintenance).keys]) store.delete(key);
    world.initialiseClaim();
    store.isFull = isFull;
    world.isRestoring = false;
    for (const node of world.nodes) node.startMonitorAgain();
  });
  return true;
}

/** Revisions used a second time: the holder is cut off and knows nothing of it, and the next write of the claim has the revision that it knows. */
export const reuseRevisions: Fault = {
  name: 'revisions reused',
  weight: 0,
  strike: ({ world, random, mendAfter }) => {
    const { store, members } = world.etcd;
    const holder = world.nodes.find(({ name }) => name === world.checks.claim?.holder);
    const known = holder?.monitor?.loop.monitor.knows.stored;
    const snapshot = world.snapshots.at(-1);
    if (holder === undefined || known === undefined || snapshot === undefined || world.isRestoring) return false;
    if (holder.monitor?.loop.monitor.state.kind !== 'holding' || known.text !== store.get(keys.claim)?.value)
      return false;
    world.isRestoring = true;
    const heals = members.map(member => world.network.cut(holder.machine, member));
    for (const node of world.nodes) if (node !== holder) node.killMonitor();
    const startOthers = () => {
      world.isRestoring = false;
      for (const node of world.nodes) if (node !== holder) node.startMonitorAgain();
    };
    let isRestored = false;
    let isMended = false;
    // Whatever was claimed is over by then: what the text of the claim is for is to be tried, not what a restore takes back.
    // A holder that is no longer cut off goes on claiming: blocks whose claims were taken back then would rightly raise the alarm.
    world.later(random.between(6500, 9000), () => {
      if (isMended) return;
      isRestored = true;
      store.restore(snapshot, Math.min(snapshot.revision, Number(known.revision) - 2));
      const parsed = parseClaim(store.get(keys.claim)?.value ?? '');
      if (parsed.kind === 'claim') world.checks.claimInitialised(parsed.claim);
      world.reusedRevision = Number(known.revision);
      world.onReused = () => {
        for (const heal of heals) heal();
      };
      startOthers();
    });
    mendAfter(30_000, () => {
      isMended = true;
      for (const heal of heals) heal();
      if (!isRestored) startOthers();
    });
    return true;
  },
};
