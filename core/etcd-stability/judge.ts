// Decides from samples of every member whether etcd is stable enough to change anything in the fleet.

/** What one member said at one moment, or that it said nothing. */
export interface MemberSample {
  member: string;
  /** Which round of samples it belongs to; one round asks every member once. */
  round: number;
  answer: MemberAnswer | { kind: 'silent'; problem: string };
}

export interface MemberAnswer {
  kind: 'answer';
  memberId: string;
  /** `0` when it knows no leader. */
  leaderId: string;
  term: string;
  appliedIndex: string;
  isLearner: boolean;
  errors: string[];
  version: string;
  databaseBytes: number;
  roundTripMs: number;
}

/** An alarm that some member raised: NOSPACE or CORRUPT. */
export interface MemberAlarm {
  memberId: string;
  alarm: string;
}

export interface StabilityLimits {
  /** Entries that a member may be behind the first in applying. */
  maxAppliedLag: number;
  maxRoundTripMs: number;
}

/** Two samples of a round are some 100 ms apart, in which a busy fleet writes a few entries. */
export const defaultLimits: StabilityLimits = { maxAppliedLag: 100, maxRoundTripMs: 2000 };

export interface MemberVerdict {
  member: string;
  healthy: boolean;
  why: string;
  leads: boolean;
  version: string;
  databaseBytes: number;
  worstRoundTripMs: number;
}

export interface StabilityVerdict {
  stable: boolean;
  /** Why it is not; empty when it is. */
  reasons: string[];
  /** Name of the member that leads; undefined when none or more than one does. */
  leader: string | undefined;
  term: string | undefined;
  members: MemberVerdict[];
}

/** Stable: one leader and one term throughout, no alarm, and so many healthy voters that one may be lost. */
export function judgeStability(
  members: readonly string[],
  samples: readonly MemberSample[],
  alarms: readonly MemberAlarm[],
  limits: StabilityLimits = defaultLimits,
): StabilityVerdict {
  const answers = samples.map(each => each.answer).filter(each => each.kind === 'answer');
  const leaders = [...new Set(answers.map(each => each.leaderId))];
  const terms = [...new Set(answers.map(each => each.term))];
  const verdicts = members.map(member => judgeMember(member, samples, limits));
  const reasons = [
    ...leaderProblems(leaders, samples),
    ...(terms.length > 1 ? [`the term changed while asked: ${terms.join(', ')}; expected one`] : []),
    ...alarms.map(each => `member ${nameOf(each.memberId, samples) ?? each.memberId} raises the alarm ${each.alarm}`),
    ...quorumProblems(
      members,
      verdicts,
      answers.some(each => each.isLearner),
    ),
  ];
  return {
    stable: reasons.length === 0,
    reasons,
    leader: leaders.length === 1 ? nameOf(leaders[0] ?? '0', samples) : undefined,
    term: terms.length === 1 ? terms[0] : undefined,
    members: verdicts,
  };
}

function leaderProblems(leaders: string[], samples: readonly MemberSample[]): string[] {
  if (leaders.length === 0) return ['no member answered'];
  const names = leaders.map(id => (id === '0' ? 'none' : (nameOf(id, samples) ?? `an unknown member ${id}`)));
  if (leaders.length > 1) return [`members named different leaders: ${names.join(', ')}; expected one`];
  if (leaders[0] === '0') return ['there is no leader'];
  return nameOf(leaders[0] ?? '', samples) === undefined
    ? [`the leader is a member that the environment does not name (${leaders[0]})`]
    : [];
}

function nameOf(memberId: string, samples: readonly MemberSample[]): string | undefined {
  return samples.find(each => each.answer.kind === 'answer' && each.answer.memberId === memberId)?.member;
}

/** One voter more than a majority, so that the next loss, or our own restart of one, leaves a majority. */
function quorumProblems(members: readonly string[], verdicts: MemberVerdict[], hasLearner: boolean): string[] {
  const needed = Math.min(members.length, Math.floor(members.length / 2) + 2);
  const healthy = verdicts.filter(each => each.healthy).length;
  const sick = verdicts.filter(each => !each.healthy).map(each => `${each.member}: ${each.why}`);
  const learner = hasLearner ? ['a member is a learner and does not vote; wait until it is promoted'] : [];
  if (healthy >= needed) return learner;
  return [
    ...learner,
    `${healthy} of ${members.length} members are healthy; expected at least ${needed} (${sick.join('; ')})`,
  ];
}

function judgeMember(member: string, samples: readonly MemberSample[], limits: StabilityLimits): MemberVerdict {
  const own = samples.filter(each => each.member === member);
  const answers = own.map(each => each.answer).filter(each => each.kind === 'answer');
  const last = answers.at(-1);
  const problems = [
    ...own.map(each => (each.answer.kind === 'silent' ? `no answer: ${each.answer.problem}` : '')),
    ...(own.length === 0 ? ['it was not asked'] : []),
    ...answers.flatMap(each => each.errors),
    ...answers.map(each => (each.leaderId === '0' ? 'it knows no leader' : '')),
    ...answers.map(each => (each.isLearner ? 'it is a learner' : '')),
    ...own.map(each => lagProblem(each, samples, limits)),
    ...answers.map(each =>
      each.roundTripMs > limits.maxRoundTripMs
        ? `it answered after ${Math.round(each.roundTripMs)} ms; expected at most ${limits.maxRoundTripMs}`
        : '',
    ),
  ].filter(each => each !== '');
  return {
    member,
    healthy: problems.length === 0,
    why: [...new Set(problems)].slice(0, 3).join(', '),
    leads: last !== undefined && last.leaderId === last.memberId,
    version: last?.version ?? '',
    databaseBytes: last?.databaseBytes ?? 0,
    worstRoundTripMs: Math.max(0, ...answers.map(each => each.roundTripMs)),
  };
}

function lagProblem(sample: MemberSample, samples: readonly MemberSample[], limits: StabilityLimits): string {
  if (sample.answer.kind !== 'answer') return '';
  let first = 0n;
  for (const { round, answer } of samples) {
    if (round !== sample.round || answer.kind !== 'answer') continue;
    const applied = BigInt(answer.appliedIndex);
    if (applied > first) first = applied;
  }
  const lag = first - BigInt(sample.answer.appliedIndex);
  return lag > BigInt(limits.maxAppliedLag)
    ? `it is ${lag} entries behind in applying; expected at most ${limits.maxAppliedLag}`
    : '';
}
