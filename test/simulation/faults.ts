// Hurts a world, by the seed's own mix of faults: most strike at any time, some right after something interesting has happened.

import { chainFaults } from './faults-chain.ts';
import { etcdFaults } from './faults-etcd.ts';
import { machineFaults } from './faults-machine.ts';
import { operatorFaults } from './faults-operator.ts';
import type { Node } from './node.ts';
import type { Random } from './random.ts';
import { reuseRevisions } from './restore.ts';
import type { World } from './world.ts';

/** Where a fault strikes. */
export interface Field {
  world: World;
  random: Random;
  /** The one that was picked: more often than not the holder. */
  node: Node;
  /** Mends it after a while, or when everything is healed. */
  mendAfter(ms: number, mend: () => void): void;
}

export interface Fault {
  name: string;
  /** How often it is picked, against the others. */
  weight: number;
  /** False: it could not strike here and now. */
  strike(field: Field): boolean;
}

/** Worlds that a certain planted bug needs. `reused-revisions`: etcd is restored in a way that SECURITY.md forbids. `…ahead`: every node claims ahead; `plain`: none does. */
export type Scenario = 'reused-revisions' | 'clones' | 'by-hand' | 'ahead' | 'clones-ahead' | 'plain';

const cloning = ['twin', 'machine stopped', 'main thread stalls', 'leases lost', 'full blocks'];

/** What happens all the time in some of them. */
const often: Record<Exclude<Scenario, 'plain'>, readonly string[]> = {
  'reused-revisions': [reuseRevisions.name],
  clones: cloning,
  'clones-ahead': cloning,
  ahead: [
    'etcd full',
    'etcd leader lost',
    'machine stopped',
    'nodeos stopped',
    'main thread stalls',
    'failover asked',
    'full blocks',
  ],
  'by-hand': ['nodeos resumed by hand', 'nodeos paused by hand', 'main thread stalls', 'failover asked', 'full blocks'],
};

const interesting =
  /"decision":"(?:resuming|takeover|resume nodeos|holding|pause nodeos|handed over|clock moved|standby)"/;

export class FaultInjector {
  readonly #world: World;
  readonly #faults: Fault[];
  readonly #meanGapMs: number;
  readonly #aimed: number;
  #mends = new Set<() => void>();
  #isOver = false;

  constructor(world: World, scenario: Scenario | undefined) {
    this.#world = world;
    const { random } = world;
    const all = [...machineFaults, ...etcdFaults, ...chainFaults, ...operatorFaults];
    const share = random.pick([0.15, 0.3, 0.6]);
    const mixed = all.filter(() => random.chance(share));
    const wanted = scenario === undefined || scenario === 'plain' ? undefined : often[scenario];
    this.#faults =
      wanted === undefined
        ? mixed
        : [...all, reuseRevisions].filter(({ name }) => wanted.includes(name)).map(fault => ({ ...fault, weight: 1 }));
    if (this.#faults.length === 0) this.#faults = all;
    const isRare = scenario === 'reused-revisions';
    this.#meanGapMs = isRare ? 6000 : random.spread(150, 1500);
    this.#aimed = isRare ? 0 : random.pick([0, 0.1, 0.4]);
    world.network.faults = { loss: random.pick([0, 0.01, 0.05]), delay: random.pick([0, 0.02, 0.1]) };
    world.heavy = random.pick([0, 0.1, 0.3]);
    world.others.missing = random.pick([0, 0, 0.1]);
    world.onInterest = (node, what) => this.#aim(node, what);
    this.#strikeAgain();
  }

  /** Mends everything, for good. */
  heal(): void {
    this.#isOver = true;
    const world = this.#world;
    world.trace.note('!!', 'everything is healed');
    world.onInterest = () => undefined;
    world.network.faults = { loss: 0, delay: 0 };
    world.heavy = 0;
    world.others.missing = 0;
    for (const mend of this.#mends) mend();
    const isLoaded = world.random.chance(0.3);
    for (const node of world.nodes) {
      node.setLoad(isLoaded);
      node.machine.offsetMs = world.random.between(-10, 10);
    }
  }

  #strikeAgain(): void {
    const { random } = this.#world;
    const gapMs = -Math.log(1 - random.next()) * this.#meanGapMs;
    this.#world.later(gapMs, () => {
      if (this.#isOver) return;
      const { nodes, checks } = this.#world;
      const holder = nodes.find(({ name }) => name === checks.claim?.holder);
      this.#strike(holder !== undefined && random.chance(0.5) ? holder : (random.pick(nodes) as Node));
      this.#strikeAgain();
    });
  }

  #aim(node: Node | undefined, what: string): void {
    const { random } = this.#world;
    if (this.#isOver || this.#aimed === 0 || node === undefined || !(what === 'block' || interesting.test(what)))
      return;
    if (!random.chance(this.#aimed)) return;
    this.#world.later(random.spread(0.1, 600), () => {
      if (!this.#isOver) this.#strike(node);
    });
  }

  #strike(node: Node): void {
    const { random } = this.#world;
    let at = random.next() * this.#faults.reduce((sum, { weight }) => sum + weight, 0);
    const fault = this.#faults.find(({ weight }) => {
      at -= weight;
      return at < 0;
    });
    if (fault === undefined) return;
    const field = {
      world: this.#world,
      random,
      node,
      mendAfter: (ms: number, mend: () => void) => this.#mendAfter(ms, mend),
    };
    if (!fault.strike(field)) return;
    this.#world.count(fault.name);
    this.#world.trace.note(node.machine.name, `# ${fault.name}`);
  }

  #mendAfter(ms: number, mend: () => void): void {
    const once = () => {
      if (this.#mends.delete(once)) mend();
    };
    this.#mends.add(once);
    this.#world.later(ms, once);
  }
}
