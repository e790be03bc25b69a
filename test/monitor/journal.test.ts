import test from 'ava';
import { slotStartMs } from '#core/slots.ts';
import { startJournal } from '../../monitor/journal.ts';

function start() {
  let nowMs = slotStartMs(1200);
  const lines: Record<string, unknown>[] = [];
  const time = { wallMs: () => nowMs, nowMs: () => nowMs, after: () => () => undefined };
  const journal = startJournal('a', line => lines.push(JSON.parse(line)), time);
  return { journal, lines, pass: (ms: number) => (nowMs += ms), said: () => lines.map(({ decision }) => decision) };
}

test('a line tells when, in which slot, who, in which role and epoch, what and why', t => {
  const { journal, lines } = start();
  journal.situate(() => ({ role: 'holding', epoch: 7 }));
  journal.say('resume nodeos', 'it was handed to us');
  t.deepEqual(lines, [
    {
      at: new Date(slotStartMs(1200)).toISOString(),
      slot: 1200,
      node: 'a',
      role: 'holding',
      epoch: 7,
      decision: 'resume nodeos',
      reason: 'it was handed to us',
    },
  ]);
});

test('refusals are all counted, and of one reason one is said in a slot', t => {
  const { journal, lines, pass } = start();
  for (let index = 0; index < 100; index++) journal.refuse('wrong-key', `try ${index}`);
  journal.refuse('busy', 'at work');
  pass(500);
  journal.refuse('wrong-key', 'again');
  t.deepEqual(journal.counters.refusals, { 'wrong-key': 101, busy: 1 });
  t.deepEqual(
    lines.map(({ reason }) => reason),
    ['wrong-key: try 0', 'busy: at work', 'wrong-key: again'],
  );
});

test('trouble that lasts is said again after a while, with how often it came', t => {
  const { journal, lines, pass } = start();
  for (let second = 0; second <= 31; second++) {
    journal.etcdWrite('announce presence', new Error(`no answer ${second}`));
    pass(1000);
  }
  t.deepEqual(
    lines.map(({ reason }) => reason),
    ['no answer 0', 'no answer 30 (and 29 times since it was last said)'],
  );
  t.is(journal.measures.etcdErrors, 32);
});

test('the same line right after itself is not said again at once', t => {
  const { journal, said, pass } = start();
  journal.say('pause nodeos', 'it was resumed');
  journal.say('pause nodeos', 'it was resumed');
  journal.say('holding', 'nodeos is resumed');
  journal.say('pause nodeos', 'it was resumed');
  pass(10_000);
  journal.say('pause nodeos', 'it was resumed');
  t.deepEqual(said(), ['pause nodeos', 'holding', 'pause nodeos', 'pause nodeos']);
});

test('etcd is full until a write succeeds', t => {
  const { journal } = start();
  journal.etcdWrite('announce presence', new Error('etcdserver: mvcc: database space exceeded'));
  t.true(journal.measures.isEtcdFull);
  journal.etcdWrite('announce presence');
  t.false(journal.measures.isEtcdFull);
});

test('what is kept is bounded, alarms and decisions', t => {
  const { journal, pass } = start();
  for (let index = 0; index < 1000; index++) {
    journal.say('decision', String(index));
    journal.trouble(`trouble ${index}`, '');
    journal.alarm({ slot: index, num: index, id: '' }, '');
    pass(1);
  }
  t.true(journal.decisions.length <= 200);
  t.true(journal.alarms.length <= 24);
  t.is(journal.measures.unclaimedBlocks, 1000);
  t.is(journal.alarms.at(-1)?.slot, 999);
});

test('a claim that came too late counts as one without any time left', t => {
  const { journal } = start();
  journal.observeClaim(12, -4);
  t.is(journal.counters.claims, 1);
  t.is(journal.measures.claimSlackSeconds.counts[0], 1);
  t.is(journal.measures.claimSlackSeconds.sum, 0);
  t.is(journal.measures.claimRoundTripSeconds.sum, 0.012);
});
