import test from 'ava';
import { judgeWorkload, type PodFacts, type StatefulSetFacts, stuckReason } from '#core/rollout/workload.ts';

const statefulSet: StatefulSetFacts = {
  generation: 4,
  observedGeneration: 4,
  updateRevision: 'r2',
  images: ['nodeos:2'],
};
const pod: PodFacts = {
  uid: 'u',
  revision: 'r2',
  images: ['nodeos:2'],
  ready: true,
  readySinceMs: 1000,
  deleting: false,
  phase: 'Running',
  restarts: 0,
  trouble: [],
};

test('a ready pod of the newest revision with the named images runs', t => {
  t.deepEqual(judgeWorkload(statefulSet, pod, ['nodeos:2']), { kind: 'running', readySinceMs: 1000 });
});

const updating = test.macro<[string, Partial<StatefulSetFacts>, Partial<PodFacts> | undefined, RegExp]>({
  exec(t, _title, set, change, why) {
    const judged = judgeWorkload({ ...statefulSet, ...set }, change && { ...pod, ...change }, ['nodeos:2']);
    t.is(judged.kind, 'updating');
    t.regex(judged.kind === 'updating' ? judged.why : '', why);
  },
  title: (_provided, title) => title ?? '',
});
test(updating, 'a change that the controller has not seen is not done', { observedGeneration: 3 }, {}, /has not seen/);
test(updating, 'a ready pod of the old revision proves nothing', {}, { revision: 'r1' }, /runs revision r1, not r2/);
test(updating, 'a pod that stops is not it', {}, { deleting: true }, /stopping/);
test(updating, 'an image that the release does not name is not it', {}, { images: ['nodeos:evil'] }, /nodeos:evil/);
test(updating, 'no pod', {}, undefined, /no pod/);
test(
  updating,
  'a pod that is not ready tells its trouble',
  {},
  { ready: false, readySinceMs: null, phase: 'Pending', restarts: 2, trouble: ['nodeos: CrashLoopBackOff'] },
  /not ready \(Pending, 2 restarts\): nodeos: CrashLoopBackOff/,
);

test('without a StatefulSet the workload is absent', t => {
  t.deepEqual(judgeWorkload(undefined, undefined, []), { kind: 'absent' });
});

test('an image that cannot be pulled is stuck, a pod that starts is not', t => {
  t.is(stuckReason({ ...pod, trouble: ['nodeos: ImagePullBackOff (x)'] }), 'nodeos: ImagePullBackOff (x)');
  t.is(stuckReason({ ...pod, trouble: ['nodeos: Waiting'] }), undefined);
  t.is(stuckReason(undefined), undefined);
});
