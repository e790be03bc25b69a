// The contract on the model that the simulation runs on, in virtual time.

import test from 'ava';
import { connectModelMember } from '../../simulation/etcd-member.ts';
import { EtcdModel } from '../../simulation/etcd-model.ts';
import { Network } from '../../simulation/network.ts';
import { Machine, Process } from '../../simulation/process.ts';
import { Random } from '../../simulation/random.ts';
import { Scheduler } from '../../simulation/scheduler.ts';
import { etcdSuite } from './suite.ts';

const deadlineMs = 400;
const scheduler = new Scheduler();
test.after.always('stop the time', () => scheduler.stop());

etcdSuite(test, async () => {
  const random = new Random(1);
  const network = new Network(random, 2, () => undefined);
  const model = new EtcdModel({ scheduler, random, network, sites: ['s0', 's1', 's2'] });
  const client = new Process(new Machine(scheduler, 'client', 's0', 1), 'client', random);
  const members = model.members.map((_, index) => connectModelMember(model, index, client, deadlineMs));
  const waitMs = (ms: number) => new Promise<void>(resolve => void client.in(ms, resolve));
  // Time passes as long as the tests do; each of them waits for nothing else.
  void scheduler.run(Number.POSITIVE_INFINITY);
  return {
    members,
    hang: async (...indices) => {
      const hung = model.members.filter((_, index) => indices.includes(index));
      for (const member of hung) member.isHung = true;
      return async () => {
        for (const member of hung) member.isHung = false;
        await waitMs(3000);
      };
    },
    compact: async () => model.store.compact(),
    deadlineMs,
    nowMs: () => scheduler.nowMs,
    waitMs,
  };
});
