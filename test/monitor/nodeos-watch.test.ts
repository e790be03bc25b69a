// What the monitor makes of a nodeos: alive or not, who hears it, which fellows it is told to dial.

import test, { type ExecutionContext } from 'ava';
import { machineTime } from '#adapters/clock/machine.ts';
import { type Nodeos, NodeosError, type PeerConnection } from '#adapters/nodeos/client.ts';
import type { NodeosView } from '#core/failover/status.ts';
import type { MonitorConfig } from '../../monitor/config.ts';
import { watchNodeos } from '../../monitor/nodeos-watch.ts';
import { startRepeater } from '../../monitor/repeat.ts';
import { presence } from '../core/failover/presences.ts';

const silent = (path: string) => Promise.reject(new NodeosError('silent', `nodeos did not answer ${path}`));
const connection = (peer: string, agent: string, isOpen = true): PeerConnection => ({
  peer,
  agent,
  isOpen,
});

/** Watches a nodeos that answers as `changes` say, as node `b` with the fellows `a` and `c`. */
function watch(t: ExecutionContext, changes: Partial<Nodeos>) {
  const dialled: string[] = [];
  const nodeos: Partial<Nodeos> = {
    info: async () => ({
      chainId: 'x',
      version: 'v1.2.2',
      headNum: 9,
      headId: '09',
      headSlot: 1000,
      headProducer: 'them',
      lib: 7,
    }),
    paused: async () => true,
    schedules: async () => [['us']],
    connections: async () => [],
    produceBlockOffsetMs: async () => 456,
    connect: async address => void dialled.push(address),
    ...changes,
  };
  const views: NodeosView[] = [];
  const troubles: string[] = [];
  const gone = { count: 0 };
  let heard: (() => void) | undefined;
  const fellows = [presence('a', { p2pAddress: '10.0.0.1:9876' }), presence('c', { p2pAddress: '10.0.0.3:9876' })];
  const repeater = startRepeater(machineTime);
  const parts = { nodeos: nodeos as Nodeos, config: { node: 'b' } as MonitorConfig, repeater, time: machineTime };
  watchNodeos(parts, {
    fellows: () => fellows,
    isUrgent: () => true,
    isNearWindow: () => true,
    onView: view => {
      views.push(view);
      heard?.();
    },
    onSchedules: () => undefined,
    onOffset: () => undefined,
    onGone: () => void gone.count++,
    onTrouble: detail => troubles.push(detail),
  });
  t.teardown(() => repeater.stop());
  /** The first view of which `isIt` holds. */
  const view = async (isIt: (view: NodeosView) => boolean): Promise<NodeosView> => {
    for (let looks = 0; looks < 1000; looks++) {
      const found = views.find(isIt);
      if (found !== undefined) return found;
      await new Promise<void>(resolve => (heard = resolve));
    }
    throw new Error(`no such view: ${JSON.stringify(views.at(-1))}`);
  };
  return { view, dialled, troubles, gone };
}

test('head, chain and pause are seen', async t => {
  const { view } = watch(t, {});
  t.like(await view(() => true), {
    alive: true,
    paused: true,
    headNum: 9,
    headId: '09',
    headSlot: 1000,
    lib: 7,
    chainId: 'x',
    version: 'v1.2.2',
  });
});

test('get_info alone does not prove life: it is answered even when the main thread hangs', async t => {
  const { view, troubles } = watch(t, { paused: () => silent('/v1/producer/paused') });
  t.like(await view(() => true), { alive: false, paused: null, headNum: 9 });
  await view(seen => seen.headNum === 9);
  t.deepEqual(troubles, ['nodeos did not answer /v1/producer/paused']);
});

test('a nodeos without an answer to get_info is not alive', async t => {
  const { view } = watch(t, { info: () => silent('/v1/chain/get_info') });
  t.like(await view(() => true), { alive: false, paused: true, headNum: 0, headSlot: 0 });
});

test('peers that are fellows, by name or address, or not open, do not count as hearing us', async t => {
  const { view } = watch(t, {
    connections: async () => [
      connection('10.0.0.1:9876', ''),
      connection('', 'c'),
      connection('1.2.3.4:9876', 'them', false),
      connection('1.2.3.5:9876', 'them'),
      connection('', 'others'),
    ],
  });
  t.is((await view(({ peers }) => peers > 0)).peers, 2);
});

test('only fellows later in the alphabet are dialled, and not twice', async t => {
  const alone = watch(t, {});
  await alone.view(() => alone.dialled.length > 0);
  t.deepEqual(alone.dialled, ['10.0.0.3:9876']);
  let asked = 0;
  const connected = watch(t, {
    connections: async () => {
      asked++;
      return [connection('', 'c'), connection('1.2.3.5:9876', 'them')];
    },
  });
  await connected.view(({ peers }) => peers === 1);
  t.true(asked > 0);
  t.deepEqual(connected.dialled, []);
});

test('a nodeos where nobody listens is gone, and one that does not answer is not', async t => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const failing = (cause?: Error) => ({ paused: () => Promise.reject(new NodeosError('silent', 'no answer', cause)) });
  const ended = watch(t, failing(refused));
  await ended.view(each => !each.alive);
  t.true(ended.gone.count > 0);
  const hanging = watch(t, failing());
  await hanging.view(each => !each.alive);
  t.is(hanging.gone.count, 0);
});
