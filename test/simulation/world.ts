// A whole simulated world: machines with nodeos and monitors, etcd, the rest of the chain, and what joins them.

import { type Claim, renderClaim } from '#core/failover/claim.ts';
import { firstClaim } from '#core/rollout/first-claim.ts';
import { producerOfSlot, slotAt, windowFrom } from '#core/slots.ts';
import { type Block, Others, ourProducer, Schedules } from './chain.ts';
import { Checks } from './checks.ts';
import { EtcdModel } from './etcd-model.ts';
import type { Snapshot } from './etcd-store.ts';
import { Network } from './network.ts';
import { keys, Node } from './node.ts';
import type { NodeosSettings } from './nodeos-model.ts';
import { beginMs, Machine, type Process } from './process.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { Trace } from './trace.ts';

/** So many seeds have sites that are 10 to 60 ms apart, there and back. */
const longLines = 0.2;
/** As the chart has it: what a claim over long lines takes, nodeos must wait for. */
const longTimeoutMs = 400;

export class World {
  readonly scheduler = new Scheduler();
  readonly random: Random;
  readonly trace: Trace;
  readonly checks: Checks;
  readonly network: Network;
  readonly etcd: EtcdModel;
  readonly schedules: Schedules;
  readonly others: Others;
  readonly nodes: Node[] = [];
  /** Faults so far, by what they are. */
  readonly faults = new Map<string, number>();
  /** Told of each thing a monitor decides, and of each block of ours. */
  onInterest: (node: Node | undefined, what: string) => void = () => undefined;
  /** How likely a block is heavy. */
  heavy = 0;
  readonly nodeosSettings: NodeosSettings;
  /** Taken now and then. */
  readonly snapshots: Snapshot[] = [];
  /** No monitor starts meanwhile. */
  isRestoring = false;
  /** The revision that the next write of the claim gets once more; then `onReused` is called. */
  reusedRevision: number | undefined;
  onReused: () => void = () => undefined;
  #writer = '';
  /** Which nodes claim ahead is a seed's own choice as well, and leaves all others as they were. */
  readonly #aheadRandom: Random;
  readonly #aheadShare: number;
  #marks = 0;

  /** @param options.aheadShare of the nodes claims ahead; by the seed when undefined */
  constructor(seed: number, { isTraced, aheadShare }: { isTraced: boolean; aheadShare: number | undefined }) {
    this.random = new Random(seed);
    this.#aheadRandom = new Random(~seed);
    this.#aheadShare = aheadShare ?? this.#aheadRandom.pick([0, 1, 0.5]);
    const { random, scheduler } = this;
    this.trace = new Trace(scheduler, isTraced);
    this.checks = new Checks(
      detail => this.trace.note('!!', detail),
      slot => this.schedules.told(slot).some(order => producerOfSlot(order, slot) === ourProducer),
    );
    const shortMs = random.between(0.5, 5);
    // A choice of its own too.
    const lineRandom = new Random(seed ^ 0x5bd1e995);
    const isLong = lineRandom.chance(longLines);
    const wanMs = isLong ? lineRandom.between(5, 30) : shortMs;
    this.network = new Network(random, wanMs, fault => this.count(fault));
    this.etcd = new EtcdModel({ scheduler, random, network: this.network, sites: ['s0', 's1', 's2'] });
    this.etcd.leader = random.whole(0, 2);
    this.#watchStore();
    const producers = [ourProducer, ...['others0', 'others1', 'others2'].slice(0, random.whole(1, 2))].sort();
    this.schedules = new Schedules(producers);
    const { network, schedules } = this;
    this.others = new Others({
      scheduler,
      random,
      network,
      schedules,
      onBlock: block => this.spread(this.others, block),
    });
    this.nodeosSettings = {
      offsetMs: random.pick([450, 450, 456, 480, 500]),
      signerTimeoutMs: Math.max(random.pick([60, 200, 400]), isLong ? longTimeoutMs : 0),
      isSavanna: random.chance(0.75),
      appliesBetween: random.chance(0.5),
    };
    const count = random.whole(2, 4);
    for (let index = 0; index < count; index++) this.addNode('abcd'[index] ?? '', 'abcd'[index] ?? '', index);
  }

  /** @param name of the node; `machineName` is another one for a twin */
  addNode(name: string, machineName: string, index: number): Node {
    const { random, scheduler } = this;
    const machine = new Machine(scheduler, machineName, `s${index % 2}`, 1 + random.between(-50, 50) / 1e6);
    machine.offsetMs = random.between(-15, 15);
    const node = new Node(this, name, machine, this.nodeosSettings, 10 * (index + 1));
    this.nodes.push(node);
    return node;
  }

  /** Whether the next node is one of claimAhead 1. */
  drawClaimAhead(): boolean {
    return this.#aheadRandom.chance(this.#aheadShare);
  }

  /** Each is drawn once in a world, also by clones. */
  readonly drawMark = (): string => `mark ${++this.#marks}`;

