import test from 'ava';
import type { MonitorStatus } from '#core/failover/status.ts';
import { slotStartMs } from '#core/slots.ts';
import { renderPage } from '../../monitor/page.ts';
import { problemsOf } from '../../monitor/problems.ts';
import { nodeosView, presence } from '../core/failover/presences.ts';

function status(changes: Partial<MonitorStatus> = {}): MonitorStatus {
  const nodes = [presence('a', { role: 'holding' }), presence('b')];
  return {
    ...presence('b', { wallMs: slotStartMs(1000) }),
    producer: 'us',
    claim: { v: 1, slot: 988, digest: '', holder: 'a', incarnation: 'a-1', epoch: 7 },
    etcd: { reachable: true, detail: '' },
    maintenance: null,
    window: { first: 1200, last: 1211 },
    nodes,
    counters: { claims: 0, refusals: {}, takeovers: 0, handovers: 0 },
    slots: { produced: 24, missed: 0, unknown: 0 },
    alarms: [],
    decisions: [],
    ...changes,
  };
}

test('a fleet that is well has no problems', t => {
  t.deepEqual(problemsOf(status()), []);
  t.true(renderPage(status()).includes('Nothing is wrong'));
});

const names = test.macro((t, changes: Partial<MonitorStatus>, weight: string, told: RegExp) => {
  const problems = problemsOf(status(changes));
  t.true(
    problems.some(problem => problem.weight === weight && told.test(problem.text)),
    JSON.stringify(problems),
  );
});

const gone = { v: 1, slot: 988, digest: '', holder: 'c', incarnation: 'c-1', epoch: 7 };
const unfit = presence('a', { eligible: false, why: ['its head is 9 slots behind'] });
const alarm = { at: '', slot: 1207, num: 518, id: 'abc' };
test('an unclaimed block is an alarm', names, { alarms: [alarm] }, 'alarm', /block 518 of slot 1207/);
test(
  'silence of etcd is trouble',
  names,
  { etcd: { reachable: false, detail: 'x' } },
  'trouble',
  /etcd does not answer/,
);
test('solo is trouble', names, { solo: { phase: 'signing', detail: 'by ann' } }, 'trouble', /^Solo, signing: by ann/);
test('a missing claim is trouble', names, { claim: null }, 'trouble', /nobody signs/);
test('a holder that is not there is trouble', names, { claim: gone }, 'trouble', /c holds the claim, but/);
test(
  'a holder that was restarted is trouble',
  names,
  { claim: { ...gone, holder: 'a' } },
  'trouble',
  /a holds the claim, but its monitor is not there/,
);
test(
  'a holder whose nodeos is silent is trouble',
  names,
  { nodes: [presence('a', { nodeos: nodeosView({ alive: false }) }), presence('b')] },
  'trouble',
  /nodeos of a/,
);
test('a holder alone is trouble', names, { nodes: [presence('a')] }, 'trouble', /No other node could take over from a/);
test(
  'a fellow that could not take over is trouble',
  names,
  { nodes: [presence('b'), unfit], claim: { ...gone, holder: 'b', incarnation: 'b-1' } },
  'trouble',
  /^a could not take over: its head/,
);
test(
  'a node that could not sign is trouble',
  names,
  { eligible: false, why: ['x'] },
  'trouble',
  /This node could not sign: x/,
);
test('a block that has not come is trouble', names, { unheardSlot: 1201 }, 'trouble', /a claimed slot 1201/);
test('no window is trouble', names, { window: null }, 'trouble', /not in the schedule/);
test(
  'maintenance is to be known',
  names,
  { maintenance: { v: 1, by: 'ann', why: 'disks', atMs: 0 } },
  'notice',
  /by ann.*disks/,
);
test(
  'missed slots are to be known',
  names,
  { slots: { produced: 1, missed: 2, unknown: 0 } },
  'notice',
  /^2 of our slots/,
);

test('the worst comes first, and before all else on the page', t => {
  const page = renderPage(status({ claim: null, alarms: [alarm], slots: { produced: 0, missed: 1, unknown: 0 } }));
  const places = ['class="alarm"', 'class="trouble"', 'class="notice"', 'Who signs'].map(each => page.indexOf(each));
  t.true(places.every(place => place > 0));
  t.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});

test('the next window counts down, and one that runs to its end', t => {
  t.regex(renderPage(status()), /Our next window in.*data-ms="99500">1 min 40 s/s);
  t.regex(renderPage(status({ wallMs: slotStartMs(1205) })), /Our window ends in.*data-ms="3000">3 s/s);
});

test('whatever others wrote stays text', t => {
  const evil = '<img src=x onerror=alert(1)>"\'';
  const node = presence(evil, {
    site: evil,
    zone: evil,
    eligible: false,
    why: [evil],
    nodeos: nodeosView({ version: evil }),
  });
  const page = renderPage(
    status({
      ...node,
      producer: evil,
      claim: { ...gone, holder: evil },
      etcd: { reachable: false, detail: evil },
      maintenance: { v: 1, by: evil, why: evil, atMs: 0 },
      nodes: [node],
      counters: { claims: 0, refusals: { [evil]: 1 }, takeovers: 0, handovers: 0 },
      alarms: [{ ...alarm, id: evil }],
      decisions: [{ at: evil, slot: 1, decision: evil, reason: evil }],
    }),
  );
  t.false(page.includes('<img'));
  t.true(page.split('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;').length > 15);
});

test('the page stays small when much was decided', t => {
  const decisions = Array.from({ length: 200 }, (_, slot) => ({
    at: '',
    slot,
    decision: 'x',
    reason: 'y'.repeat(100),
  }));
  t.true(renderPage(status({ decisions })).length < 40_000);
});
