import test from 'ava';
import { renderClaim } from '#core/failover/claim.ts';
import { decideReturn, decideStart, foreignBlock } from '#core/failover/solo.ts';
import {
  claimOf,
  parseSoloOrder,
  parseSoloRecord,
  renderSoloRecord,
  type SoloOrder,
  type SoloRecord,
} from '#core/failover/solo-record.ts';
import { slotStartMs } from '#core/slots.ts';

const nowSlot = 1000;
const order: SoloOrder = { v: 1, kind: 'start', id: 'o1', node: 'a', by: 'me', others: [], atMs: slotStartMs(nowSlot) };
const claim = { v: 1, slot: 990, digest: 'ab', holder: 'b', incarnation: 'b-1', epoch: 4 };
const known = { claim, text: renderClaim(claim), revision: '70' };
const window = { first: 1100, last: 1111 };
const start = {
  order,
  node: 'a',
  wallMs: slotStartMs(nowSlot),
  silentForMs: 10_000,
  windows: [window],
  known,
  before: undefined,
};
const ours = { ...claim, slot: 1105, digest: 'cd', holder: 'a', incarnation: 'a-1', epoch: 5 };
const record: SoloRecord = {
  v: 1,
  order: 'o1',
  by: 'me',
  phase: 'signing',
  fence: 1002,
  revision: '70',
  claim: renderClaim(ours),
  closings: [],
  why: '',
};
const back = { record, stored: known, others: [], answeredForMs: 3000, isNearWindow: false, wallMs: slotStartMs(1106) };

const starts = test.macro<[Partial<typeof start>, 'begin' | 'wait' | 'refuse', RegExp?]>({
  exec(t, changes, kind, reason) {
    const verdict = decideStart({ ...start, ...changes });
    t.is(verdict.kind, kind);
    if (reason !== undefined) t.regex(verdict.kind === 'begin' ? verdict.record.why : verdict.reason, reason);
  },
  title: (title = '') => title,
});

test('an order begins solo once etcd has been silent for ten seconds', starts, {}, 'begin');
test(
  'an etcd that was silent for a moment only may have had an election',
  starts,
  { silentForMs: 9999 },
  'wait',
  /9|10 s/,
);
test('an etcd that answers needs no solo', starts, { silentForMs: undefined } as never, 'refuse', /no need/);
test('an order for another node is refused', starts, { node: 'b' }, 'refuse', /for a, and this is b/);
test('a forgotten order is refused', starts, { wallMs: order.atMs + 600_001 }, 'refuse', /ten minutes/);
test('without the schedule nobody knows what others may have signed', starts, { windows: [] }, 'wait', /windows/);
test('a second order while solo is on is refused', starts, { before: record } as never, 'refuse', /is signing/);

const fences = test.macro<[Partial<typeof start>, number]>({
  exec(t, changes, fence) {
    const verdict = decideStart({ ...start, ...changes });
    if (verdict.kind !== 'begin') return t.fail(verdict.reason);
    t.is(verdict.record.fence, fence);
    t.like(claimOf(verdict.record), { slot: fence, holder: '', incarnation: '', digest: '' });
  },
  title: (title = '') => title,
});

test('solo begins past what may be signed at this moment', fences, {}, 1002);
test('solo begins past the newest claim', fences, { known: { ...known, claim: { ...claim, slot: 1050 } } }, 1050);
test('solo begins past a window that has begun', fences, { windows: [{ first: 995, last: 1006 }, window] }, 1006);
test(
  'solo begins past a window that a fast clock may take for begun',
  fences,
  { windows: [{ first: 1012, last: 1023 }] },
  1023,
);
test(
  'solo begins past what an earlier solo has claimed',
  fences,
  { before: { ...record, phase: 'over' }, known: undefined } as never,
  1105,
);

test('solo goes on while etcd has only just answered', t => {
  t.is(decideReturn({ ...back, answeredForMs: 2999 }).kind, 'stay');
});

test('solo goes on in our window', t => {
  t.is(decideReturn({ ...back, isNearWindow: true }).kind, 'stay');
});

test('where our windows leave no gap, solo ends all the same', t => {
  t.is(decideReturn({ ...back, isNearWindow: true, answeredForMs: 60_000 }).kind, 'close');
});

test('solo ends with a claim that nobody holds, above all that was signed', t => {
  const verdict = decideReturn(back);
  if (verdict.kind !== 'close') return t.fail(verdict.kind);
  t.is(verdict.alarm, undefined);
  t.is(verdict.expected, known);
  t.is(verdict.record.phase, 'closing');
  t.deepEqual(claimOf(verdict.record), { ...ours, holder: '', incarnation: '', epoch: 6 });
});

