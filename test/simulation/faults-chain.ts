// Faults of nodeos and the chain: stalls, load, forks, peers that are not heard, schedules that change.

import { slotAt } from '#core/slots.ts';
import { ourProducer } from './chain.ts';
import type { Fault, Field } from './faults.ts';

/** The main thread does nothing else for a while. */
function stall({ node, random }: Field): boolean {
  const { nodeos } = node;
  if (nodeos?.process.isAlive !== true || nodeos.begun?.afterFork === true) return false;
  nodeos.thread.stall(random.spread(5, 3000));
  return true;
}

/** Blocks of the producer before us come late, with votes that ours do not have: everybody drops what we built without them. */
function fork({ world, node, random }: Field): boolean {
  const head = node.nodeos?.head;
  if (head?.producer !== ourProducer) return false;
  let first = head;
  while (first.parent?.producer === ourProducer) first = first.parent;
  const { parent } = first;
  const { schedules } = world;
  if (parent === undefined || slotAt(world.trueMs) - first.slot > 14) return false;
  let slot = first.slot - 1;
  while (schedules.producerAt(slot) === ourProducer) slot--;
  // Where no slot was left free before our window, the last block in it is made anew.
  const onto = parent.slot < slot ? parent : parent.parent;
  if (onto === undefined || onto.slot >= slot) return false;
  const rival = world.others.rival(onto, slot, Math.max(head.weight, world.others.head.weight) + 2);
  world.others.hear(rival);
  const reach = world.nodes.filter(({ machine }) => !world.network.isCut(machine, world.others));
  for (const each of reach) {
    const { nodeos } = each;
    world.later(each === node ? random.spread(0.1, 30) : random.between(1, 80), () => {
      if (nodeos?.process.isAlive === true && !nodeos.process.isStopped) nodeos.switchNow(rival);
    });
  }
  return reach.includes(node);
}

export const chainFaults: Fault[] = [
  { name: 'main thread stalls', weight: 4, strike: stall },
  { name: 'fork drops our blocks', weight: 4, strike: fork },
  {
    name: 'full blocks',
    weight: 2,
    strike: ({ world, random, mendAfter }) => {
      for (const node of world.nodes) node.setLoad(true);
      mendAfter(random.spread(500, 30_000), () => {
        for (const node of world.nodes) node.setLoad(false);
      });
      return true;
    },
  },
  {
    name: 'cut off from the chain',
    weight: 2,
    strike: ({ world, node, random, mendAfter }) => {
      const heals = [world.network.cut(node.machine, world.others)];
      if (random.chance(0.6))
        heals.push(
          ...world.nodes.filter(each => each !== node).map(each => world.network.cut(node.machine, each.machine)),
        );
      mendAfter(random.spread(200, 10_000), () => {
        for (const heal of heals) heal();
      });
      return true;
    },
  },
  {
    name: 'schedule changed',
    weight: 0.5,
    strike: ({ world, random }) => {
      const slot = slotAt(world.trueMs);
      const order = [...world.schedules.activeAt(slot)];
      if (world.schedules.told(slot).length > 1) return false;
      order.push(...order.splice(0, random.whole(1, order.length - 1)));
      world.schedules.change(slot, order);
      return true;
    },
  },
];
