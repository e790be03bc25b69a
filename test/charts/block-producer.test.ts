import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readConfig } from '#monitor/config.ts';
import { startMeasures } from '#monitor/measures.ts';
import { lint, type Manifest, one, releaseOf, render, renderText, repository } from './render.ts';

interface Container {
  name: string;
  restartPolicy?: string;
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
  [field: string]: unknown;
}

async function pod(values: Record<string, unknown> = {}, environment = 'rehearsal', name = 'aws-a') {
  const manifests = await render(await releaseOf(environment, name, values));
  const { spec } = one(manifests, 'StatefulSet').spec.template;
  const containers: Container[] = [...spec.initContainers, ...spec.containers];
  const container = (wanted: string): Container => {
    const found = containers.find(each => each.name === wanted);
    if (!found) throw new Error(`The pod has no container ${wanted}`);
    return found;
  };
  return { manifests, spec, containers, container };
}

function mountsOf(container: Container): string[] {
  return container.volumeMounts.map(({ name }) => name);
}

function configOf(manifests: Manifest[], file: string): string {
  return one(manifests, 'ConfigMap').data?.[file] ?? '';
}

test('helm lint is content with every node of every environment', async t => {
  for (const [environment, node] of [
    ['rehearsal', 'aws-a'],
    ['rehearsal', 'gcp-b'],
    ['example', 'gcp-a'],
  ] as const) {
    t.is(await lint('charts/block-producer', await releaseOf(environment, node)), '');
  }
});

test('the monitor is a native sidecar that comes first, and nodeos waits until it listens', async t => {
  const { spec, container } = await pod();
  t.deepEqual(
    spec.initContainers.map((each: Container) => each.name),
    ['monitor'],
  );
  t.like(container('monitor'), {
    restartPolicy: 'Always',
    startupProbe: { httpGet: { path: '/healthz' } },
    livenessProbe: { httpGet: { path: '/healthz' } },
  });
});

test('the signing key and the certificate for etcd are mounted into the monitor alone', async t => {
  const { spec, containers } = await pod({ snapshot: { url: 'https://example.org/x.bin', sha256: '0'.repeat(64) } });
  const secrets = spec.volumes
    .filter((volume: { secret?: object }) => volume.secret)
    .map(({ name }: { name: string }) => name);
  t.deepEqual(secrets, ['key', 'etcd-client']);
  t.deepEqual(
    containers.map(each => [each.name, mountsOf(each).filter(name => secrets.includes(name))]),
    [
      ['monitor', ['key', 'etcd-client']],
      ['snapshot', []],
      ['nodeos', []],
    ],
  );
});

test('Secrets are readable for owner and group only', async t => {
  const { spec } = await pod({ finalizerSecret: 'finalizer-aws-a' });
  for (const { secret } of spec.volumes) if (secret) t.is(secret.defaultMode, 0o440);
});

test("a finalizer's key goes to nodeos alone, and not into the configuration", async t => {
  const { container, manifests } = await pod({ finalizerSecret: 'finalizer-aws-a' });
  t.true(mountsOf(container('nodeos')).includes('finalizer'));
  t.false(mountsOf(container('monitor')).includes('finalizer'));
  t.false(configOf(manifests, 'config.ini').includes('KEY:'));
});

test('every container is as restricted as Kubernetes knows', async t => {
  const { spec, containers } = await pod({ snapshot: { url: 'https://example.org/x.bin', sha256: '0'.repeat(64) } });
  t.like(spec.securityContext, { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } });
  t.like(spec, { automountServiceAccountToken: false, enableServiceLinks: false });
  for (const { securityContext } of containers) {
    t.deepEqual(securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  }
});

test('a stop asks the monitor first, and leaves time to hand over and to close the database', async t => {
  const { spec, container } = await pod();
  t.like(container('nodeos'), { lifecycle: { preStop: { httpGet: { path: '/prestop', port: 9880 } } } });
  t.true(spec.terminationGracePeriodSeconds >= 300);
});

test('readiness is what the monitor says, and nothing ever kills a nodeos that lags', async t => {
  const nodeos = (await pod()).container('nodeos');
  t.like(nodeos, { readinessProbe: { httpGet: { path: '/readyz', port: 9880 } } });
  t.false('livenessProbe' in nodeos || 'startupProbe' in nodeos);
});

test('the socket of the signer is shared in memory by a group of its own', async t => {
  const { spec, container } = await pod();
  const volume = spec.volumes.find(({ name }: { name: string }) => name === 'signer');
  t.is(volume.emptyDir.medium, 'Memory');
  t.is(spec.securityContext.fsGroup, 2000);
  for (const name of ['monitor', 'nodeos']) t.true(mountsOf(container(name)).includes('signer'));
});

