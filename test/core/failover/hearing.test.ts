import test from 'ava';
import type { Claim } from '#core/failover/claim.ts';
import { isHolderUnheard, unheardSlot } from '#core/failover/hearing.ts';
import { slotStartMs } from '#core/slots.ts';
import { nodeosView, presence } from './presences.ts';

const window = { first: 1200, last: 1211 };
const claim: Claim = { v: 1, slot: 1204, digest: 'd', holder: 'holder', incarnation: 'holder-1', epoch: 4 };
const usual = { claim, nodeos: nodeosView({ headSlot: 1201 }), window, wallMs: slotStartMs(1204) };

type Facts = Parameters<typeof unheardSlot>[0];
const hears = test.macro((t, changes: Partial<Facts>) => t.is(unheardSlot({ ...usual, ...changes }), null));

test('a claimed slot whose block has not come two slots later is unheard', t => {
  t.is(unheardSlot(usual), 1202);
});
test('until then it may be on its way', hears, { wallMs: slotStartMs(1204) - 1 });
test('a slot that nobody claimed is not missing', hears, { claim: { ...claim, slot: 1201 } });
test('a slot that is claimed ahead may have no signature yet', hears, {
  claim: { ...claim, slot: 1202, ahead: 'm' },
});
test('the slot before it has one', t => {
  t.is(unheardSlot({ ...usual, claim: { ...claim, slot: 1203, ahead: 'm' } }), 1202);
});
test('a head that has come as far has been heard', hears, { nodeos: nodeosView({ headSlot: 1204 }) });
test('a node without peers cannot tell', hears, { nodeos: nodeosView({ headSlot: 1201, peers: 0 }) });
test('nor can one whose nodeos is dead', hears, { nodeos: nodeosView({ headSlot: 1201, alive: false }) });
test('a chain that has stood still for longer is not the holder’s doing', hears, {
  nodeos: nodeosView({ headSlot: 1187 }),
});
test('a bound that nobody signed under is not missing', hears, { claim: { ...claim, digest: '' } });
test('nor is one far ahead', hears, { claim: { ...claim, slot: 10_200 } });
test('outside our window nothing is due', hears, { window: undefined });

const self = presence('self', { unheardSlot: 1202 });
const holder = presence('holder');

test('a holder whom no standby hears is unheard', t => {
  t.true(isHolderUnheard(self, [self, holder, presence('c', { unheardSlot: 1203 })], 'holder'));
});
test('one whom another standby hears is heard: we may be the ones who are cut off', t => {
  t.false(isHolderUnheard(self, [self, holder, presence('c')], 'holder'));
});
test('a standby that could not sign is no witness', t => {
  t.true(isHolderUnheard(self, [self, holder, presence('c', { eligible: false })], 'holder'));
});
