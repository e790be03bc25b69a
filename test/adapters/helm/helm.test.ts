import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import { readEnvironmentFiles } from '#adapters/files/environments.ts';
import { Helm } from '#adapters/helm/helm.ts';
import { assembleEnvironment } from '#core/environment/assemble.ts';
import type { Release } from '#core/environment/environment.ts';
import { type ApiServer, startApiServer } from './api-server.ts';

const test = anyTest as TestFn<{ server: ApiServer; helm: Helm; releases: Map<string, Release> }>;
const root = join(import.meta.dirname, '../../..');

test.before(async t => {
  const { releases } = assembleEnvironment(await readEnvironmentFiles(root, 'rehearsal'));
  if (!releases) throw new Error('environments/rehearsal has problems');
  const server = await startApiServer();
  const helm = new Helm({
    binary: server.tools.path('helm'),
    kubeconfig: server.kubeconfig,
    context: server.context,
    root,
  });
  t.context = { server, helm, releases: new Map(releases.map(release => [release.name, release])) };
});

test.after.always(async t => {
  await t.context.server?.stop();
});

/** A namespace per test keeps them apart. */
function release(releases: Map<string, Release>, name: string, namespace: string): Release {
  const found = releases.get(name);
  if (!found) throw new Error(`environments/rehearsal has no ${name}`);
  return { ...found, namespace };
}

test('Kubernetes takes every release of the rehearsal, and what is deployed is what was rendered', async t => {
  const { helm, releases } = t.context;
  for (const each of releases.values()) {
    const wanted = { ...each, namespace: 'all' };
    t.is(await helm.upgradeInstall(wanted, 'rollout 7'), 1);
    const deployed = await helm.deployed(wanted);
    t.is(deployed?.manifest, await helm.template(wanted));
    t.deepEqual(deployed?.values, wanted.values);
    t.like(deployed, {
      status: 'deployed',
      revision: 1,
      description: 'rollout 7',
      chart: `${each.chart.split('/')[1]}-0.1.0`,
    });
  }
});

test('a namespace that enforces the level `restricted` takes the pod of a node', async t => {
  const { helm, server, releases } = t.context;
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'restricted', labels } });
  const wanted = release(releases, 'aws-a', 'restricted');
  await helm.upgradeInstall(wanted);
  const { body } = await server.ask('GET', '/apis/apps/v1/namespaces/restricted/statefulsets/aws-a');
  const { spec } = (body as { spec: { template: { spec: { volumes: object[] } } } }).spec.template;
  const volumes = [...spec.volumes, { name: 'data', emptyDir: {} }];
  const pod = { metadata: { name: 'aws-a-0' }, spec: { ...spec, volumes } };
  const answer = await server.ask('POST', '/api/v1/namespaces/restricted/pods?dryRun=All', pod);
  t.is(answer.status, 201, JSON.stringify(answer.body));
  const rooted = { ...pod, spec: { ...pod.spec, hostNetwork: true } };
  t.is((await server.ask('POST', '/api/v1/namespaces/restricted/pods?dryRun=All', rooted)).status, 403);
});

test('a rollback brings back what an earlier revision applied, as a new revision', async t => {
  const { helm, server, releases } = t.context;
  const before = release(releases, 'aws-a', 'rollback');
  const after = { ...before, values: { ...before.values, priority: 9 } };
  await helm.upgradeInstall(before);
  await helm.upgradeInstall(after);
  await helm.rollback(before, 1);
  t.deepEqual((await helm.deployed(before))?.values, before.values);
  t.deepEqual(
    (await helm.history(before)).map(({ revision, status }) => [revision, status]),
    [
      [1, 'superseded'],
      [2, 'superseded'],
      [3, 'deployed'],
    ],
  );
  const { body } = await server.ask('GET', '/api/v1/namespaces/rollback/configmaps/aws-a');
  t.regex(JSON.stringify(body), /\\"priority\\": 100,/);
});

test('what a chart would bring in crds/ is not installed, as it is not rendered', async t => {
  const { server, releases } = t.context;
  const folder = await mkdtemp(join(tmpdir(), 'charts-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await cp(join(root, 'charts'), join(folder, 'charts'), { recursive: true });
  await mkdir(join(folder, 'charts/block-producer/crds'));
  const unseen = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'unseen', namespace: 'crds' } };
  await writeFile(join(folder, 'charts/block-producer/crds/unseen.yaml'), JSON.stringify(unseen));
  const { kubeconfig, context } = server;
  const helm = new Helm({ binary: server.tools.path('helm'), kubeconfig, context, root: folder });
  const wanted = release(releases, 'aws-a', 'crds');
  await helm.upgradeInstall(wanted);
  t.is((await server.ask('GET', '/api/v1/namespaces/crds/configmaps/aws-a')).status, 200);
  t.is((await server.ask('GET', '/api/v1/namespaces/crds/configmaps/unseen')).status, 404);
});

test('what somebody edited in the cluster is taken back', async t => {
  const { helm, server, releases } = t.context;
  const wanted = release(releases, 'gcp-a', 'edited');
  await helm.upgradeInstall(wanted);
  const path = '/apis/apps/v1/namespaces/edited/statefulsets/gcp-a';
  const edit = { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } };
  t.is((await server.ask('PATCH', path, edit, 'application/strategic-merge-patch+json')).status, 200);
  await helm.upgradeInstall(wanted);
  const { body } = await server.ask('GET', path);
  t.like(body, { spec: { template: { spec: { terminationGracePeriodSeconds: 300 } } } });
});

test('a release that does not exist has no history and is not deployed', async t => {
  const nothing = { name: 'nothing', namespace: 'default' };
  t.deepEqual(await t.context.helm.history(nothing), []);
  t.is(await t.context.helm.deployed(nothing), undefined);
  await t.throwsAsync(t.context.helm.rollback(nothing, 1), { code: 'not-found' });
});

