// Three etcd members that keep one store: who leads, who reaches the leader, what waits meanwhile.

import { EtcdStore } from './etcd-store.ts';
import { EtcdWatches } from './etcd-watches.ts';
import type { Network, Place } from './network.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export interface ModelMember extends Place {
  isUp: boolean;
  /** Stopped, as by SIGSTOP: it takes requests in and does nothing with them. */
  isHung: boolean;
}

/** Something a member was asked to do once the majority agrees. */
interface Proposal {
  member: number;
  commit: () => void;
  /** Whoever asked no longer waits. */
  isForgotten: () => boolean;
}

const lookEveryMs = 100;

export class EtcdModel {
  readonly store = new EtcdStore();
  readonly members: ModelMember[];
  leader: number | undefined = 0;
  term = 2;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly network: Network;
  readonly watches: EtcdWatches;
  #pending: Proposal[] = [];
  #leaderlessMs = 0;
  #patienceMs: number;
  #looks = 0;

  constructor(parts: { scheduler: Scheduler; random: Random; network: Network; sites: readonly string[] }) {
    this.scheduler = parts.scheduler;
    this.random = parts.random;
    this.network = parts.network;
    this.members = parts.sites.map((site, index) => ({ name: `m${index}`, site, isUp: true, isHung: false }));
    this.watches = new EtcdWatches(this);
    this.store.onChange = change => this.watches.tell(change);
    this.#patienceMs = this.#drawPatience();
    this.#lookAgain();
  }

  isLive(index: number): boolean {
    const member = this.members[index];
    return member?.isUp === true && !member.isHung;
  }

  /** Whether there is a leader that a majority follows. */
  isLed(): boolean {
    return this.leader !== undefined && this.#hasMajority(this.leader);
  }

  /** Whether that member can take part. */
  reachesLeader(index: number): boolean {
    return this.isLive(index) && this.isLed() && this.#isLinked(index, this.leader ?? index);
  }

  /** Has the majority agree, and then does it: at one moment, in one order with everything else. */
  propose(proposal: Proposal): void {
    if (!this.reachesLeader(proposal.member)) {
      this.#pending.push(proposal);
      return;
    }
    const { leader, term } = this;
    this.scheduler.at(this.scheduler.nowMs + this.#commitMs(proposal.member), () => {
      if (this.leader === leader && this.term === term && this.isLed()) return proposal.commit();
      // The leader was lost with it: the next one may have it in its log, or not.
      if (this.random.chance(0.5)) this.#pending.push(proposal);
    });
  }

  /** @param index undefined: the member that a majority elects */
  lead(index?: number): void {
    const candidates = this.members.map((_, each) => each).filter(each => this.#hasMajority(each));
    const elected = index !== undefined && candidates.includes(index) ? index : this.random.pick(candidates);
    if (elected === undefined) return;
    this.leader = elected;
    this.term++;
    this.#leaderlessMs = 0;
    this.#patienceMs = this.#drawPatience();
    this.store.extendLeases(this.scheduler.nowMs);
  }

  #lookAgain(): void {
    this.scheduler.at(this.scheduler.nowMs + lookEveryMs, () => {
      this.#look();
      this.#lookAgain();
    });
  }

  #look(): void {
    if (this.isLed()) {
      this.#leaderlessMs = 0;
      if (++this.#looks % 5 === 0) this.store.expire(this.scheduler.nowMs);
    } else {
      this.#leaderlessMs += lookEveryMs;
      if (this.#leaderlessMs >= this.#patienceMs) this.lead();
    }
    if (this.#pending.length > 0) {
      const pending = this.#pending;
      this.#pending = [];
      for (const each of pending) {
        if (each.isForgotten() && !this.random.chance(0.3)) continue;
        this.propose(each);
      }
    }
    this.watches.look();
  }

  /** Election timeout and the voting. */
  #drawPatience(): number {
    return this.random.between(1000, 1800);
  }

  #isLinked(one: number, other: number): boolean {
    const [a, b] = [this.members[one], this.members[other]];
    return a !== undefined && b !== undefined && (one === other || !this.network.isCut(a, b));
  }

  #hasMajority(index: number): boolean {
    if (!this.isLive(index)) return false;
    const followers = this.members.filter((_, other) => this.isLive(other) && this.#isLinked(index, other));
    return followers.length * 2 > this.members.length;
  }

  /** To the leader, to the nearest follower and back, to disk. */
  #commitMs(index: number): number {
    const leader = this.members[this.leader ?? 0] as ModelMember;
    const from = this.members[index] as ModelMember;
    const followers = this.members.filter(
      (each, other) => each !== leader && this.isLive(other) && !this.network.isCut(each, leader),
    );
    const agreedMs = Math.min(...followers.map(each => 2 * this.network.usualMs(leader, each)));
    const relayedMs = from === leader ? 0 : this.network.usualMs(from, leader);
    return relayedMs + agreedMs + this.random.between(0.2, 1.5);
  }
}
