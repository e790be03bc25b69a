// One node of ours: a machine with nodeos and its monitor, started, killed and started again. The monitor is the product's own code.

import { combineMembers } from '#adapters/etcd/cluster.ts';
import type { Signer } from '#adapters/signature/k1.ts';
import { registerKeys } from '#core/failover/keys.ts';
import type { MonitorConfig } from '../../monitor/config.ts';
import { startJournal } from '../../monitor/journal.ts';
import { type Loop, startLoop } from '../../monitor/loop.ts';
import { openRegister } from '../../monitor/register.ts';
import { startRepeater } from '../../monitor/repeat.ts';
import { lookAheadEveryMs, openSigningDesk, type SigningDesk } from '../../monitor/signer.ts';
import { type Block, ourProducer } from './chain.ts';
import { connectModelMember } from './etcd-member.ts';
import { connectModelNodeos, type NodeosClientParts } from './nodeos-client.ts';
import { NodeosModel, type NodeosSettings } from './nodeos-model.ts';
import { type Machine, Process } from './process.ts';
import { requestSignature } from './signature-request.ts';
import type { World } from './world.ts';

/** The one that monitor/main.ts gives. */
const etcdDeadlineMs = 400;
const chainId = 'ab'.repeat(32);
export const keys = registerKeys({ prefix: '/simulated', chainId, producer: ourProducer });

/** The key is not what is tried here. */
const signer: Signer = { publicKey: 'EOS', sign: digest => `SIG_K1_${digest}` };
const isSignatureOf = (signature: string, digest: string) => signature === signer.sign(digest);

export interface Monitor {
  process: Process;
  incarnation: string;
  loop: Loop;
  desk: SigningDesk;
}

export class Node {
  /** A twin has the name of its original, and a machine of its own. */
  readonly name: string;
  readonly machine: Machine;
  nodeos: NodeosModel | undefined;
  monitor: Monitor | undefined;
  fullBlocks = false;
  readonly claimsAhead: boolean;
  readonly #world: World;
  readonly #settings: NodeosSettings;
  readonly #priority: number;
  #starts = 0;

  constructor(world: World, name: string, machine: Machine, settings: NodeosSettings, priority: number) {
    this.#world = world;
    this.claimsAhead = world.drawClaimAhead();
    this.name = name;
    this.machine = machine;
    this.#settings = settings;
    this.#priority = priority;
  }

  /** @param head of its chain as it was saved */
  startNodeos(head: Block): void {
    if (this.nodeos?.process.isAlive === true) return;
    const { random, schedules, checks, trace } = this.#world;
    const process = new Process(this.machine, `nodeos ${this.machine.name}`, random);
    const nodeos = new NodeosModel(
      process,
      head,
      this.#settings,
      {
        schedules,
        sign: (digest, done) => {
          const { monitor } = this;
          requestSignature(
            {
              random,
              nodeos: process,
              timeoutMs: this.#settings.signerTimeoutMs,
              monitor,
              onLeft: () => checks.signatureLeft(this.machine, monitor?.process.name ?? '', digest),
            },
            digest,
            done,
          );
        },
        onProduced: (block, digest) => {
          trace.note(this.machine.name, `block ${block.num} of slot ${block.slot} ${digest.slice(0, 16)}`);
          checks.produced(block, digest);
        },
        spread: block => this.#world.spread(this.machine, block),
        heavyMs: () => this.#world.heavyMs(),
      },
      random,
    );
    nodeos.fullBlocks = this.fullBlocks;
    this.nodeos = nodeos;
    trace.note(this.machine.name, 'nodeos starts');
  }

