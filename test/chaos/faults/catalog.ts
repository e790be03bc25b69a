// All faults that can be tried, in the order in which they are.

import { type Fault, noneMissed, shortLeadMs } from '../scene.ts';
import { clockFaults } from './clock.ts';
import { etcdFaults } from './etcd.ts';
import { operatorFaults } from './handover.ts';
import { killFaults } from './kill.ts';
import { loadFaults } from './load.ts';
import { partitionFaults } from './partition.ts';
import { relayFaults } from './relay.ts';
import { stopFaults } from './stop.ts';

/** What the machine itself costs: the measure for all others. */
const nothing: Fault = {
  name: 'nothing',
  what: 'no fault: what the machine itself costs',
  leadMs: shortLeadMs,
  bound: noneMissed,
  inject: () => Promise.resolve('nothing was done'),
};

export const faults: readonly Fault[] = [
  nothing,
  ...killFaults,
  ...stopFaults,
  ...partitionFaults,
  ...etcdFaults,
  ...clockFaults,
  ...loadFaults,
  ...operatorFaults,
  ...relayFaults,
];