test('a claim above the fence that is not ours is an alarm, and both are fenced by a claim above it', t => {
  const theirs = { ...claim, slot: 1107, epoch: 9 };
  const stored = { claim: theirs, text: renderClaim(theirs), revision: '80' };
  const verdict = decideReturn({ ...back, stored, answeredForMs: 0, isNearWindow: true });
  if (verdict.kind !== 'close') return t.fail(verdict.kind);
  t.regex(verdict.alarm ?? '', /b has claimed slot 1107/);
  t.like(claimOf(verdict.record), { slot: 1107, holder: '', epoch: 10 });
});

const held = (slot: number, digest = 'ee') => {
  const theirs = { ...claim, slot, digest, epoch: 9 };
  return { claim: theirs, text: renderClaim(theirs), revision: '80' };
};

test('a holder that has signed on past all that was signed here is left alone, and an alarm is given', t => {
  const verdict = decideReturn({ ...back, stored: held(1118), answeredForMs: 0, isNearWindow: true });
  if (verdict.kind !== 'overtaken') return t.fail(verdict.kind);
  t.regex(verdict.alarm ?? '', /b has claimed slot 1118/);
});

test('a record that was forgotten ends beside a healthy holder without an alarm', t => {
  const phase = 'stopped' as const;
  const verdict = decideReturn({
    ...back,
    record: { ...record, phase },
    stored: held(9000),
    wallMs: slotStartMs(9000),
  });
  t.like(verdict, { kind: 'overtaken', alarm: undefined });
});

test('a holder that could still sign a slot that was signed here is fenced', t => {
  for (const slot of [1105, 1106, 1117]) {
    const verdict = decideReturn({ ...back, stored: held(slot) });
    if (verdict.kind !== 'close') return t.fail(`${slot}: ${verdict.kind}`);
    t.like(claimOf(verdict.record), { slot, holder: '', epoch: 10 });
  }
});

test('a claim that nobody has signed under is no alarm, and ends solo in a gap only', t => {
  for (const [slot, kind] of [
    [1110, 'close'],
    [1130, 'overtaken'],
  ] as const) {
    t.is(decideReturn({ ...back, stored: held(slot, ''), answeredForMs: 2999 }).kind, 'stay');
    t.like(decideReturn({ ...back, stored: held(slot, '') }), { kind, alarm: undefined });
  }
});

test('another node that spoke since solo began is an alarm; one that spoke before is none', t => {
  const at = (slot: number) => decideReturn({ ...back, others: [{ node: 'b', wallMs: slotStartMs(slot) }] });
  t.like(at(1003), { alarm: 'b should be off, and told etcd of itself since solo began' });
  t.like(at(1002), { alarm: undefined });
});

test('a closing claim whose answer was lost is found again', t => {
  const verdict = decideReturn(back);
  if (verdict.kind !== 'close') return t.fail(verdict.kind);
  const stored = { claim: claimOf(verdict.record), text: verdict.record.claim, revision: '71' };
  t.is(decideReturn({ ...back, record: verdict.record, stored }).kind, 'done');
  const again = { ...verdict.record, phase: 'signing' as const, claim: renderClaim({ ...ours, epoch: 7, slot: 1109 }) };
  t.like(decideReturn({ ...back, record: again, stored }), { kind: 'close', alarm: undefined });
});

test('a closing that did not get through is tried with the same text', t => {
  const verdict = decideReturn(back);
  if (verdict.kind !== 'close') return t.fail(verdict.kind);
  t.like(decideReturn({ ...back, record: verdict.record }), { kind: 'close', record: verdict.record });
});

test('an etcd without a claim ends solo, as there is nothing to compare with', t => {
  t.is(decideReturn({ ...back, stored: undefined } as never).kind, 'lost');
});

test("a block of ours above all that was claimed here is another's", t => {
  t.regex(foreignBlock(record, { headProducer: 'us', headSlot: 1106 }, 'us') ?? '', /somebody else signs/);
  t.is(foreignBlock(record, { headProducer: 'us', headSlot: 1105 }, 'us'), undefined);
  t.is(foreignBlock(record, { headProducer: 'them', headSlot: 1106 }, 'us'), undefined);
});

test('a record is read as it was written, and nothing else is', t => {
  const text = renderSoloRecord(record);
  t.deepEqual(parseSoloRecord(text), record);
  for (const broken of ['', '{', '[]', text.replace('"v":1', '"v":2'), text.replace('signing', 'singing')]) {
    t.is(parseSoloRecord(broken), undefined, broken);
  }
  t.is(parseSoloRecord(renderSoloRecord({ ...record, claim: 'none' })), undefined);
});

test('an order is read as it was written, and nothing else is', t => {
  t.deepEqual(parseSoloOrder(JSON.stringify(order)), order);
  t.is(parseSoloOrder(JSON.stringify({ ...order, kind: 'begin' })), undefined);
  t.is(parseSoloOrder('null'), undefined);
});