  startMonitor(incarnation = `${this.machine.name}-${++this.#starts}`): void {
    const { random, etcd, trace, checks } = this.#world;
    const process = new Process(this.machine, `${this.name}/${incarnation}`, random);
    const { time } = process;
    const members = etcd.members
      .map((_, index) => index)
      .sort(
        (a, b) =>
          Number(etcd.members[a]?.site !== this.machine.site) - Number(etcd.members[b]?.site !== this.machine.site),
      )
      .map(index => connectModelMember(etcd, index, process, etcdDeadlineMs, this.#world.onWrite));
    const journal = startJournal(this.name, line => this.#world.onDecision(this, line), time);
    const identity = { node: this.name, incarnation };
    const register = openRegister(combineMembers(members, time), keys, identity, detail => loop.cloned(detail));
    const client: NodeosClientParts = {
      client: process,
      random,
      chainId,
      offsetMs: this.#settings.offsetMs,
      running: () => (this.nodeos?.process.isAlive === true ? this.nodeos : undefined),
      connections: () => this.#world.connectionsOf(this),
      schedules: slot => this.#world.schedules.told(slot),
      sign: signer.sign,
      onResume: () => {
        const claimed = loop.monitor.knows.stored?.claim.slot ?? Number.POSITIVE_INFINITY;
        const { nodeos: running } = this;
        checks.resumed(this.machine, claimed, running?.process.isAlive === true ? running.begun?.slot : undefined);
      },
    };
    const nodeos = connectModelNodeos(client);
    const onCloned = () => {
      trace.note(this.machine.name, 'the monitor ends itself: it was cloned');
      process.kill();
      this.#world.later(2000, () => this.startMonitorAgain());
    };
    const loop = startLoop(this.#config(), incarnation, { nodeos, register, journal, time, onCloned, isSignatureOf });
    const parts = { signer, register, nodeos: connectModelNodeos(client), journal, producer: ourProducer, time };
    const desk = openSigningDesk(this.claimsAhead ? { ...parts, mark: this.#world.drawMark } : parts, loop);
    if (this.claimsAhead) startRepeater(time).every(() => lookAheadEveryMs, desk.lookAhead);
    this.monitor = { process, incarnation, loop, desk };
    trace.note(this.machine.name, `monitor ${incarnation} starts`);
  }

  /** As the kubelet does, when none runs. */
  startMonitorAgain(): void {
    if (this.monitor?.process.isAlive !== true && !this.#world.isRestoring && this.#world.nodes.includes(this))
      this.startMonitor();
  }

  setLoad(isFull: boolean): void {
    this.fullBlocks = isFull;
    if (this.nodeos !== undefined) this.nodeos.fullBlocks = isFull;
  }

  killMonitor(): void {
    this.monitor?.process.kill();
    this.#world.trace.note(this.machine.name, 'monitor is killed');
  }

  killNodeos(): void {
    this.nodeos?.process.kill();
    this.#world.trace.note(this.machine.name, 'nodeos is killed');
  }

  /** What there is to say about it in one line. */
  describe(): string {
    const state = this.monitor?.process.isAlive === true ? this.monitor.loop.monitor.state.kind : 'no monitor';
    const { nodeos } = this;
    const does = nodeos?.process.isAlive !== true ? 'no nodeos' : nodeos.isPaused ? 'paused' : 'running';
    return `${this.machine.name}: ${state}, ${does}, head ${nodeos?.head.slot ?? 0}, ${this.monitor?.loop.presence().why.join(', ') ?? ''}`;
  }

  #config(): MonitorConfig {
    return {
      node: this.name,
      site: this.machine.site,
      zone: this.machine.site,
      priority: this.#priority,
      producer: ourProducer,
      chainId,
      publicKey: signer.publicKey,
      prefix: '/simulated',
      nodeosUrl: 'http://127.0.0.1',
      signerSocket: '/signer',
      keyFile: '/key',
      produceBlockOffsetMs: this.#settings.offsetMs,
      minPeers: 1,
      p2pPort: 9876,
      listen: { host: '127.0.0.1', port: 0 },
      etcd: { endpoints: ['http://127.0.0.1'] },
      podIp: this.machine.name,
    };
  }
}
