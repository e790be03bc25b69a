// What the performer tells of what came of a command: only what is certain counts as done.

import test from 'ava';
import { machineTime } from '#adapters/clock/machine.ts';
import { type Nodeos, NodeosError } from '#adapters/nodeos/client.ts';
import type { Command } from '#core/failover/state.ts';
import { startJournal } from '../../monitor/journal.ts';
import { type Happening, startPerformer } from '../../monitor/performer.ts';
import type { ClaimOutcome, Register } from '../../monitor/register.ts';
import { ours, stored } from '../core/failover/driver.ts';
import { presence } from '../core/failover/presences.ts';

const before = stored();
const after = ours({ epoch: 6 });
const silent = presence('other', { role: 'holding' });
const take: Command = { type: 'take', expected: before, claim: after.claim, reason: 'it is late', silent };
const give: Command = { type: 'give', expected: before, claim: after.claim, reason: 'asked for' };

async function perform(command: Command, parts: { nodeos?: Partial<Nodeos>; swap?: () => Promise<ClaimOutcome> } = {}) {
  const told: Happening[] = [];
  const compared: unknown[] = [];
  const swap = parts.swap ?? (async () => ({ kind: 'put', stored: after }));
  const register: Partial<Register> = {
    swapClaim: (expected, claim, change, silentOne) => {
      compared.push([expected, claim, change?.how, silentOne]);
      return swap();
    },
  };
  const performer = startPerformer({
    nodeos: (parts.nodeos ?? {}) as Nodeos,
    register: register as Register,
    journal: startJournal('a', () => undefined, machineTime),
    time: machineTime,
    dispatch: happening => told.push(happening),
  });
  await performer.perform(command);
  return { told, compared };
}

test('a claim that was put is taken', async t => {
  const { told, compared } = await perform(take);
  t.deepEqual(told, [{ type: 'took', outcome: 'put', stored: after }]);
  t.deepEqual(compared, [[before, after.claim, 'takeover', silent]], 'the silence of the holder is compared too');
});

test('a holder gives its claim whether anybody is silent or not', async t => {
  const { told, compared } = await perform(give);
  t.deepEqual(told, [{ type: 'gave', outcome: 'put', stored: after }]);
  t.deepEqual(compared, [[before, after.claim, 'handover', undefined]]);
});

const notTaken = test.macro(async (t, swap: () => Promise<ClaimOutcome>, known: unknown) => {
  for (const [command, type] of [
    [take, 'took'],
    [give, 'gave'],
  ] as const) {
    const { told } = await perform(command, { swap });
    t.deepEqual<unknown, unknown>(told, [{ type, outcome: 'changed', stored: known }]);
  }
});
test('a claim that moved meanwhile is not taken', notTaken, async () => ({ kind: 'changed', stored: before }), before);
test(
  'nor is one of which nothing is certain',
  notTaken,
  async () => ({ kind: 'unclear', detail: 'silence' }),
  undefined,
);
test('nor one that etcd refused', notTaken, () => Promise.reject(new Error('no space')), undefined);

const controls = test.macro(async (t, action: 'pause' | 'resume', type: 'paused' | 'resumed') => {
  const command: Command = { type: action, reason: '' };
  const obeys = await perform(command, { nodeos: { [action]: async () => undefined } });
  t.deepEqual<unknown, unknown>(obeys.told, [{ type, ok: true }]);
  const fails = await perform(command, {
    nodeos: { [action]: () => Promise.reject(new NodeosError('silent', 'no answer')) },
  });
  t.deepEqual<unknown, unknown>(fails.told, [{ type, ok: false }]);
});
test('a pause counts when nodeos has answered it', controls, 'pause', 'paused');
test('so does a resume', controls, 'resume', 'resumed');
