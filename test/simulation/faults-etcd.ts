// Faults of etcd, and of the ways to it and between its members.

import type { Fault } from './faults.ts';
import { restore } from './restore.ts';

export const etcdFaults: Fault[] = [
  {
    name: 'cut off from etcd members',
    weight: 3,
    strike: ({ world, node, random, mendAfter }) => {
      const count = random.whole(1, 3);
      const members = world.etcd.members.filter((_, index) => (index + world.etcd.term) % 3 < count);
      const heals = members.map(member => world.network.cut(node.machine, member));
      mendAfter(random.spread(100, 8000), () => {
        for (const heal of heals) heal();
      });
      return true;
    },
  },
  {
    name: 'etcd members apart',
    weight: 2,
    strike: ({ world, random, mendAfter }) => {
      const { members } = world.etcd;
      const lone = random.pick(members);
      const isQuorumLost = random.chance(0.3);
      const pairs = members.flatMap((one, index) =>
        members
          .slice(index + 1)
          .flatMap(other => (isQuorumLost || one === lone || other === lone ? [[one, other] as const] : [])),
      );
      const heals = pairs.map(([one, other]) => world.network.cut(one, other));
      mendAfter(random.spread(200, 6000), () => {
        for (const heal of heals) heal();
      });
      return true;
    },
  },
  {
    name: 'etcd leader lost',
    weight: 1,
    strike: ({ world, random, mendAfter }) => {
      const leader = world.etcd.members[world.etcd.leader ?? 0];
      if (leader === undefined || !leader.isUp) return false;
      leader.isUp = false;
      mendAfter(random.spread(500, 6000), () => {
        leader.isUp = true;
      });
      return true;
    },
  },
  {
    name: 'etcd leader moved',
    weight: 1,
    strike: ({ world }) => {
      world.etcd.lead();
      return true;
    },
  },
  {
    name: 'etcd member hangs',
    weight: 2,
    strike: ({ world, random, mendAfter }) => {
      const member = random.pick(world.etcd.members);
      if (member === undefined || member.isHung) return false;
      member.isHung = true;
      mendAfter(random.spread(50, 8000), () => {
        member.isHung = false;
      });
      return true;
    },
  },
  {
    name: 'etcd compacted',
    weight: 1,
    strike: ({ world }) => {
      world.etcd.store.compact();
      return true;
    },
  },
  {
    name: 'etcd full',
    weight: 0.5,
    strike: ({ world, random, mendAfter }) => {
      world.etcd.store.isFull = true;
      mendAfter(random.spread(200, 6000), () => {
        world.etcd.store.isFull = false;
      });
      return true;
    },
  },
  {
    name: 'leases lost',
    weight: 1,
    strike: ({ world, random }) => {
      const { store } = world.etcd;
      const lost = store.leases().filter(() => random.chance(0.7));
      for (const lease of lost) store.revoke(lease);
      return lost.length > 0;
    },
  },
  { name: 'etcd restored', weight: 0.1, strike: restore },
];
