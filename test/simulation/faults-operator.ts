// What operators do while it hurts: handovers, failovers, drains, maintenance, and nodeos paused and resumed by hand.

import type { Fault, Field } from './faults.ts';
import { keys } from './node.ts';

function ask({ world }: Field, request: Record<string, unknown>): boolean {
  if (world.etcd.store.isFull) return false;
  world.etcd.store.put(
    keys.request,
    JSON.stringify({ v: 1, id: `r${world.etcd.store.revision}`, by: 'somebody', ...request }),
  );
  return true;
}

function byHand({ node }: Field, isPaused: boolean): boolean {
  const { nodeos } = node;
  if (nodeos?.process.isAlive !== true) return false;
  nodeos.process.in(0, () =>
    nodeos.thread.usually(done => {
      if (isPaused) nodeos.pause();
      else nodeos.resume();
      done();
    }),
  );
  return true;
}

function post({ world, random, mendAfter }: Field, key: string): boolean {
  const { store } = world.etcd;
  if (store.isFull) return false;
  store.put(key, JSON.stringify({ v: 1, by: 'somebody', why: 'because', atMs: world.trueMs }));
  mendAfter(random.spread(1000, 20_000), () => store.delete(key));
  return true;
}

export const operatorFaults: Fault[] = [
  {
    name: 'handover asked',
    weight: 3,
    strike: field => {
      const { random, world } = field;
      const target = random.chance(0.5) ? null : (random.pick(world.nodes)?.name ?? null);
      return ask(field, { kind: 'handover', target, moment: random.pick(['gap', 'now', 'now']) });
    },
  },
  {
    name: 'failover asked',
    weight: 1,
    strike: field => {
      const { random, world } = field;
      const target = random.chance(0.5) ? null : (random.pick(world.nodes)?.name ?? null);
      return ask(field, { kind: 'failover', target, epoch: world.checks.claim?.epoch ?? 0 });
    },
  },
  {
    name: 'pod going down',
    weight: 1,
    strike: ({ node, random, mendAfter, world }) => {
      const { monitor } = node;
      if (monitor?.process.isAlive !== true) return false;
      void monitor.loop.drain(40_000);
      world.later(random.spread(1000, 40_000), () => {
        if (node.monitor !== monitor || !monitor.process.isAlive) return;
        void monitor.loop.stop();
        node.killMonitor();
      });
      mendAfter(random.spread(2000, 45_000), () => {
        if (node.monitor === monitor && monitor.process.isAlive) node.killMonitor();
        node.startMonitorAgain();
      });
      return true;
    },
  },
  { name: 'node drained', weight: 0.7, strike: field => post(field, `${keys.drain}${field.node.name}`) },
  { name: 'maintenance', weight: 0.4, strike: field => post(field, keys.maintenance) },
  { name: 'nodeos paused by hand', weight: 1, strike: field => byHand(field, true) },
  { name: 'nodeos resumed by hand', weight: 2, strike: field => byHand(field, false) },
];
