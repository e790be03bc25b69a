import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openCluster } from '#adapters/kubernetes/cluster.ts';
import { type Answer, startKubernetesApi } from '../../fakes/kubernetes-api.ts';

async function open(t: ExecutionContext, answers: (Answer | undefined)[] = [], requestTimeoutMs = 10_000) {
  const api = await startKubernetesApi(t);
  api.answer = () => answers.shift();
  const access = { name: 'aws', kubeconfig: api.kubeconfig, context: 'fake', requestTimeoutMs };
  return { api, cluster: openCluster(access) };
}

const busy: Answer = { status: 503, body: { message: 'busy' } };
const good: Answer = { status: 200, body: { spec: { futureField: 1 } } };

test('an answer comes raw, with the fields that no model knows', async t => {
  const { api, cluster } = await open(t, [good]);
  t.deepEqual(await cluster.read('/api/v1/x', { query: { a: 'b c' } }), { spec: { futureField: 1 } });
  t.like(api.asked[0], { method: 'GET', path: '/api/v1/x' });
  t.is(api.asked[0]?.query.get('a'), 'b c');
  t.is(api.asked[0]?.headers.authorization, 'Bearer secret-token');
});

test('a read is tried three times', async t => {
  const { api, cluster } = await open(t, [busy, 'hang-up', good]);
  t.truthy(await cluster.read('/api/v1/x'));
  t.is(api.asked.length, 3);
});

test('a read that fails three times fails', async t => {
  const { api, cluster } = await open(t, [busy, busy, busy, good]);
  await t.throwsAsync(cluster.read('/api/v1/x'), { name: 'KubernetesError', message: /aws: GET .*503, busy/ });
  t.is(api.asked.length, 3);
});

test('a write is tried once: a lost answer may hide a success', async t => {
  const { api, cluster } = await open(t, ['hang-up', good]);
  await t.throwsAsync(cluster.write('DELETE', '/api/v1/x'), { code: 'unreachable' } as object);
  t.is(api.asked.length, 1);
});

test('a silent API server does not hold us up', async t => {
  const { cluster } = await open(t, ['silence'], 300);
  await t.throwsAsync(cluster.write('DELETE', '/api/v1/x'), { code: 'timeout' } as object);
});

for (const [status, code] of [
  [401, 'unauthorized'],
  [403, 'unauthorized'],
  [404, 'not-found'],
  [409, 'conflict'],
  [422, 'rejected'],
] as const) {
  test(`status ${status} is ${code}, and is not tried again`, async t => {
    const { api, cluster } = await open(t, [{ status, body: { message: 'because' } }]);
    await t.throwsAsync(cluster.read('/api/v1/x'), { code, message: /because/ } as object);
    t.is(api.asked.length, 1);
  });
}

test('an answer that is not JSON is unexpected', async t => {
  const { cluster } = await open(t, [{ status: 200, body: '<html>' }]);
  await t.throwsAsync(cluster.read('/api/v1/x'), { code: 'unexpected' } as object);
});

test('of several kubeconfigs the one with the context is used', async t => {
  const { api } = await open(t);
  const other = join(await mkdtemp(join(tmpdir(), 'active-eos-kubeconfig-')), 'other');
  await writeFile(
    other,
    JSON.stringify({ clusters: [], users: [], contexts: [{ name: 'gcp', context: { cluster: 'c', user: 'u' } }] }),
  );
  const kubeconfig = [other, api.kubeconfig].join(delimiter);
  t.is(openCluster({ name: 'aws', kubeconfig, context: 'fake' }).config.getCurrentContext(), 'fake');
  t.throws(() => openCluster({ name: 'aws', kubeconfig, context: 'nowhere' }), {
    code: 'configuration',
    message: /has the contexts gcp, fake; expected nowhere\. Add the context/,
  } as object);
});

test('a kubeconfig that does not exist is named', t => {
  const open = () => openCluster({ name: 'aws', kubeconfig: '/nowhere/config', context: 'x' });
  t.throws(open, { code: 'configuration', message: /\/nowhere\/config cannot be read/ } as object);
});
