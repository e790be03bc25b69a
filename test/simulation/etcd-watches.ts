// Watches on the members of the model: told in order and late, ended when the way, the member or its leader is gone for long.

import { EtcdError } from '#adapters/etcd/error.ts';
import type { WatchedKey, WatchHandlers } from '#adapters/etcd/member.ts';
import type { EtcdModel, ModelMember } from './etcd-model.ts';
import type { Change } from './etcd-store.ts';
import type { Process } from './process.ts';

interface Watch {
  member: number;
  client: Process;
  prefix: string;
  handlers: WatchHandlers;
  /** Changes that have not left the member yet. */
  waiting: Change[];
  /** When the last of those that have left arrives. */
  arrivesMs: number;
  /** Since when nothing could come through, by reason. */
  silentSinceMs: number | undefined;
  leaderlessSinceMs: number | undefined;
  isOver: boolean;
}

/** grpc's keepalive finds a dead connection after this. Source: adapters/etcd/member.ts. */
const deadAfterMs = 8000;
/** etcd ends a watch that requires a leader after this without one. */
const leaderlessMs = 3000;

export class EtcdWatches {
  readonly #model: EtcdModel;
  #watches: Watch[] = [];

  constructor(model: EtcdModel) {
    this.#model = model;
  }

  start(
    member: number,
    client: Process,
    range: { prefix: string; fromRevision: number },
    handlers: WatchHandlers,
  ): { stop(): void } {
    const { store, scheduler } = this.#model;
    const { prefix, fromRevision } = range;
    const watch: Watch = {
      member,
      client,
      prefix,
      handlers,
      waiting: store.history.filter(({ revision }) => fromRevision > 0 && revision >= fromRevision),
      arrivesMs: scheduler.nowMs,
      silentSinceMs: undefined,
      leaderlessSinceMs: undefined,
      isOver: false,
    };
    this.#watches.push(watch);
    if (fromRevision > 0 && fromRevision < store.compactedRevision) {
      const from = store.compactedRevision;
      this.#end(
        watch,
        new EtcdError('compacted', `the history asked for is gone; etcd keeps it from revision ${from} on`),
      );
    } else this.#flush(watch);
    return {
      stop: () => {
        watch.isOver = true;
      },
    };
  }

  tell(change: Change): void {
    for (const watch of this.#watches) {
      watch.waiting.push(change);
      this.#flush(watch);
    }
  }

  /** What could not be told before, and watches whose time is over. */
  look(): void {
    const { members, network, scheduler } = this.#model;
    this.#watches = this.#watches.filter(({ isOver, client }) => !isOver && client.isAlive);
    for (const watch of this.#watches) {
      const member = members[watch.member] as ModelMember;
      const isSilent = member.isHung || network.isCut(member, watch.client.machine);
      watch.silentSinceMs = isSilent ? (watch.silentSinceMs ?? scheduler.nowMs) : undefined;
      const isLed = this.#model.reachesLeader(watch.member);
      watch.leaderlessSinceMs = isLed || member.isHung ? undefined : (watch.leaderlessSinceMs ?? scheduler.nowMs);
      if (!member.isUp) this.#end(watch, new EtcdError('unknown', 'the connection was lost'));
      else if (scheduler.nowMs - (watch.silentSinceMs ?? scheduler.nowMs) > deadAfterMs)
        this.#end(watch, new EtcdError('unknown', 'the connection does not answer'));
      else if (scheduler.nowMs - (watch.leaderlessSinceMs ?? scheduler.nowMs) > leaderlessMs && !isSilent)
        this.#end(watch, new EtcdError('unknown', 'etcdserver: no leader'));
      else this.#flush(watch);
    }
  }

  #flush(watch: Watch): void {
    const { members, network, scheduler } = this.#model;
    const member = members[watch.member] as ModelMember;
    if (watch.isOver || watch.waiting.length === 0) return;
    if (!this.#model.reachesLeader(watch.member) || network.isCut(member, watch.client.machine)) return;
    for (const { revision, changes } of watch.waiting) {
      const ours = changes.filter(({ key }) => key.startsWith(watch.prefix));
      if (ours.length === 0) continue;
      this.#send(watch, member, () => watch.handlers.onChange(ours as WatchedKey[], String(revision)));
    }
    watch.waiting = [];
    watch.arrivesMs = Math.max(watch.arrivesMs, scheduler.nowMs);
  }

  /** A stream keeps its order; what is lost is sent again, and comes late. */
  #send(watch: Watch, member: ModelMember, deliver: () => void): void {
    const { network, scheduler, random } = this.#model;
    const { client } = watch;
    const travelMs = network.travelMs(member, client.machine, 'watch event sent again') ?? random.between(200, 400);
    watch.arrivesMs = Math.max(watch.arrivesMs, scheduler.nowMs + travelMs);
    client.in(watch.arrivesMs - scheduler.nowMs, () => {
      if (!watch.isOver) deliver();
    });
  }

  #end(watch: Watch, error: EtcdError): void {
    const { members, network } = this.#model;
    this.#watches = this.#watches.filter(each => each !== watch);
    watch.client.in(network.usualMs(members[watch.member] as ModelMember, watch.client.machine), () => {
      if (watch.isOver) return;
      watch.isOver = true;
      watch.handlers.onEnd(error);
    });
  }
}
