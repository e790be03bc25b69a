// Solo over an etcd of memory that can fall silent, and a real folder.

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { EtcdError } from '#adapters/etcd/error.ts';
import { type Claim, renderClaim, type StoredClaim } from '#core/failover/claim.ts';
import { slotStartMs } from '#core/slots.ts';
import type { Register, RegisterView } from '../../monitor/register.ts';
import { openSolo, startSolo } from '../../monitor/solo.ts';
import { type Chain, openChain, SoloError } from '../../monitor/solo-chain.ts';
import { type Orders, openOrders, writeOrder } from '../../monitor/solo-order.ts';
import { readSealSecret } from '../../monitor/solo-seal.ts';
import { nodeosView, presence } from '../core/failover/presences.ts';

const first: Claim = { v: 1, slot: 900, digest: '00', holder: 'b', incarnation: 'b-1', epoch: 4 };
const secret = Buffer.from('of the key');
const window = { first: 1100, last: 1111 };

/** One claim, as several nodes see it. */
class Etcd {
  claim: StoredClaim | undefined = { claim: first, text: renderClaim(first), revision: '70' };
  isSilent = false;
  /** Answers reads, and refuses what is put, as one does that has no room. */
  isFull = false;
  /** Takes what is put, and does not say so. */
  losesAnswers = false;

  put(claim: Claim): void {
    this.claim = { claim, text: renderClaim(claim), revision: String(Number(this.claim?.revision ?? 70) + 1) };
  }

  register(): Register {
    const ask = () => {
      if (this.isSilent) throw new EtcdError('unknown', 'no answer');
    };
    const view = (): RegisterView => ({
      stored: this.claim,
      nodes: [],
      request: undefined,
      maintenance: undefined,
      drained: false,
      revision: this.claim?.revision ?? '70',
    });
    return {
      readAll: async () => {
        ask();
        return view();
      },
      swapClaim: async (expected, claim) => {
        ask();
        if (this.isFull) return { kind: 'unclear', detail: 'mvcc: database space exceeded' };
        const isSame = expected.text === this.claim?.text && expected.revision === this.claim.revision;
        if (isSame) this.put(claim);
        if (this.losesAnswers) return { kind: 'unclear', detail: 'lost' };
        return isSame && this.claim ? { kind: 'put', stored: this.claim } : { kind: 'changed', stored: this.claim };
      },
      watch: async () => ({ ended: new Promise(() => undefined), stop: () => undefined }),
      pruneHistory: async () => ask(),
      announce: async () => {
        ask();
        if (this.isFull) throw new EtcdError('refused', 'mvcc: database space exceeded');
      },
      answer: async () => ask(),
      warmUp: async () => ask(),
    };
  }
}

