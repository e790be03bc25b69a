import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { readEnvironmentFiles } from '#adapters/files/environments.ts';
import { assembleEnvironment } from '#core/environment/assemble.ts';
import type { Release } from '#core/environment/environment.ts';
import { diffReleases } from '#core/manifest/diff.ts';
import { groupDiffs } from '#core/manifest/group.ts';
import { checkObjects, findUncheckedKinds, type RenderCache, renderReleases } from '#operations/render.ts';
import { helmBinary, releaseOf, repository } from '../charts/render.ts';

const test = anyTest as TestFn<{ binary: string; folders: string[] }>;

test.before(async t => {
  // No cluster may be asked: there is none that this could lead to.
  process.env.KUBECONFIG = '/nowhere/kubeconfig';
  t.context = { binary: await helmBinary(), folders: [] };
});
test.after.always(async t => {
  await Promise.all(t.context.folders.map(folder => rm(folder, { recursive: true, force: true })));
});

async function releasesOf(environment: string): Promise<Release[]> {
  const { releases } = assembleEnvironment(await readEnvironmentFiles(repository, environment));
  if (!releases) throw new Error(`environments/${environment} has problems`);
  return releases;
}

type Context = ExecutionContext<{ binary: string; folders: string[] }>;

/** A copy of the charts with one file written anew. */
async function chartsWith(t: Context, path: string, edit: (text: string) => string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'charts-'));
  t.context.folders.push(root);
  await cp(join(repository, 'charts'), join(root, 'charts'), { recursive: true });
  const text = await readFile(join(root, path), 'utf8').catch(() => '');
  await writeFile(join(root, path), edit(text));
  return root;
}

test('every release of every environment renders, and Kubernetes knows each field of it', async t => {
  for (const environment of ['example', 'rehearsal']) {
    const releases = await releasesOf(environment);
    const { rendered, problems } = await renderReleases({ binary: t.context.binary, root: repository }, releases);
    t.deepEqual(problems, []);
    t.deepEqual(
      rendered.map(each => each.release),
      releases.map(({ name }) => name),
    );
    t.deepEqual(await checkObjects(rendered), []);
    t.deepEqual(await findUncheckedKinds(rendered), []);
  }
});

test('charts that never end are given up together, and what had no time left says so', async t => {
  const binary = join(repository, 'test/adapters/helm/never-ends.sh');
  const budget = { leftMs: 300 };
  const releases = await releasesOf('example');
  const { rendered, problems } = await renderReleases({ binary, root: repository }, releases, new Map(), budget);
  t.is(rendered.length, 0);
  t.is(problems.length, releases.length);
  t.true(budget.leftMs <= 0);
  t.regex(problems[0]?.message ?? '', /took longer than/);
  t.regex(problems.at(-1)?.message ?? '', /there is no time left/);
});

test('custom resources are not checked, and that is said', async t => {
  const release = await releaseOf('example', 'aws-a', { serviceMonitor: { enabled: true }, alerts: { enabled: true } });
  const { rendered } = await renderReleases({ binary: t.context.binary, root: repository }, [release]);
  t.deepEqual(await checkObjects(rendered), []);
  t.deepEqual(await findUncheckedKinds(rendered), [
    'monitoring.coreos.com/v1 PrometheusRule',
    'monitoring.coreos.com/v1 ServiceMonitor',
  ]);
});

test('what was rendered before is not rendered again, however the folder is called', async t => {
  const cache: RenderCache = new Map();
  const releases = await releasesOf('example');
  const copy = await chartsWith(t, 'charts/etcd/values.yaml', text => text);
  const first = await renderReleases({ binary: t.context.binary, root: repository }, releases, cache);
  const again = await renderReleases({ binary: '/nowhere/helm', root: copy }, releases, cache);
  t.deepEqual(again, first);
  const other = await chartsWith(t, 'charts/etcd/values.yaml', text => `${text}\n# changed`);
  await t.throwsAsync(renderReleases({ binary: '/nowhere/helm', root: other }, releases, cache), {
    code: 'missing',
    message: /\/nowhere\/helm/,
  });
});

/** What helm says of a chart with one file written anew. */
const blames = test.macro(
  async (
    t: Context,
    path: string,
    edit: (text: string) => string,
    file: string | undefined,
    line: number | undefined,
    message: RegExp,
  ) => {
    const root = await chartsWith(t, path, edit);
    const releases = (await releasesOf('example')).filter(({ name }) => name === 'aws-a' || name === 'etcd-witness');
    const { rendered, problems } = await renderReleases({ binary: t.context.binary, root }, releases);
    t.deepEqual(
      rendered.map(({ release }) => release),
      ['etcd-witness'],
    );
    t.is(problems.length, 1);
    const [problem] = problems;
    t.like(problem, { cluster: 'aws', release: 'aws-a' });
    t.is(problem?.file, file);
    t.is(problem?.line, line);
    t.regex(problem?.message ?? '', message);
    t.notRegex(problem?.message ?? '', /--debug|^Error/);
  },
);
const template = 'charts/block-producer/templates/new.yaml';

