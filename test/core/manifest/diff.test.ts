import test, { type ExecutionContext } from 'ava';
import { diffManifests, diffReleases } from '#core/manifest/diff.ts';
import { groupDiffs } from '#core/manifest/group.ts';
import type { FieldChange } from '#core/validation/verdict.ts';

const pod = `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: aws-a
  labels:
    helm.sh/chart: block-producer-0.1.0
spec:
  template:
    metadata:
      labels: { app: nodeos }
      annotations:
        checksum/config: 1111
    spec:
      containers:
        - name: nodeos
          image: nodeos:1
          args: [run, --data-dir=/data, --quota=8]
          env:
            - { name: POD_IP, value: a }
            - { name: SECOND, value: b }
          ports:
            - { name: p2p, containerPort: 9876 }
          resources: { requests: { cpu: 1 } }
          volumeMounts:
            - { name: data, mountPath: /data }
            - { name: tmp, mountPath: /tmp }
      volumes:
        - { name: data, emptyDir: {} }
        - { name: tmp, emptyDir: {} }
`;
const configMap = `apiVersion: v1
kind: ConfigMap
metadata: { name: aws-a }
data:
  config.ini: |
    agent-name = aws-a
    chain-state-db-size-mb = 1024
    plugin = one
    plugin = two
`;
const container = 'spec.template.spec.containers[nodeos]';

function change(path: string, before: string | undefined, after: string | undefined): FieldChange {
  return { path, before, after };
}

/** One text put for another in a manifest: which fields change, and what is only noise. */
const tells = test.macro(
  (
    t: ExecutionContext,
    manifest: string,
    from: string,
    to: string,
    fields: FieldChange[],
    noise: FieldChange[] = [],
  ) => {
    t.true(manifest.includes(from));
    const diffs = diffManifests(manifest, manifest.replace(from, to));
    t.deepEqual(
      diffs.flatMap(diff => diff.fields),
      fields,
    );
    t.deepEqual(
      diffs.flatMap(diff => diff.noise),
      noise,
    );
  },
);

test("an image is told by its container's name", tells, pod, 'nodeos:1', 'nodeos:2', [
  change(`${container}.image`, 'nodeos:1', 'nodeos:2'),
]);
test('a variable is told by its name', tells, pod, 'value: b', 'value: c', [
  change(`${container}.env[SECOND].value`, 'b', 'c'),
]);
test(
  'a mount is told by where it is',
  tells,
  pod,
  '{ name: tmp, mountPath: /tmp }',
  '{ name: data, mountPath: /tmp }',
  [change(`${container}.volumeMounts[/tmp].name`, 'tmp', 'data')],
);
test('a port is told by its name', tells, pod, '9876', '9877', [
  change(`${container}.ports[p2p].containerPort`, '9876', '9877'),
]);
test(
  'an argument is told by its option, wherever it stands',
  tells,
  pod,
  'run, --data-dir=/data, --quota=8',
  'run, --quota=9, --data-dir=/data',
  [
    change(`${container}.args[--data-dir]`, '--data-dir=/data', undefined),
    change(`${container}.args[--quota]`, '--quota=8', '--quota=9'),
    change(`${container}.args[--data-dir]`, undefined, '--data-dir=/data'),
  ],
);
test('an argument in the middle leaves those behind it alone', tells, pod, 'run, --data', 'run, again, --data', [
  change(`${container}.args[1]`, undefined, 'again'),
]);
test(
  'a new container is told as a whole',
  tells,
  pod,
  '        - name: nodeos',
  '        - { name: helper, image: helper:1 }\n        - name: nodeos',
  [change('spec.template.spec.containers[helper]', undefined, 'name: helper\nimage: helper:1')],
);
test(
  'variables that change places are news, since one may refer to the other',
  tells,
  pod,
  '- { name: POD_IP, value: a }\n            - { name: SECOND, value: b }',
  '- { name: SECOND, value: b }\n            - { name: POD_IP, value: a }',
  [change(`${container}.env order`, 'POD_IP, SECOND', 'SECOND, POD_IP')],
);
test(
  'volumes that change places are noise',
  tells,
  pod,
  '- { name: data, emptyDir: {} }\n        - { name: tmp, emptyDir: {} }',
  '- { name: tmp, emptyDir: {} }\n        - { name: data, emptyDir: {} }',
  [],
  [change('spec.template.spec.volumes order', 'data, tmp', 'tmp, data')],
);
test(
  'a quantity in quotes is the same quantity',
  tells,
  pod,
  'cpu: 1',
  'cpu: "1"',
  [],
  [change(`${container}.resources.requests.cpu`, '1', '"1"')],
);
test(
  'a number that becomes a text is told with its quotes',
  tells,
  pod,
  'containerPort: 9876',
  'containerPort: "9876"',
  [change(`${container}.ports[p2p].containerPort`, '9876', '"9876"')],
);
test(
  "the chart's label on an object is noise",
  tells,
  pod,
  'block-producer-0.1.0',
  'block-producer-0.2.0',
  [],
  [change('metadata.labels["helm.sh/chart"]', 'block-producer-0.1.0', 'block-producer-0.2.0')],
);
test(
  "the chart's label on a pod is news: it restarts it",
  tells,
  pod,
  '{ app: nodeos }',
  '{ app: nodeos, helm.sh/chart: block-producer-0.2.0 }',
  [change('spec.template.metadata.labels["helm.sh/chart"]', undefined, 'block-producer-0.2.0')],
);
test('a checksum that changes by itself is news: it restarts the pod', tells, pod, '1111', '2222', [
  change('spec.template.metadata.annotations["checksum/config"]', '‹checksum›', '‹checksum, another›'),
]);
test('a checksum that follows from another change is noise', t => {
  const both = `${configMap}---\n${pod}`;
  const diffs = diffManifests(both, both.replace('1111', '2222').replace('1024', '2048'));
  t.deepEqual(
    diffs.flatMap(diff => diff.fields),
    [change('data["config.ini"] line 2', 'chain-state-db-size-mb = 1024', 'chain-state-db-size-mb = 2048')],
  );
  t.deepEqual(
    diffs.flatMap(diff => diff.noise),
    [change('spec.template.metadata.annotations["checksum/config"]', '‹checksum›', '‹checksum, another›')],
  );
});
test(
  'another order of keys, other quotes and other comments are noise',
  tells,
  pod,
  'image: nodeos:1',
  "image: 'nodeos:1' # the same",
  [],
  [
    change(
      'comments, quotes, order of keys',
      'the same values, written differently',
      'the same values, written differently',
    ),
  ],
);
test(
  'a field that is null is as good as none',
  tells,
  pod,
  '      volumes:',
  '      hostname: null\n      volumes:',
  [],
  [change('spec.template.spec.hostname', undefined, 'null')],
);