test('nodeos comes up paused, holds no key and shows its API to nobody outside the pod', async t => {
  const lines = configOf((await pod()).manifests, 'config.ini').split('\n');
  for (const line of [
    'agent-name = aws-a',
    'producer-name = activeeosbp1',
    'signature-provider = EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV=KEOSD:unix:///run/signer/signer.sock',
    'pause-on-startup = true',
    'enable-stale-production = false',
    'production-pause-vote-timeout-ms = 0',
    'http-server-address = 127.0.0.1:8888',
    'p2p-peer-address = 10.0.0.10:9876',
    'plugin = eosio::producer_api_plugin',
  ]) {
    t.true(lines.includes(line), line);
  }
});

test('every line of config.ini is an option of nodeos', async t => {
  const options = await readFile(join(repository, 'rehearsal/nodeos/known-options.ts'), 'utf8');
  const text = configOf((await pod()).manifests, 'config.ini');
  const names = [...text.matchAll(/^([a-z0-9-]+) =/gm)].map(match => match[1] ?? '');
  t.true(names.length > 8);
  for (const name of names) t.regex(options, new RegExp(`[\\s\`]${name}[\\s\`]`), name);
});

test('the monitor reads the configuration that the chart writes', async t => {
  const { manifests, container } = await pod();
  const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const folder = await mkdtemp(join(tmpdir(), 'monitor-config-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'monitor.json'), configOf(manifests, 'monitor.json'));
  const args = (container('monitor').args as string[]).map(each =>
    each.replace('/etc/active-eos', folder).replace('$(POD_IP)', '10.1.1.7'),
  );
  const read = readConfig(args);
  if ('problems' in read) return t.fail(read.problems.join('\n'));
  t.like(read.config, {
    node: 'aws-a',
    site: 'aws',
    zone: 'aws-a',
    podIp: '10.1.1.7',
    signerSocket: '/run/signer/signer.sock',
    keyFile: '/etc/active-eos/key/key',
    listen: { host: '0.0.0.0', port: 9880 },
  });
  t.is(read.config.etcd.endpoints[0], 'https://10.10.0.11:12379');
  t.deepEqual([read.config.etcd.sites, read.config.etcd.leader], [['aws', 'gcp', 'witness'], 'anywhere']);
  t.is(read.config.claimAhead, 0);
});

test('a node runs in its zone', async t => {
  const { spec } = await pod();
  const terms = spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
  t.deepEqual(terms, [
    { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['aws-a'] }] },
  ]);
});

test('a new image changes the line of the image and no other', async t => {
  const before = (await renderText(await releaseOf('rehearsal', 'aws-a'))).split('\n');
  const release = await releaseOf('rehearsal', 'aws-a', { nodeos: { image: 'rehearsal/nodeos:2' } });
  const after = (await renderText(release)).split('\n');
  t.is(after.length, before.length);
  t.deepEqual(
    after.filter((line, index) => line !== before[index]).map(line => line.trim()),
    ['image: rehearsal/nodeos:2'],
  );
});

test('a changed configuration restarts the pod', async t => {
  const checksum = async (values: Record<string, unknown>) =>
    one((await pod(values)).manifests, 'StatefulSet').spec.template.metadata.annotations['checksum/config'];
  const before = await checksum({});
  t.is(await checksum({ podAnnotations: { team: 'x' } }), before);
  t.not(await checksum({ priority: 9 }), before);
  t.not(await checksum({ nodeos: { extraConfig: ['chain-threads = 4'] } }), before);
});

test('the template of the volume carries nothing that may change later', async t => {
  const [claim] = one((await pod()).manifests, 'StatefulSet').spec.volumeClaimTemplates;
  t.deepEqual(claim.metadata, { name: 'data' });
  t.deepEqual(claim.spec.resources, { requests: { storage: '1Gi' } });
});

test('p2p is open to everybody, the port of the monitor to its namespace', async t => {
  const { manifests } = await pod({ networkPolicy: { enabled: true } });
  t.deepEqual(one(manifests, 'NetworkPolicy').spec.ingress, [
    { ports: [{ port: 'p2p' }] },
    { ports: [{ port: 'monitor' }], from: [{ podSelector: {} }] },
  ]);
});

test('one budget covers the nodes of a cluster', async t => {
  const first = await render(await releaseOf('example', 'aws-a'));
  t.deepEqual(one(first, 'PodDisruptionBudget').spec.selector.matchLabels, {
    'app.kubernetes.io/name': 'block-producer',
    'active-eos/producer': 'yourproducer',
  });
  const second = await render(await releaseOf('example', 'aws-b'));
  t.false(second.some(({ kind }) => kind === 'PodDisruptionBudget'));
});