test(
  'a function that there is not',
  blames,
  template,
  () => '\na: {{ nothing }}',
  template,
  2,
  /function "nothing" not defined/,
);
test('a value of nothing', blames, template, () => 'a: {{ .Values.a.b.c }}', template, 1, /nil pointer evaluating/);
test(
  'a template that fails by itself',
  blames,
  template,
  () => '{{ fail "no zone; expected one" }}',
  template,
  1,
  /no zone; expected one/,
);
test('a template that makes no YAML', blames, template, () => 'a: {', template, undefined, /YAML parse error/);
test(
  'a chart that cannot be read',
  blames,
  'charts/block-producer/Chart.yaml',
  () => 'a: [',
  undefined,
  undefined,
  /Chart\.yaml/,
);
test(
  "values that the chart's schema refuses, all of them",
  blames,
  'charts/block-producer/values.schema.json',
  text => text.replaceAll('"type": "string"', '"type": "array"'),
  undefined,
  undefined,
  /values don't meet the specifications(?:.*\n){9}/,
);

test('a link in a chart, which could lead anywhere, is refused', async t => {
  const root = await chartsWith(t, template, () => '');
  await rm(join(root, template));
  await symlink('/etc/hostname', join(root, template));
  const { rendered, problems } = await renderReleases({ binary: t.context.binary, root }, await releasesOf('example'));
  t.is(rendered.length, 3);
  t.is(problems.length, 4);
  t.regex(problems[0]?.message ?? '', /new\.yaml is a symbolic link; expected a file/);
});

test('a chart that is not there is told by its folder', async t => {
  const { problems } = await renderReleases({ binary: t.context.binary, root: tmpdir() }, await releasesOf('example'));
  t.is(problems.length, 7);
  t.regex(problems[0]?.message ?? '', /charts\/etcd cannot be read/);
});

test('a newer chart reads as well as a new value: its label is noise, what it changes is told by field', async t => {
  const releases = await releasesOf('example');
  const base = await renderReleases({ binary: t.context.binary, root: repository }, releases);
  const root = await chartsWith(t, 'charts/block-producer/Chart.yaml', text =>
    text.replace('version: 0.1.0', 'version: 0.2.0'),
  );
  const path = join(root, 'charts/block-producer/templates/statefulset.yaml');
  await writeFile(path, (await readFile(path, 'utf8')).replace('failureThreshold: 120', 'failureThreshold: 60'));
  const head = await renderReleases({ binary: t.context.binary, root }, releases);
  const groups = groupDiffs(diffReleases(base.rendered, head.rendered));
  const changed = groups.filter(({ change }) => change === 'changed');
  t.deepEqual(
    changed.map(group => group.releases),
    [
      ['aws-a', 'aws-b'],
      ['gcp-a', 'gcp-b'],
    ],
  );
  for (const { objects } of changed) {
    t.deepEqual(
      objects.flatMap(({ fields }) => fields),
      [
        {
          path: 'spec.template.spec.initContainers[monitor].startupProbe.failureThreshold',
          before: '120',
          after: '60',
        },
      ],
    );
    t.true(objects.flatMap(({ noise }) => noise).every(each => each.path === 'metadata.labels["helm.sh/chart"]'));
    // Only the first node of a cluster has the budget: that it is labelled anew does not set the node apart.
    t.true(objects.some(({ kind, noise }) => kind === 'PodDisruptionBudget' && noise.length === 1));
  }
});

test('what Kubernetes would refuse is told by object, field, what was found and what was expected', async t => {
  const path = 'charts/etcd/templates/service.yaml';
  const root = await chartsWith(t, path, text =>
    text.replace('clusterIP: None', 'clusterIp: None\n  sessionAffinity: 7'),
  );
  const [release] = (await releasesOf('example')).filter(({ name }) => name === 'etcd-witness');
  if (!release) throw new Error('no etcd-witness');
  const { rendered } = await renderReleases({ binary: t.context.binary, root }, [release]);
  const place = { cluster: 'witness', release: 'etcd-witness', object: 'Service etcd-witness', file: path };
  t.deepEqual(await checkObjects(rendered), [
    {
      ...place,
      path: 'spec.clusterIp',
      message: 'found a field that Kubernetes 1.36.3 does not know here. Did you mean clusterIP?',
    },
    { ...place, path: 'spec.sessionAffinity', message: 'found the number 7; expected a string. Put it in quotes.' },
  ]);
});

test('an object rendered twice, and a document that is none, are told', async t => {
  const twice = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n';
  const manifest = `---\n${twice}---\n${twice}---\n# Source: chart/templates/y.yaml\n- 1\n`;
  const place = { cluster: 'aws', release: 'a' };
  t.deepEqual(await checkObjects([{ ...place, chart: 'charts/chart', manifest }]), [
    {
      ...place,
      object: 'document 3 (chart/templates/y.yaml)',
      file: 'charts/chart/templates/y.yaml',
      path: '',
      message: 'found a list; expected an object with apiVersion and kind. Correct the template.',
    },
    {
      ...place,
      object: 'ConfigMap x',
      file: '',
      path: '',
      message: 'found it a second time; expected each object once. Remove one.',
    },
  ]);
});
