import test, { type ExecutionContext } from 'ava';
import { openCluster } from '#adapters/kubernetes/cluster.ts';
import {
  deletePod,
  podFacts,
  readPod,
  readPodLogs,
  readPodWarnings,
  readSecret,
  readStatefulSet,
} from '#adapters/kubernetes/workloads.ts';
import { type Asked, startKubernetesApi } from '../../fakes/kubernetes-api.ts';

async function open(t: ExecutionContext, answers: Record<string, unknown>) {
  const api = await startKubernetesApi(t);
  api.answer = ({ path }) => (path in answers ? { status: 200, body: answers[path] } : undefined);
  return { api, cluster: openCluster({ name: 'aws', kubeconfig: api.kubeconfig, context: 'fake' }) };
}

const pod = {
  metadata: { uid: 'u-1', labels: { 'controller-revision-hash': 'node-7d' } },
  spec: {
    initContainers: [
      { name: 'monitor', image: 'monitor:1', restartPolicy: 'Always' },
      { name: 'snapshot', image: 'curl:1' },
    ],
    containers: [{ name: 'nodeos', image: 'nodeos:2' }],
  },
  status: {
    phase: 'Pending',
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    initContainerStatuses: [{ name: 'monitor', restartCount: 1, state: { running: {} } }],
    containerStatuses: [
      { name: 'nodeos', restartCount: 2, state: { waiting: { reason: 'ImagePullBackOff', message: 'm'.repeat(500) } } },
    ],
  },
};

test('a pod tells its revision, the images that stay, and its trouble in short', t => {
  const facts = podFacts(pod);
  t.like(facts, { uid: 'u-1', revision: 'node-7d', ready: false, readySinceMs: null, restarts: 3, deleting: false });
  t.deepEqual(facts.images, ['monitor:1', 'nodeos:2']);
  t.regex(facts.trouble.join(), /^nodeos: ImagePullBackOff \(m{199}…\)$/);
});

test('a ready pod tells since when', t => {
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }];
  t.is(podFacts({ ...pod, status: { conditions } }).readySinceMs, Date.UTC(2026, 0, 1));
});

test('a container that is being created is no trouble', t => {
  const containerStatuses = [{ name: 'nodeos', state: { waiting: { reason: 'ContainerCreating' } } }];
  t.deepEqual(podFacts({ ...pod, status: { containerStatuses } }).trouble, []);
});

test('what does not exist is undefined', async t => {
  const { cluster } = await open(t, {});
  t.is(await readPod(cluster, 'ns', 'a-0'), undefined);
  t.is(await readStatefulSet(cluster, 'ns', 'a'), undefined);
});

test('a StatefulSet tells its generations and its newest revision', async t => {
  const { cluster } = await open(t, {
    '/apis/apps/v1/namespaces/ns/statefulsets/a': {
      metadata: { generation: 3 },
      spec: { template: { spec: pod.spec } },
      status: { observedGeneration: 2, updateRevision: 'r3' },
    },
  });
  t.deepEqual(await readStatefulSet(cluster, 'ns', 'a'), {
    generation: 3,
    observedGeneration: 2,
    updateRevision: 'r3',
    images: ['monitor:1', 'nodeos:2'],
  });
});

test('a pod is deleted only if it is still the one that was seen', async t => {
  const { api, cluster } = await open(t, { '/api/v1/namespaces/ns/pods/a-0': {} });
  t.is(await deletePod(cluster, 'ns', 'a-0', 'u-1'), 'deleted');
  t.like(api.asked[0], { method: 'DELETE' });
  t.like(api.asked[0]?.body, { kind: 'DeleteOptions', preconditions: { uid: 'u-1' } });
  api.answer = () => ({ status: 409, body: { message: 'Precondition failed: UID' } });
  t.is(await deletePod(cluster, 'ns', 'a-0', 'u-1'), 'changed');
});

test('logs of every container are prefixed by its name; one without a log is left out', async t => {
  const { api, cluster } = await open(t, {});
  api.answer = ({ path, query }: Asked) => {
    if (!path.endsWith('/log')) return { status: 200, body: pod };
    return query.get('container') === 'nodeos' ? { status: 200, body: 'one\ntwo\n' } : { status: 400, body: {} };
  };
  t.deepEqual(await readPodLogs(cluster, 'ns', 'a-0', 5), ['nodeos: one', 'nodeos: two']);
  t.is(api.asked.at(-1)?.query.get('tailLines'), '5');
});

test('logs and warnings that cannot be read hide no failure', async t => {
  const { api, cluster } = await open(t, {});
  api.answer = () => ({ status: 403, body: {} });
  t.deepEqual(await readPodLogs(cluster, 'ns', 'a-0', 5), []);
  t.deepEqual(await readPodWarnings(cluster, 'ns', 'a-0'), []);
});

test('warnings come oldest first with how often they happened', async t => {
  const { cluster } = await open(t, {
    '/api/v1/namespaces/ns/events': {
      items: [
        { lastTimestamp: '2026-01-02T00:00:00Z', reason: 'Failed', message: 'no image', count: 3 },
        { lastTimestamp: '2026-01-01T00:00:00Z', reason: 'Unhealthy', message: 'probe', count: 1 },
      ],
    },
  });
  t.deepEqual(await readPodWarnings(cluster, 'ns', 'a-0'), ['Unhealthy: probe', 'Failed: no image (× 3)']);
});

test("a Secret's files come as bytes", async t => {
  const { cluster } = await open(t, { '/api/v1/namespaces/ns/secrets/s': { data: { 'tls.key': 'aGVsbG8=' } } });
  t.is((await readSecret(cluster, 'ns', 's')).get('tls.key')?.toString(), 'hello');
});