const refuses = test.macro(async (t, values: Record<string, unknown>, told: RegExp) => {
  await t.throwsAsync(renderText(await releaseOf('rehearsal', 'aws-a', values)), { code: 'invalid', message: told });
});

test('a value nobody knows is refused', refuses, { nodeos: { imagge: 'x' } }, /imagge/);
test('a grace too short to hand over is refused', refuses, { terminationGracePeriodSeconds: 30 }, /300/);
test('a snapshot without its digest is refused', refuses, { snapshot: { url: 'https://example.org/x.bin' } }, /sha256/);
test(
  'a line of configuration that would let a node sign by itself is refused',
  refuses,
  { nodeos: { extraConfig: ['enable-stale-production = true'] } },
  /extraConfig/,
);
test(
  'so is one behind another in the same entry',
  refuses,
  { nodeos: { extraConfig: ['chain-threads = 4\n  pause-on-startup = false'] } },
  /extraConfig/,
);
test(
  'and a section, which would take the options behind it away',
  refuses,
  { nodeos: { extraConfig: ['[other]'] } },
  /extraConfig/,
);
test('an etcd without TLS is refused', refuses, { etcd: { endpoints: ['http://10.10.0.11:2379'] } }, /endpoints/);

test('what needs the Prometheus operator is there only when asked for', async t => {
  const kinds = async (values: Record<string, unknown>) =>
    (await pod(values)).manifests
      .map(({ kind }) => kind)
      .filter(kind => ['PrometheusRule', 'ServiceMonitor'].includes(kind));
  t.deepEqual(await kinds({}), []);
  t.deepEqual(await kinds({ alerts: { enabled: true }, serviceMonitor: { enabled: true } }), [
    'PrometheusRule',
    'ServiceMonitor',
  ]);
});

test('each alert is critical or a warning, says what is wrong, and docs/metrics.md says what to do', async t => {
  const { manifests } = await pod({ alerts: { enabled: true, labels: { release: 'prometheus' } } });
  const rule = one(manifests, 'PrometheusRule');
  t.is(rule.metadata.labels?.release, 'prometheus');
  const page = await readFile(join(repository, 'docs/metrics.md'), 'utf8');
  const rows = page.split('\n').filter(line => /^\| `[A-Z]/.test(line));
  const explained = rows.flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
  const rules = rule.spec.groups[0].rules as { alert: string; labels: object; annotations: { summary: string } }[];
  t.deepEqual(
    explained,
    rules.map(({ alert }) => alert),
  );
  for (const { alert, labels, annotations } of rules) {
    t.regex(JSON.stringify(labels), /^\{"severity":"(?:critical|warning)"\}$/, alert);
    t.regex(annotations.summary, /aws-a.*\.$/, alert);
  }
});

test('the ServiceMonitor finds the port that the Service names', async t => {
  const { manifests } = await pod({ serviceMonitor: { enabled: true } });
  const { endpoints, selector } = one(manifests, 'ServiceMonitor').spec;
  const service = one(manifests, 'Service');
  t.deepEqual(endpoints, [{ port: 'monitor', path: '/metrics' }]);
  t.true(service.spec.ports.some(({ name }: { name: string }) => name === 'monitor'));
  t.like(service.metadata.labels, selector.matchLabels);
});

test('alerts name metrics that the monitor has', async t => {
  const manifests = await render(await releaseOf('rehearsal', 'aws-a', { alerts: { enabled: true } }));
  const rules = one(manifests, 'PrometheusRule').spec.groups[0].rules as { alert: string; expr: string }[];
  const metrics = await readFile(join(repository, 'monitor/metrics.ts'), 'utf8');
  const names = rules.flatMap(({ expr }) => [
    ...expr.matchAll(
      /active_eos_([a-z_]+?)(?:_bucket|_count)?\{namespace="active-eos",service="aws-a"(?:,le="[\d.]+")?\}/g,
    ),
  ]);
  t.true(names.length >= rules.length);
  for (const [, name] of names) t.true(metrics.includes(`'${name}'`), name);
  const bounds = startMeasures().claimSlackSeconds.bounds.map(String);
  const asked = rules.flatMap(({ expr }) => [...expr.matchAll(/le="([\d.]+)"/g)].map(([, bound]) => bound ?? ''));
  t.deepEqual(
    asked.map(bound => bounds.includes(bound)),
    [true],
  );
});