test('a line of a text is told by its number', tells, configMap, 'plugin = one', 'plugin = three', [
  change('data["config.ini"] line 3', 'plugin = one', 'plugin = three'),
]);
test('a line that comes leaves those behind it alone', tells, configMap, 'plugin = one', 'http = 1\n    plugin = one', [
  change('data["config.ini"] line 3', undefined, 'http = 1'),
]);
test('lines that go are told by where they were', tells, configMap, '    plugin = one\n    plugin = two\n', '', [
  change('data["config.ini"] lines 3–4', 'plugin = one\nplugin = two', undefined),
]);
test(
  'of several lines those about the same are told as one change',
  tells,
  configMap,
  '1024\n',
  '2048\n    http = 1\n    p2p = 2\n',
  [
    change('data["config.ini"] line 2', 'chain-state-db-size-mb = 1024', 'chain-state-db-size-mb = 2048'),
    change('data["config.ini"] lines 3–4', undefined, 'http = 1\np2p = 2'),
  ],
);
test('a last line break is told in words', tells, configMap, '|', '|-', [
  change('data["config.ini"] end', 'with a line break', 'without a line break'),
]);
test('what cannot be seen is made visible', tells, configMap, 'plugin = one', 'plugin = one\u202e ', [
  change('data["config.ini"] line 3', 'plugin = one', 'plugin = one\\u{202e}␠'),
]);

test('an object that comes is told whole, and one of another kind with its name is another', t => {
  const [came, gone, ...rest] = diffManifests(configMap, configMap.replace('ConfigMap', 'Recipe'));
  t.deepEqual(rest, []);
  t.like(came, { kind: 'Recipe', change: 'added', noise: [] });
  t.deepEqual(
    came?.fields.map(({ path }) => path),
    ['metadata', 'data'],
  );
  t.regex(came?.fields[1]?.after ?? '', /config\.ini: \|\n {2}agent-name = aws-a/);
  t.like(gone, { kind: 'ConfigMap', change: 'removed' });
});

test('a newer version of an API is a change of the same object', t => {
  const budget = 'apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: { name: x }\n';
  t.deepEqual(diffManifests(budget, budget.replace('v1beta1', 'v1')), [
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      name: 'x',
      change: 'changed',
      fields: [change('apiVersion', 'policy/v1beta1', 'policy/v1')],
      noise: [],
    },
  ]);
});

test('options given several times are told by where they stand', t => {
  const list = (...args: string[]) => pod.replace('run, --data-dir=/data, --quota=8', args.join(', '));
  const [diff] = diffManifests(list('--plugin=a', '--plugin=b'), list('--plugin=a', '--plugin=c', '--plugin=d'));
  t.deepEqual(diff?.fields, [
    change(`${container}.args[1]`, '--plugin=b', '--plugin=c'),
    change(`${container}.args[2]`, undefined, '--plugin=d'),
  ]);
});

