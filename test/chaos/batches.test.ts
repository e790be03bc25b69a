// The order of the trials.

import test from 'ava';
import { planBatches } from './batches.ts';
import type { Fault } from './scene.ts';

const conditions = { prepare: () => Promise.resolve(() => Promise.resolve()) };
const fault = (name: string, more: Partial<Fault> = {}): Fault => ({
  name,
  what: name,
  leadMs: 0,
  inject: () => Promise.resolve(''),
  ...more,
});
const told = (faults: readonly Fault[], trials: number) =>
  planBatches(faults, trials).map(({ tries }) => tries.map(each => `${each.fault.name}${each.trial}`).join(' '));

test('every fault is tried once before one is tried again', t => {
  t.deepEqual(told([fault('a'), fault('b')], 2), ['a1 b1 a2 b2']);
});

test('faults under the same conditions are tried in a row, so that these are brought about once for all', t => {
  const faults = [fault('a'), fault('far', { conditions }), fault('b'), fault('far-too', { conditions })];
  t.deepEqual(told(faults, 2), ['a1 b1 a2 b2', 'far1 far-too1 far2 far-too2']);
  t.is(planBatches(faults, 2)[0]?.conditions, undefined);
  t.is(planBatches(faults, 2)[1]?.conditions, conditions);
});

test('many trials are made in several turns over all faults, each numbered on', t => {
  t.deepEqual(told([fault('a'), fault('far', { conditions })], 7), [
    'a1 a2 a3 a4 a5',
    'far1 far2 far3 far4 far5',
    'a6 a7',
    'far6 far7',
  ]);
});
