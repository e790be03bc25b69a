import test from 'ava';
import { judgeStability, type MemberAnswer, type MemberSample } from '#core/etcd-stability/judge.ts';

const members = ['aws', 'gcp', 'witness'];

function answer(member: string, changes: Partial<MemberAnswer> = {}): MemberAnswer {
  return {
    kind: 'answer',
    memberId: member,
    leaderId: 'gcp',
    term: '4',
    appliedIndex: '1000',
    isLearner: false,
    errors: [],
    version: '3.6.4',
    databaseBytes: 20_480,
    roundTripMs: 12,
    ...changes,
  };
}

/** Three rounds of good answers, changed where `change` says so. */
function samples(change: (member: string, round: number) => MemberSample['answer'] | undefined = () => undefined) {
  return [0, 1, 2].flatMap(round =>
    members.map((member): MemberSample => ({ member, round, answer: change(member, round) ?? answer(member) })),
  );
}

test('one leader, one term, all members healthy: stable', t => {
  const verdict = judgeStability(members, samples(), []);
  t.like(verdict, { stable: true, reasons: [], leader: 'gcp', term: '4' });
  t.deepEqual(
    verdict.members.map(each => [each.member, each.healthy, each.leads]),
    [
      ['aws', true, false],
      ['gcp', true, true],
      ['witness', true, false],
    ],
  );
});

const unstable = test.macro<[string, MemberSample[], RegExp, { memberId: string; alarm: string }[]?]>({
  exec(t, _title, given, reason, alarms = []) {
    const verdict = judgeStability(members, given, alarms);
    t.false(verdict.stable);
    t.regex(verdict.reasons.join('; '), reason);
  },
  title: (_provided, title) => title ?? '',
});
const silent = { kind: 'silent', problem: 'timeout' } as const;

test(
  unstable,
  'a leader that changes while asked',
  samples((member, round) => (round === 2 ? answer(member, { leaderId: 'aws' }) : undefined)),
  /different leaders: gcp, aws/,
);
test(
  unstable,
  'a member that follows another leader',
  samples(member => (member === 'aws' ? answer(member, { leaderId: 'aws' }) : undefined)),
  /different leaders/,
);
test(
  unstable,
  'a term that changes while asked',
  samples((member, round) => (round === 1 ? answer(member, { term: '5' }) : undefined)),
  /term changed while asked: 4, 5/,
);
test(
  unstable,
  'no leader at all',
  samples(member => answer(member, { leaderId: '0' })),
  /there is no leader/,
);
test(
  unstable,
  'a leader that the environment does not name',
  samples(member => answer(member, { leaderId: 'stranger' })),
  /does not name \(stranger\)/,
);
test(
  unstable,
  'one member silent of three: the next loss would be the majority',
  samples(member => (member === 'witness' ? silent : undefined)),
  /2 of 3 members are healthy; expected at least 3 \(witness: no answer: timeout\)/,
);
test(
  unstable,
  'a member that was silent once',
  samples((member, round) => (member === 'aws' && round === 0 ? silent : undefined)),
  /aws: no answer/,
);
test(unstable, 'an alarm', samples(), /member aws raises the alarm NOSPACE/, [{ memberId: 'aws', alarm: 'NOSPACE' }]);
test(
  unstable,
  'a member far behind in applying',
  samples(member => (member === 'aws' ? answer(member, { appliedIndex: '899' }) : undefined)),
  /101 entries behind/,
);
test(
  unstable,
  'a slow member',
  samples(member => (member === 'aws' ? answer(member, { roundTripMs: 2500 }) : undefined)),
  /answered after 2500 ms; expected at most 2000/,
);
test(
  unstable,
  'a learner',
  samples(member => (member === 'aws' ? answer(member, { isLearner: true }) : undefined)),
  /learner/,
);
test(
  unstable,
  'errors that a member reports',
  samples(member => (member === 'aws' ? answer(member, { errors: ['NOSPACE'] }) : undefined)),
  /aws: NOSPACE/,
);
test(
  unstable,
  'nobody answers',
  samples(() => silent),
  /no member answered/,
);

test('five members may do without one', t => {
  const five = ['a', 'b', 'c', 'd', 'e'];
  const given = five.map(
    (member): MemberSample => ({
      member,
      round: 0,
      answer: member === 'e' ? silent : answer(member, { leaderId: 'a' }),
    }),
  );
  t.true(judgeStability(five, given, []).stable);
});

test('an index beyond 53 bits is compared exactly', t => {
  const given = samples(member =>
    answer(member, { appliedIndex: member === 'aws' ? '9007199254740993' : '9007199254741093' }),
  );
  t.true(judgeStability(members, given, []).stable);
});
