import test from 'ava';
import { lint, one, releaseOf, render, renderText } from './render.ts';

async function member(values: Record<string, unknown> = {}, environment = 'example', name = 'etcd-us-west-2') {
  const manifests = await render(await releaseOf(environment, name, values));
  const { spec } = one(manifests, 'StatefulSet').spec.template;
  return { manifests, spec, container: spec.containers[0], args: spec.containers[0].args as string[] };
}

test('helm lint is content with every member of every environment', async t => {
  for (const [environment, name] of [
    ['rehearsal', 'etcd-aws'],
    ['rehearsal', 'etcd-witness'],
    ['example', 'etcd-us-west1'],
  ] as const) {
    t.is(await lint('charts/etcd', await releaseOf(environment, name)), '');
  }
});

test('a member is told all members, and reached by the others at its address', async t => {
  const { args } = await member();
  t.true(
    args.includes(
      '--initial-cluster=us-west-2=https://10.10.0.20:2380,us-west1=https://10.20.0.20:2380,witness=https://10.30.0.20:2380',
    ),
  );
  t.true(args.includes('--initial-advertise-peer-urls=https://10.10.0.20:2380'));
  t.true(args.includes('--advertise-client-urls=https://10.10.0.20:2379'));
  t.true(args.includes('--initial-cluster-state=new'));
});

test('clients and peers need certificates, and nothing listens without TLS but probes and metrics', async t => {
  const { args } = await member();
  t.true(args.includes('--client-cert-auth=true') && args.includes('--peer-client-cert-auth=true'));
  const plain = args.filter(arg => arg.includes('http://'));
  t.deepEqual(plain, ['--listen-metrics-urls=http://0.0.0.0:2381']);
});

test('on the network of its machine a member shows its metrics to the machine alone, and needs no Service before it', async t => {
  const { args, spec, manifests, container } = await member({}, 'rehearsal', 'etcd-aws');
  t.true(spec.hostNetwork);
  t.true(args.includes('--listen-metrics-urls=http://127.0.0.1:12381'));
  t.deepEqual(container.readinessProbe.httpGet, { host: '127.0.0.1', path: '/readyz', port: 12381 });
  t.deepEqual(
    manifests.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name),
    ['etcd-aws'],
  );
});

test('otherwise a Service stands before it that forwards before there is a quorum', async t => {
  const annotations = { 'networking.gke.io/load-balancer-type': 'Internal' };
  const { manifests } = await member({ service: { loadBalancerIP: '10.10.0.20', annotations } });
  const service = one(manifests, 'Service', 'etcd-us-west-2-external');
  t.like(service.metadata.annotations, annotations);
  t.like(service.spec, { type: 'LoadBalancer', loadBalancerIP: '10.10.0.20', publishNotReadyAddresses: true });
});

test('a member that lost its quorum is not ready, but is left running', async t => {
  const { container } = await member();
  t.is(container.readinessProbe.httpGet.path, '/readyz');
  t.is(container.livenessProbe.httpGet.path, '/livez');
});

test('a member runs as restricted as Kubernetes knows', async t => {
  const { spec, container } = await member();
  t.like(spec.securityContext, { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } });
  t.like(container.securityContext, { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
  t.is(spec.automountServiceAccountToken, false);
  t.is(spec.volumes[0].secret.defaultMode, 0o440);
});

test('heartbeat and election come from the environment', async t => {
  const { args } = await member({ heartbeatMs: 250, electionMs: 2500 });
  t.true(args.includes('--heartbeat-interval=250') && args.includes('--election-timeout=2500'));
});

test('the budget is made where it is asked for', async t => {
  t.is(one((await member()).manifests, 'PodDisruptionBudget').spec.maxUnavailable, 1);
  const { manifests } = await member({ disruptionBudget: { enabled: false } });
  t.false(manifests.some(({ kind }) => kind === 'PodDisruptionBudget'));
});

const refuses = test.macro(async (t, values: Record<string, unknown>, told: RegExp) => {
  await t.throwsAsync(renderText(await releaseOf('example', 'etcd-us-west-2', values)), {
    code: 'invalid',
    message: told,
  });
});

test('a value nobody knows is refused', refuses, { hostNetwrok: true }, /hostNetwrok/);
test('a member that is not among the members is refused', refuses, { member: { name: 'other' } }, /no member "other"/);