test("values that the chart's schema refuses are told, and nothing is applied", async t => {
  const wanted = release(t.context.releases, 'aws-b', 'refused');
  const wrong = { ...wanted, values: { ...wanted.values, zone: 7, extra: true } };
  const error = await t.throwsAsync(t.context.helm.upgradeInstall(wrong), { code: 'invalid' });
  t.regex(error?.message ?? '', /zone/);
  t.regex(error?.message ?? '', /extra/);
  t.is(await t.context.helm.deployed(wanted), undefined);
});

test('an object that Kubernetes refuses is told, and the release goes on from there', async t => {
  const wanted = release(t.context.releases, 'aws-b', 'refused-late');
  const wrong = { ...wanted, values: { ...wanted.values, nodeSelector: { 'no label!': 'x' } } };
  await t.context.helm.upgradeInstall(wanted);
  const error = await t.throwsAsync(t.context.helm.upgradeInstall(wrong), { code: 'invalid' });
  t.regex(error?.message ?? '', /no label!/);
  t.is((await t.context.helm.deployed(wanted))?.status, 'failed');
  await t.context.helm.upgradeInstall(wanted);
  t.is((await t.context.helm.deployed(wanted))?.status, 'deployed');
});

test('a release whose helm was killed is busy until it is recovered', async t => {
  const { helm, server, releases } = t.context;
  const wanted = release(releases, 'aws-a', 'killed');
  await helm.upgradeInstall(wanted);
  await helm.upgradeInstall(wanted);
  await markPending(server, 'killed', 'aws-a', 2, 'pending-upgrade');
  await t.throwsAsync(helm.upgradeInstall(wanted), { code: 'busy' });
  t.is(await helm.recover(wanted), 'rolled back');
  t.is(await helm.recover(wanted), 'nothing to do');
  t.is(await helm.upgradeInstall(wanted), 4);
});

test('a release whose first installation was killed is removed, so that it can be installed', async t => {
  const { helm, server, releases } = t.context;
  const wanted = release(releases, 'aws-a', 'killed-first');
  await helm.upgradeInstall(wanted);
  await markPending(server, 'killed-first', 'aws-a', 1, 'pending-install');
  await t.throwsAsync(helm.upgradeInstall(wanted), { code: 'busy' });
  t.is(await helm.recover(wanted), 'removed');
  t.is(await helm.upgradeInstall(wanted), 1);
});

test('a cluster that does not answer, and a context that is missing, are told as such', async t => {
  const { server, releases } = t.context;
  const wanted = release(releases, 'aws-a', 'default');
  const helm = new Helm({
    binary: server.tools.path('helm'),
    kubeconfig: server.kubeconfig,
    context: 'elsewhere',
    root,
  });
  await t.throwsAsync(helm.history(wanted), { code: 'unreachable', message: /elsewhere/ });
});

test('a helm that is not there is told with its path', async t => {
  const helm = new Helm({ binary: '/nowhere/helm', kubeconfig: '/dev/null', context: 'x', root });
  await t.throwsAsync(helm.history({ name: 'x', namespace: 'x' }), { code: 'missing', message: /\/nowhere\/helm/ });
});

test('a helm that never ends is ended', async t => {
  // The limit of the whole command is ten seconds more than that of helm itself.
  const helm = new Helm({
    binary: join(import.meta.dirname, 'never-ends.sh'),
    kubeconfig: 'k',
    context: 'x',
    root,
    timeoutSeconds: -9.9,
  });
  await t.throwsAsync(helm.template(release(t.context.releases, 'aws-a', 'x')), { code: 'timeout' });
});

test('a helm that prints without end is ended, with what it did and not with an exit code', async t => {
  const helm = new Helm({
    binary: join(import.meta.dirname, 'prints-for-ever.sh'),
    kubeconfig: 'k',
    context: 'x',
    root,
  });
  await t.throwsAsync(helm.template(release(t.context.releases, 'aws-a', 'x')), {
    code: 'invalid',
    message: /printed more than 64 MiB, and was ended; expected the objects of one release/,
  });
});

test('a release whose helm was killed long ago is recovered on the way', async t => {
  const { helm, server, releases } = t.context;
  const wanted = release(releases, 'aws-b', 'killed-long-ago');
  await helm.upgradeInstall(wanted);
  await markPending(server, 'killed-long-ago', 'aws-b', 1, 'pending-install', new Date(Date.now() - 120_000));
  t.is(await helm.upgradeInstall(wanted), 1);
  await markPending(server, 'killed-long-ago', 'aws-b', 1, 'pending-upgrade', new Date(Date.now() - 30_000));
  await t.throwsAsync(helm.upgradeInstall(wanted), { code: 'busy' });
});

/** Leaves a release as a killed helm does: its newest revision is pending. */
async function markPending(
  server: ApiServer,
  namespace: string,
  name: string,
  revision: number,
  status: string,
  since = new Date(),
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.${name}.v${revision}`;
  const { body } = await server.ask('GET', path);
  const { data } = body as { data: { release: string } };
  const { gunzipSync, gzipSync } = await import('node:zlib');
  const packed = Buffer.from(Buffer.from(data.release, 'base64').toString(), 'base64');
  const kept = JSON.parse(gunzipSync(packed).toString()) as { info: { status: string; last_deployed: string } };
  kept.info.status = status;
  kept.info.last_deployed = since.toISOString();
  const encoded = Buffer.from(gzipSync(JSON.stringify(kept)).toString('base64')).toString('base64');
  const patch = { data: { release: encoded }, metadata: { labels: { status } } };
  await server.ask('PATCH', path, patch, 'application/merge-patch+json');
}