async function scratch(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'solo-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A monitor's register with solo around it, on a clock of its own. */
function monitor(
  etcd: Etcd,
  folder: string,
  node = 'a',
  chain: Chain = openChain(folder, secret),
  orders: Orders = openOrders(folder, secret),
) {
  const clock = { nowMs: 0, wallMs: slotStartMs(1000), isPatient: true };
  const said: string[] = [];
  const self = presence(node);
  const after = (_: number, work: () => void) => {
    if (!clock.isPatient) setImmediate(work);
    return () => undefined;
  };
  const time = { nowMs: () => clock.nowMs, wallMs: () => clock.wallMs, after };
  const solo = openSolo(etcd.register(), {
    chain,
    orders,
    node,
    producer: 'us',
    journal: { say: (decision, reason) => said.push(`${decision}: ${reason}`) },
    time,
    knows: () => ({ windows: [window], self }),
  });
  const { register } = solo;
  const monitored = {
    clock,
    said,
    self,
    solo,
    register,
    /** Tells etcd of this node, as each second, and reads the register. */
    read: async () => {
      await register.announce(self).catch(() => undefined);
      return register.readAll();
    },
    /** Lets time pass, and reads the register then. */
    later: async (ms: number) => {
      clock.nowMs += ms;
      clock.wallMs += ms;
      return monitored.read();
    },
    order: (kind: 'start' | 'stop', id = 'o1') =>
      writeOrder(folder, { v: 1, kind, id, node, by: 'me', others: ['b: off'], atMs: clock.wallMs }, secret),
    /** Puts what follows `from` into the chain of claims. */
    claim: async (from: StoredClaim | undefined, changes: Partial<Claim>) => {
      if (from === undefined) throw new Error('there is no claim');
      const outcome = await register.swapClaim(from, { ...from.claim, ...changes });
      if (outcome.kind !== 'put') throw new Error(`${outcome.kind}`);
      return outcome.stored;
    },
    /** An order, silence, and the claim taken. */
    begin: async (incarnation = `${node}-1`) => {
      await register.readAll();
      await monitored.order('start');
      etcd.isSilent = true;
      const { stored } = await monitored.later(10_000);
      return monitored.claim(stored, { holder: node, incarnation, epoch: (stored?.claim.epoch ?? 0) + 1 });
    },
  };
  return monitored;
}

test('without an order claims go into etcd, and a silent etcd gives none', async t => {
  const etcd = new Etcd();
  const a = monitor(etcd, await scratch(t));
  const stored = await a.claim((await a.read()).stored, { slot: 1100 });
  t.is(etcd.claim?.claim.slot, 1100);
  etcd.isSilent = true;
  await t.throwsAsync(a.later(60_000), { instanceOf: EtcdError });
  await t.throwsAsync(a.register.swapClaim(stored, { ...stored.claim, slot: 1101 }), { instanceOf: EtcdError });
  t.is(a.solo.status(), null);
});

test('an order is refused while etcd answers, and does not come true later', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const a = monitor(etcd, folder);
  await a.order('start');
  await a.read();
  // A node that is not solo does not wait for its volume.
  for (let looks = 0; looks < 1000 && a.solo.status() === null; looks++) await readdir(folder);
  t.like(a.solo.status(), { phase: 'refused', order: 'o1' });
  etcd.isSilent = true;
  await t.throwsAsync(a.later(20_000));
  t.false(a.solo.isOn());
  t.deepEqual(await readdir(folder), []);
});

test('a volume that hangs does not keep a node from signing by etcd', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const hanging = { read: () => new Promise<undefined>(() => undefined), remove: async () => undefined };
  const a = monitor(etcd, folder, 'a', openChain(folder, secret), hanging);
  for (const slot of [1100, 1101]) await a.claim((await a.later(1000)).stored, { slot });
  t.is(etcd.claim?.claim.slot, 1101);
});

test('a volume that hangs while etcd hiccups does not keep a node from asking etcd again', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const answer = Promise.withResolvers<undefined>();
  const hanging = { ...openOrders(folder, secret), read: () => answer.promise };
  const a = monitor(etcd, folder, 'a', openChain(folder, secret), hanging);
  a.clock.isPatient = false;
  etcd.isSilent = true;
  for (let hiccups = 0; hiccups < 2; hiccups++) await t.throwsAsync(a.later(1000), { instanceOf: EtcdError });
  etcd.isSilent = false;
  await a.claim((await a.later(1000)).stored, { slot: 1100 });
  t.is(etcd.claim?.claim.slot, 1100);
  answer.resolve(undefined);
});

test('an order that a slow disk gives late is judged by what etcd does then', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const answer = Promise.withResolvers<void>();
  const orders = openOrders(folder, secret);
  const slow: Orders = { ...orders, read: () => answer.promise.then(orders.read) };
  const a = monitor(etcd, folder, 'a', openChain(folder, secret), slow);
  a.clock.isPatient = false;
  await a.order('start');
  etcd.isSilent = true;
  await t.throwsAsync(a.later(10_000), { instanceOf: EtcdError });
  etcd.isSilent = false;
  await a.later(1000);
  answer.resolve();
  for (let looks = 0; looks < 1000 && a.solo.status() === null; looks++) await readdir(folder);
  t.like(a.solo.status(), { phase: 'refused', detail: 'etcd answers: there is no need for solo' });
});

