// Follows an operator's orders to begin solo and to stop it, each once.

import type { StoredClaim } from '#core/failover/claim.ts';
import { decideStart } from '#core/failover/solo.ts';
import type { SoloOrder, SoloRecord } from '#core/failover/solo-record.ts';
import type { Window } from '#core/slots.ts';
import type { FoundOrder, Orders } from './solo-order.ts';
import type { SoloVolume } from './solo-volume.ts';

/** What became of the last order that was not obeyed. */
export interface Unheeded {
  order: SoloOrder | undefined;
  phase: 'waiting' | 'refused';
  reason: string;
}

export interface StartFacts {
  wallMs: number;
  /** Undefined when etcd has just answered. */
  silentForMs: number | undefined;
  windows: readonly Window[];
  known: StoredClaim | undefined;
}

export interface Obedience {
  unheeded(): Unheeded | undefined;
  /** Looks for an order, and does what can be done about it now. The disk may take its time: facts are asked for when they are judged. */
  look(facts: () => StartFacts): Promise<void>;
  /** Whether solo is being begun: until the volume has answered nobody knows which register counts. */
  isBeginning(): boolean;
}

export function obeyOrders(
  orders: Orders,
  node: string,
  volume: SoloVolume,
  say: (decision: string, reason: string) => void,
): Obedience {
  let unheeded: Unheeded | undefined;
  let isBeginning = false;

  /** Removed before anything else: an order that was refused must not come true after a restart. */
  const refuse = async (found: FoundOrder, reason: string) => {
    await orders.remove(found);
    unheeded = { order: 'problem' in found ? undefined : found, phase: 'refused', reason };
    say('refused', reason);
  };

  const stop = async (order: SoloOrder) => {
    const record = volume.active();
    if (record === undefined) return refuse(order, 'solo is not on');
    await volume.stop(record, 'stops', `by order of ${order.by}; etcd will be told what was signed`);
    return orders.remove(order);
  };

  const begin = async (order: SoloOrder, record: SoloRecord) => {
    unheeded = undefined;
    isBeginning = true;
    try {
      await volume.enter(record, 'begins', `by order of ${order.by}: ${record.why}`);
    } finally {
      isBeginning = false;
    }
    return orders.remove(order);
  };

  const start = async (order: SoloOrder, facts: StartFacts) => {
    const before = volume.tip()?.record;
    if (before?.order === order.id) return orders.remove(order);
    const verdict = decideStart({ ...facts, order, node, before });
    switch (verdict.kind) {
      case 'wait':
        if (unheeded?.reason !== verdict.reason) say('waits', verdict.reason);
        unheeded = { order, phase: 'waiting', reason: verdict.reason };
        return;
      case 'refuse':
        return refuse(order, verdict.reason);
      case 'begin':
        return begin(order, verdict.record);
    }
  };

  return {
    unheeded: () => unheeded,
    isBeginning: () => isBeginning,
    look: async facts => {
      const order = await orders.read();
      if (order === undefined) {
        if (unheeded?.phase === 'waiting') unheeded = undefined;
        return;
      }
      if ('problem' in order) return refuse(order, order.problem);
      if (volume.broken() !== undefined) await volume.load();
      const broken = volume.broken();
      if (broken !== undefined) return refuse(order, broken);
      return order.kind === 'stop' ? stop(order) : start(order, facts());
    },
  };
}
