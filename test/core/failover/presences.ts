// Presences of a small fleet, as literals to be changed by each test.

import type { NodeosView, Presence } from '#core/failover/status.ts';

export const chainId = 'cf057bbfb72640471fd910bcb67639c22df9f92470936cddc1ade0e2f2e7dc4f';

/** A nodeos that is synced, paused and heard by the network. */
export function nodeosView(changes: Partial<NodeosView> = {}): NodeosView {
  return {
    alive: true,
    paused: true,
    headNum: 500,
    headId: 'head',
    headSlot: 1000,
    headProducer: 'them',
    lib: 498,
    chainId,
    version: 'v1.2.2',
    peers: 3,
    ...changes,
  };
}

/** An eligible standby at site `aws`, written at wall clock 0. */
export function presence(node: string, changes: Partial<Presence> = {}): Presence {
  return {
    v: 1,
    node,
    site: 'aws',
    zone: 'a',
    incarnation: `${node}-1`,
    role: 'standby',
    priority: 100,
    eligible: true,
    why: [],
    draining: false,
    unheardSlot: null,
    claimFormat: 1,
    nodeos: nodeosView(),
    p2pAddress: '10.0.0.7:9876',
    wallMs: 0,
    paceMs: null,
    firstRequestFails: false,
    ...changes,
  };
}