test('nothing is claimed in etcd while the volume is slow to begin solo', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const real = openChain(folder, secret);
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow: Chain = {
    ...real,
    extend: async (...link) => {
      asked.resolve();
      await answer.promise;
      return real.extend(...link);
    },
  };
  const a = monitor(etcd, folder, 'a', slow);
  const stored = (await a.read()).stored;
  await a.order('start');
  etcd.isSilent = true;
  const begun = a.later(10_000);
  await asked.promise;
  etcd.isSilent = false;
  if (stored === undefined) return t.fail();
  const swapped = a.register.swapClaim(stored, { ...stored.claim, slot: 1100 });
  answer.resolve();
  t.is((await swapped).kind, 'changed');
  t.is(etcd.claim?.text, renderClaim(first));
  t.is((await begun).stored?.claim.slot, 1022);
});

test('an order to stop that comes while solo begins is obeyed', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const real = openChain(folder, secret);
  const chain: Chain = {
    ...real,
    extend: async (...link) => {
      if (link[0] === 0) await a.order('stop', 'o2');
      return real.extend(...link);
    },
  };
  const a = monitor(etcd, folder, 'a', chain);
  await a.order('start');
  etcd.isSilent = true;
  await a.later(10_000);
  t.true((await a.later(1000)).drained);
  t.like(a.solo.status(), { phase: 'stopped', detail: 'by order of me; etcd will be told what was signed' });
});

test('with an order and a silent etcd each claim is a link on the volume', async t => {
  const etcd = new Etcd();
  const a = monitor(etcd, await scratch(t));
  const taken = await a.begin();
  t.is(taken.claim.slot, 1022);
  const signed = await a.claim(taken, { slot: 1100, digest: 'aa' });
  t.deepEqual((await a.register.swapClaim(taken, { ...taken.claim, slot: 1101 })).kind, 'changed');
  t.like(await a.read(), { nodes: [], drained: false, stored: { text: signed.text } });
  t.is(etcd.claim?.text, renderClaim(first));
  t.like(a.solo.status(), { phase: 'signing', fence: 1022, slot: 1100, by: 'me' });
  t.true(a.solo.isOn());
  t.true(a.said.some(line => line.startsWith('SOLO begins: by order of me') && line.includes('b: off')));
});

test('a monitor that restarts finds its solo, as somebody else', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const before = monitor(etcd, folder);
  const signed = await before.claim(await before.begin(), { slot: 1100, digest: 'aa' });
  const after = monitor(etcd, folder);
  const { stored } = await after.read();
  t.is(stored?.text, signed.text);
  await after.claim(stored, { incarnation: 'a-2', epoch: 6 });
  t.like(await before.register.swapClaim(signed, { ...signed.claim, slot: 1101 }), {
    kind: 'changed',
    stored: { claim: { incarnation: 'a-2' } },
  });
});

test('an etcd that answers between signatures and falls silent again changes nothing', async t => {
  const etcd = new Etcd();
  const a = monitor(etcd, await scratch(t));
  let stored = await a.begin();
  for (let slot = window.first; slot <= window.last; slot++) {
    stored = await a.claim(stored, { slot, digest: String(slot) });
    etcd.isSilent = false;
    t.is((await a.later(250)).stored?.text, stored.text);
    etcd.isSilent = true;
    await a.later(250);
  }
  t.is(etcd.claim?.text, renderClaim(first));
});

test('an etcd that stays gets one claim that nobody holds, above all that was signed', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const a = monitor(etcd, folder);
  const signed = await a.claim(await a.begin(), { slot: 1033, digest: 'aa' });
  etcd.isSilent = false;
  t.is((await a.read()).stored?.text, signed.text);
  const { stored } = await a.later(3000);
  t.like(stored?.claim, { slot: 1033, digest: 'aa', holder: '', incarnation: '', epoch: 6 });
  t.deepEqual(etcd.claim, stored);
  t.false(a.solo.isOn());
  t.like(await a.register.swapClaim(signed, { ...signed.claim, slot: 1100 }), { kind: 'changed' });
  await a.claim(stored, { holder: 'a', incarnation: 'a-1', epoch: 7 });
  t.is(etcd.claim?.claim.epoch, 7);
  t.is(monitor(etcd, folder).solo.status(), null);
});