test('variables of one name are told by where they stand, each of them', t => {
  const twice = pod.replace('name: SECOND', 'name: POD_IP');
  const [diff] = diffManifests(twice, twice.replace('value: a', 'value: c').replace('value: b', 'value: d'));
  t.deepEqual(diff?.fields, [
    change(`${container}.env[0].value`, 'a', 'c'),
    change(`${container}.env[1].value`, 'b', 'd'),
  ]);
});

test('an entry with a name that could be read as something else is told in quotes', t => {
  const odd = pod.replace('mountPath: /tmp', 'mountPath: "/tmp].x\\n"');
  const [diff] = diffManifests(odd, odd.replace('{ name: tmp, mountPath', '{ name: data, mountPath'));
  t.is(diff?.fields[0]?.path, `${container}.volumeMounts["/tmp].x\\n"].name`);
});

test('two objects of one identity are told apart', t => {
  const diffs = diffManifests(configMap, `${configMap}---\n${configMap.replace('1024', '2048')}`);
  t.deepEqual(
    diffs.map(({ name, change: kind }) => [name, kind]),
    [['aws-a (2)', 'added']],
  );
});

test('the entries of a List are objects', t => {
  const list = 'apiVersion: v1\nkind: ConfigMapList\nitems:\n  - metadata: { name: a }\n    data: { x: one }\n';
  t.like(diffManifests(list, list.replace('one', 'two'))[0], {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: 'a',
    fields: [change('data.x', 'one', 'two')],
  });
});

test('releases are compared by cluster and name', t => {
  const release = (cluster: string, name: string, manifest: string) => ({
    cluster,
    release: name,
    chart: 'charts/x',
    manifest,
  });
  const base = [release('aws', 'a', pod), release('aws', 'b', pod), release('gcp', 'a', pod)];
  const head = [
    release('aws', 'a', pod),
    release('gcp', 'a', pod.replace('nodeos:1', 'nodeos:2')),
    release('gcp', 'b', pod),
  ];
  t.deepEqual(
    diffReleases(base, head).map(each => [each.cluster, each.release, each.change, each.objects.length]),
    [
      ['aws', 'a', 'unchanged', 0],
      ['gcp', 'a', 'changed', 1],
      ['gcp', 'b', 'added', 1],
      ['aws', 'b', 'removed', 1],
    ],
  );
});

test('what several releases of a cluster change alike is told once, with a word for their names', t => {
  const render = (name: string, image: string) => ({
    cluster: 'aws',
    release: name,
    chart: 'charts/x',
    manifest: `${configMap.replaceAll('aws-a', name)}---\n${pod
      .replaceAll('aws-a', name)
      .replace('nodeos:1', image)
      .replace('1111', name + image)}`,
  });
  const base = [render('aws-a', 'nodeos:1'), render('aws-b', 'nodeos:1'), render('aws-c', 'nodeos:1')];
  const head = [render('aws-a', 'nodeos:2'), render('aws-b', 'nodeos:2'), render('aws-c', 'nodeos:3')];
  const [both, other, ...rest] = groupDiffs(diffReleases(base, head));
  t.deepEqual(rest, []);
  t.deepEqual(both?.releases, ['aws-a', 'aws-b']);
  t.is(both?.objects[0]?.name, '{release}');
  t.deepEqual(both?.objects[0]?.fields, [change(`${container}.image`, 'nodeos:1', 'nodeos:2')]);
  t.deepEqual([other?.releases, other?.objects[0]?.name], [['aws-c'], 'aws-c']);
});

test('a name within a longer one is the name still, and a longer name is another', t => {
  const render = (name: string, host: string) => ({
    cluster: 'aws',
    release: name,
    chart: 'charts/x',
    manifest: `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}-p2p }\nspec: { externalName: ${host} }\n`,
  });
  const base = ['aws-a', 'aws-b'].map(name => render(name, 'none'));
  const alike = ['aws-a', 'aws-b'].map(name => render(name, `${name}-0.example.org`));
  t.deepEqual(groupDiffs(diffReleases(base, alike)), [
    {
      cluster: 'aws',
      releases: ['aws-a', 'aws-b'],
      chart: 'charts/x',
      change: 'changed',
      objects: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: '{release}-p2p',
          change: 'changed',
          fields: [change('spec.externalName', 'none', '{release}-0.example.org')],
          noise: [],
        },
      ],
    },
  ]);
  const apart = ['aws-a', 'aws-b'].map(name => render(name, `new-${name}x`));
  t.is(groupDiffs(diffReleases(base, apart)).length, 2);
});
