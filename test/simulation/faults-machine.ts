// Faults of machines and processes: stopped, killed, cloned; clocks that jump or run away.

import type { Fault, Field } from './faults.ts';
import type { Process } from './process.ts';

/** Docs/signing.md rests on it: a nodeos whose block a fork has dropped is not held up by a slot in the middle of the next. */
function mayHoldUp({ node }: Field): boolean {
  return node.nodeos?.begun?.afterFork !== true;
}

function stop(field: Field, processes: (Process | undefined)[]): boolean {
  const running = processes.filter(process => process?.isAlive === true && !process.isStopped) as Process[];
  if (running.length === 0 || !mayHoldUp(field)) return false;
  for (const process of running) process.stop();
  field.mendAfter(field.random.spread(10, 8000), () => {
    for (const process of running) process.continue();
  });
  return true;
}

function killMonitor({ node, random, mendAfter }: Field): boolean {
  if (node.monitor?.process.isAlive !== true) return false;
  node.killMonitor();
  mendAfter(random.spread(300, 6000), () => node.startMonitorAgain());
  return true;
}

function killNodeos({ node, random, mendAfter, world }: Field): boolean {
  const { nodeos } = node;
  if (nodeos?.process.isAlive !== true) return false;
  node.killNodeos();
  // Its database is dirty: it starts over from a snapshot, which knows nothing of the last blocks.
  let saved = nodeos.head;
  for (let back = random.whole(0, 6); back > 0; back--) saved = saved.parent ?? saved;
  mendAfter(random.spread(500, 8000), () => node.startNodeos(random.chance(0.7) ? saved : world.others.head));
  return true;
}

/** A clock may be wrong for long; it is set right again, or set wrong another way. */
function step(field: Field, ms: number): boolean {
  const { machine } = field.node;
  const offsetMs = machine.offsetMs + ms;
  if (Math.abs(offsetMs) > 5000) machine.offsetMs = 0;
  else machine.offsetMs = offsetMs;
  return true;
}

export const machineFaults: Fault[] = [
  { name: 'monitor stopped', weight: 3, strike: field => stop(field, [field.node.monitor?.process]) },
  { name: 'nodeos stopped', weight: 3, strike: field => stop(field, [field.node.nodeos?.process]) },
  {
    name: 'machine stopped',
    weight: 3,
    strike: field => stop(field, [field.node.monitor?.process, field.node.nodeos?.process]),
  },
  { name: 'monitor killed', weight: 2, strike: killMonitor },
  { name: 'nodeos killed', weight: 2, strike: killNodeos },
  { name: 'machine killed', weight: 1, strike: field => [killMonitor(field), killNodeos(field)].includes(true) },
  {
    name: 'clock step',
    weight: 2,
    strike: field => step(field, (field.random.chance(0.5) ? 1 : -1) * field.random.spread(2, 3000)),
  },
  {
    name: 'clock drift',
    weight: 1,
    strike: ({ node, random, world, mendAfter }) => {
      // As chrony slews: at most a twelfth of the time that passes.
      const perTenth = random.between(-8, 8);
      let isOver = false;
      const drift = () => {
        if (isOver || Math.abs(node.machine.offsetMs + perTenth) > 5000) return;
        node.machine.offsetMs += perTenth;
        world.later(100, drift);
      };
      drift();
      mendAfter(random.spread(1000, 10_000), () => {
        isOver = true;
      });
      return true;
    },
  },
  {
    name: 'twin',
    weight: 0.3,
    strike: ({ node, random, world, mendAfter }) => {
      if (
        node.monitor?.process.isAlive !== true ||
        world.nodes.some(each => each !== node && each.name === node.name)
      ) {
        return false;
      }
      // A clone has the incarnation too; a pod that was started again elsewhere while the old one lives has its own.
      const isClone = random.chance(0.6);
      const twin = world.addTwin(node);
      if (isClone) {
        const incarnation = `clone-${world.trace.hash}`;
        node.killMonitor();
        node.startMonitor(incarnation);
        twin.startMonitor(incarnation);
      } else twin.startMonitor();
      mendAfter(random.spread(8000, 60_000), () => world.removeTwin(twin));
      return true;
    },
  },
];