test('a node that takes the claim in etcd meanwhile is fenced with us, and an alarm is given', async t => {
  const etcd = new Etcd();
  const a = monitor(etcd, await scratch(t));
  const signed = await a.claim(await a.begin(), { slot: 1104, digest: 'aa' });
  etcd.isSilent = false;
  etcd.put({ ...first, slot: 1101, holder: 'c', incarnation: 'c-1', epoch: 5 });
  const theirs = etcd.claim;
  await a.read();
  t.true(a.said.some(line => line.startsWith('SOLO ALARM: c has claimed slot 1101')));
  t.like(etcd.claim?.claim, { slot: 1104, holder: '', digest: 'aa' });
  t.false(a.solo.isOn());
  for (const stale of [signed, theirs]) {
    if (stale === undefined) return t.fail();
    t.is((await a.register.swapClaim(stale, { ...stale.claim, slot: 1105 })).kind, 'changed');
  }
});

test('a record of long ago does not take the claim from a healthy holder', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  await monitor(etcd, folder).begin();
  Object.assign(etcd, { isSilent: false });
  etcd.put({ ...first, slot: 90_000, epoch: 9 });
  const standing = etcd.claim;
  const a = monitor(etcd, folder);
  a.clock.wallMs = slotStartMs(90_000);
  t.deepEqual((await a.read()).stored, standing);
  t.deepEqual(etcd.claim, standing);
  t.is(a.solo.status(), null);
  t.false(a.said.some(line => line.includes('ALARM')));
  t.is(monitor(etcd, folder).solo.status(), null);
});

test('two nodes that both went solo end above what either has signed', async t => {
  const etcd = new Etcd();
  const [a, b] = [monitor(etcd, await scratch(t)), monitor(etcd, await scratch(t), 'b')];
  await b.read();
  await a.claim(await a.begin(), { slot: 1103, digest: 'aa' });
  await b.order('start');
  await b.later(10_000);
  const taken = (await b.read()).stored;
  await b.claim(taken, { holder: 'b', incarnation: 'b-1', epoch: 5, slot: 1102 });
  etcd.isSilent = false;
  for (const node of [a, b]) {
    await node.read();
    await node.later(3000);
  }
  t.true(b.said.some(line => line.startsWith('SOLO ALARM: somebody has claimed slot 1103')));
  t.like(etcd.claim?.claim, { slot: 1103, holder: '' });
  t.deepEqual([a.solo.isOn(), b.solo.isOn()], [false, false]);
});

test('a closing claim whose answer is lost is found in etcd', async t => {
  const etcd = new Etcd();
  const a = monitor(etcd, await scratch(t));
  await a.begin();
  etcd.isSilent = false;
  etcd.losesAnswers = true;
  await a.read();
  t.true((await a.later(3000)).drained);
  t.is(a.solo.status()?.phase, 'closing');
  await a.read();
  t.is(a.solo.status(), null);
  t.is(etcd.claim?.claim.holder, '');
});

test('when etcd falls silent in the middle of the way back, solo goes on, and comes back once more', async t => {
  const etcd = new Etcd();
  const a = monitor(etcd, await scratch(t));
  await a.begin();
  etcd.isSilent = false;
  etcd.losesAnswers = true;
  await a.read();
  await a.later(3000);
  etcd.isSilent = true;
  t.true((await a.later(9000)).drained);
  const { stored, drained } = await a.later(1000);
  t.false(drained);
  await a.claim(stored, { holder: 'a', incarnation: 'a-1', epoch: 7, slot: 1060 });
  Object.assign(etcd, { isSilent: false, losesAnswers: false });
  await a.read();
  await a.later(3000);
  t.is(a.solo.status(), null);
  t.like(etcd.claim?.claim, { slot: 1060, holder: '' });
});