  start(): void {
    this.initialiseClaim();
    for (const node of this.nodes) {
      node.startNodeos(this.others.head);
      node.startMonitor();
    }
    this.#keepSnapshots();
  }

  #keepSnapshots(): void {
    this.later(5000, () => {
      this.snapshots.push(this.etcd.store.snapshot());
      this.snapshots.splice(0, this.snapshots.length - 4);
      this.#keepSnapshots();
    });
  }

  /** A second machine that goes by the same name, with a nodeos of its own. */
  addTwin(node: Node): Node {
    const twin = this.addNode(node.name, `${node.machine.name}+`, this.nodes.indexOf(node));
    twin.startNodeos(node.nodeos?.head ?? this.others.head);
    return twin;
  }

  removeTwin(twin: Node): void {
    twin.killMonitor();
    twin.killNodeos();
    const index = this.nodes.indexOf(twin);
    if (index >= 0) this.nodes.splice(index, 1);
  }

  /** As `active-eos install` does. */
  initialiseClaim(): void {
    const now = slotAt(this.trueMs);
    const latest = Math.max(now, ...this.nodes.map(({ machine }) => slotAt(machine.wallMs())));
    const claim: Claim = firstClaim(latest, windowFrom(this.schedules.activeAt(now), ourProducer, now) ?? null);
    this.#writer = 'install';
    this.etcd.store.put(keys.claim, renderClaim(claim));
  }

  /** True wall clock. */
  get trueMs(): number {
    return beginMs + this.scheduler.nowMs;
  }

  later(ms: number, work: () => void): void {
    this.scheduler.at(this.scheduler.nowMs + ms, work);
  }

  count(fault: string): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }

  get faultCount(): number {
    let sum = 0;
    for (const count of this.faults.values()) sum += count;
    return sum;
  }

  readonly onWrite = (client: Process, key: string): void => {
    this.#writer = client.name;
    if (key !== keys.claim || this.reusedRevision === undefined) return;
    this.etcd.store.revision = this.reusedRevision - 1;
    this.reusedRevision = undefined;
    this.onReused();
  };

  onDecision(node: Node, line: string): void {
    if (line.includes('"decision":"ALARM"')) this.checks.alarmed(node.machine, line);
    this.trace.note(node.machine.name, line.slice(line.indexOf('"decision"'), -1));
    this.onInterest(node, line);
  }

  /** How long the next block keeps the main thread when it is finished. */
  heavyMs(): number {
    if (!this.random.chance(this.heavy)) return 0;
    this.count('heavy block');
    return this.random.spread(5, 3000);
  }

  /** Sends a block to everybody else; who did not know it passes it on. */
  spread(from: { name: string; site: string }, block: Block): void {
    for (const node of this.nodes) {
      if (node.machine !== from) this.#send(from, node.machine, block, () => node.nodeos);
    }
    if (from !== this.others) this.#sendToOthers(from, block);
    if (block.producer === ourProducer)
      this.onInterest(
        this.nodes.find(({ machine }) => machine === from),
        'block',
      );
  }

  connectionsOf(node: Node): { peer: string; agent: string; isOpen: boolean }[] {
    const fellows = this.nodes.filter(each => each.machine !== node.machine && each.nodeos?.process.isAlive === true);
    return [
      { peer: 'others:1', agent: 'others', isOpen: !this.network.isCut(node.machine, this.others) },
      ...fellows.map(({ machine, name }) => ({
        peer: `${machine.name}:9876`,
        agent: name,
        isOpen: !this.network.isCut(node.machine, machine),
      })),
    ];
  }

  #send(from: { name: string; site: string }, to: Machine, block: Block, nodeos: () => Node['nodeos']): void {
    const travelMs = this.network.travelMs(from, to, 'block lost');
    if (travelMs === undefined) return;
    this.later(travelMs, () => {
      const receiver = nodeos();
      if (receiver === undefined) return;
      receiver.process.in(0, () => {
        if (receiver.hear(block) && block.producer === ourProducer) this.#sendToOthers(to, block);
      });
    });
  }

  #sendToOthers(from: { name: string; site: string }, block: Block): void {
    const travelMs = this.network.travelMs(from, this.others, 'block lost');
    if (travelMs === undefined) return;
    this.later(travelMs, () => {
      if (this.others.hear(block)) this.spread(this.others, block);
    });
  }

  /** Every value that the claim key takes is looked at before anybody hears of it. */
  #watchStore(): void {
    const { store } = this.etcd;
    const tell = store.onChange;
    store.onChange = change => {
      for (const { key, value } of change.changes) {
        if (key !== keys.claim || value === null) continue;
        this.trace.note('etcd', `${this.#writer}: ${value} at ${change.revision}`);
        if (this.#writer === 'install') this.checks.claimInitialised(JSON.parse(value) as Claim);
        else this.checks.claimWritten(value, this.#writer);
      }
      tell(change);
    };
  }
}