test('an etcd that answers reads and takes no writes does not end solo', async t => {
  const etcd = new Etcd();
  const a = monitor(etcd, await scratch(t));
  let stored = await a.begin();
  Object.assign(etcd, { isSilent: false, isFull: true });
  for (let slot = 1030; slot < 1040; slot++) {
    stored = await a.claim(stored, { slot, digest: String(slot) });
    t.is((await a.later(3000)).stored?.text, stored.text);
  }
  etcd.isFull = false;
  await a.read();
  await a.later(3000);
  t.false(a.solo.isOn());
  t.like(etcd.claim?.claim, { slot: 1039, holder: '' });
});

test('when etcd takes no more writes in the middle of the way back, solo goes on', async t => {
  const etcd = new Etcd();
  const a = monitor(etcd, await scratch(t));
  await a.begin();
  etcd.isSilent = false;
  await a.read();
  await a.later(2000);
  a.clock.nowMs += 1000;
  etcd.isFull = true;
  // Nobody has told etcd of this node since it became full.
  t.true((await a.register.readAll()).drained);
  t.true((await a.later(8900)).drained);
  const { stored, drained } = await a.later(100);
  t.false(drained);
  t.is(a.solo.status()?.phase, 'signing');
  await a.claim(stored, { holder: 'a', incarnation: 'a-1', epoch: 7, slot: 1060 });
  t.false((await a.later(60_000)).drained);
});

test('a node told to stop signs no more, and tells etcd when it can', async t => {
  const etcd = new Etcd();
  const a = monitor(etcd, await scratch(t));
  const signed = await a.claim(await a.begin(), { slot: 1100, digest: 'aa' });
  await a.order('stop', 'o2');
  t.true((await a.read()).drained);
  t.is((await a.register.swapClaim(signed, { ...signed.claim, slot: 1101 })).kind, 'changed');
  t.true((await a.later(60_000)).drained);
  etcd.isSilent = false;
  await a.read();
  t.like(etcd.claim?.claim, { slot: 1100, holder: '' });
  t.is(a.solo.status(), null);
});

test('a machine that comes back after ten minutes signs no more until it is ordered again', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const a = monitor(etcd, folder);
  const signed = await a.claim(await a.begin(), { slot: 1100 });
  a.clock.wallMs = slotStartMs(1100 + 1201);
  t.like(await a.register.swapClaim(signed, { ...signed.claim, slot: 2304 }), {
    kind: 'changed',
    stored: { claim: { holder: '' } },
  });
  const again = monitor(etcd, folder);
  again.clock.wallMs = slotStartMs(1100 + 1202);
  t.true((await again.read()).drained);
  await again.order('start', 'o2');
  const { stored, drained } = await again.later(10_000);
  t.false(drained);
  t.is(stored?.claim.slot, 2324);
});

test('a block of ours that this node did not claim stops it', async t => {
  const etcd = new Etcd();
  const a = monitor(etcd, await scratch(t));
  await a.begin();
  a.self.nodeos = nodeosView({ headProducer: 'us', headSlot: 1102 });
  t.true((await a.read()).drained);
  t.is(a.solo.status()?.phase, 'stopped');
  t.true(a.said.some(line => line.startsWith('SOLO ALARM: a block of us in slot 1102')));
});

test('an order of somebody who cannot read the key is refused', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const a = monitor(etcd, folder);
  await a.read();
  const order = { v: 1, kind: 'start', id: 'o1', node: 'a', by: 'nodeos', others: [], atMs: a.clock.wallMs } as const;
  await writeOrder(folder, order, Buffer.from('a guess'));
  etcd.isSilent = true;
  await t.throwsAsync(a.later(10_000), { instanceOf: EtcdError });
  t.like(a.solo.status(), { phase: 'refused' });
  t.false(a.solo.isOn());
});

test('links that vanish keep a node from signing', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const a = monitor(etcd, folder);
  const signed = await a.claim(await a.begin(), { slot: 1100 });
  const newest =
    (await readdir(folder))
      .filter(name => name.startsWith('link-'))
      .toSorted()
      .at(-1) ?? '';
  await rm(join(folder, newest));
  t.is((await a.register.swapClaim(signed, { ...signed.claim, slot: 1101 })).kind, 'changed');
  t.is(a.solo.status()?.phase, 'broken');
  await t.throwsAsync(a.read(), { instanceOf: EtcdError });
});

test('a volume without room refuses one signature, and the next one goes through', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  const real = openChain(folder, secret);
  let isFull = false;
  const chain: Chain = {
    tip: () => real.tip(),
    extend: async (...link) => {
      if (isFull) throw new SoloError('disk', 'ENOSPC');
      return real.extend(...link);
    },
  };
  const a = monitor(etcd, folder, 'a', chain);
  const taken = await a.begin();
  isFull = true;
  await t.throwsAsync(a.register.swapClaim(taken, { ...taken.claim, slot: 1100 }), { code: 'disk' } as object);
  t.is((await a.read()).stored?.text, taken.text);
  isFull = false;
  await a.claim(taken, { slot: 1101 });
});

test('a torn link keeps a node from signing solo, and not from signing by etcd', async t => {
  const etcd = new Etcd();
  const folder = await scratch(t);
  await monitor(etcd, folder).begin();
  const newest =
    (await readdir(folder))
      .filter(name => name.startsWith('link-'))
      .toSorted()
      .at(-1) ?? '';
  await writeFile(join(folder, newest), '{"v":1');
  const a = monitor(etcd, folder);
  await t.throwsAsync(a.read(), { instanceOf: EtcdError });
  t.like(a.solo.status(), { phase: 'broken' });
  await a.order('start', 'o2');
  await t.throwsAsync(a.later(10_000), { instanceOf: EtcdError });
  t.is(a.solo.status()?.phase, 'refused');
  etcd.isSilent = false;
  await a.claim((await a.read()).stored, { slot: 1100 });
  t.is(etcd.claim?.claim.slot, 1100);
});

test('an etcd that comes back without a claim ends solo with an alarm', async t => {
  const etcd = new Etcd();
  const a = monitor(etcd, await scratch(t));
  await a.begin();
  Object.assign(etcd, { isSilent: false, claim: undefined });
  t.is((await a.read()).stored, undefined);
  t.true(a.said.some(line => line.startsWith('SOLO ALARM: etcd answers, but its claim key is missing')));
  t.false(a.solo.isOn());
});

const others = test.macro<[Partial<Record<'node' | 'producer' | 'chainId', string>>, 'signing' | 'broken']>({
  exec: async (t, changes, phase) => {
    const etcd = new Etcd();
    const folder = await scratch(t);
    const keyFile = join(await scratch(t), 'key');
    await writeFile(keyFile, 'a key');
    const scope = { node: 'a', producer: 'us', chainId: 'ab'.repeat(32) };
    const own = readSealSecret(keyFile, scope);
    const claim = renderClaim({ ...first, slot: 995, holder: 'a', incarnation: 'a-1' });
    const record = { order: 'o1', by: 'me', fence: 990, revision: '70', claim, closings: [], why: '' };
    await openChain(folder, own).extend(0, { v: 1, phase: 'signing', ...record });
    const solo = startSolo({ ...scope, ...changes, soloFolder: folder, keyFile }, etcd.register(), {
      journal: { say: () => undefined },
      time: { nowMs: () => 0, wallMs: () => slotStartMs(1000), after: () => () => undefined },
      knows: () => ({ windows: [window], self: presence('a') }),
    });
    t.like(await solo?.register.readAll(), { stored: { text: phase === 'signing' ? claim : renderClaim(first) } });
    t.is(solo?.status()?.phase, phase);
    t.is(solo?.isOn(), phase === 'signing');
  },
  title: (title = '') => title,
});

test('a node goes on by what its own volume says', others, {}, 'signing');
test('a copy of the volume lets no other node sign solo', others, { node: 'b' }, 'broken');
test('a copy of the volume lets no other producer sign solo', others, { producer: 'them' }, 'broken');
test('a copy of the volume lets no other chain be signed solo', others, { chainId: 'cd'.repeat(32) }, 'broken');
