import test from 'ava';
import type { Release } from '#core/environment/environment.ts';
import { parseEnvironment } from '#core/environment/parse.ts';
import { type ClusterValues, mergeValues, releasesOf } from '#core/environment/releases.ts';
import { sampleFile, sampleText } from './sample.ts';

function releases(text = sampleText, values: Record<string, ClusterValues> = {}): Map<string, Release> {
  const { environment } = parseEnvironment(text, sampleFile);
  if (!environment) throw new Error('The sample does not parse');
  return new Map(releasesOf(environment, values).map(release => [release.name, release]));
}

test('each etcd member and each node is a release of its own, etcd first', t => {
  t.deepEqual(
    [...releases().values()].map(({ name, cluster, chart, node }) => [name, cluster, chart, node]),
    [
      ['etcd-one', 'aws', 'charts/etcd', undefined],
      ['etcd-two', 'gcp', 'charts/etcd', undefined],
      ['etcd-three', 'witness', 'charts/etcd', undefined],
      ['aws-a', 'aws', 'charts/block-producer', 'aws-a'],
      ['aws-b', 'aws', 'charts/block-producer', 'aws-b'],
      ['gcp-a', 'gcp', 'charts/block-producer', 'gcp-a'],
    ],
  );
});

test("a node asks its own site's etcd member first", t => {
  t.like(releases().get('gcp-a')?.values, {
    etcd: {
      endpoints: ['https://10.20.0.11:2379', 'https://10.10.0.11:2379', 'https://10.30.0.11:2379'],
      sites: ['us-west1', 'us-west-2', 'helsinki'],
      leader: 'anywhere',
      claimAhead: 0,
    },
  });
});

test('one release of a cluster has the disruption budget of all its nodes', t => {
  const enabled = [...releases().values()].filter(
    ({ values }) => (values.disruptionBudget as { enabled: boolean }).enabled,
  );
  t.deepEqual(
    enabled.map(({ name }) => name),
    ['etcd-one', 'etcd-two', 'etcd-three', 'aws-a', 'gcp-a'],
  );
});

test('every member is told the same members', t => {
  const all = [...releases().values()].filter(({ node }) => node === undefined);
  const lists = all.map(({ values }) => JSON.stringify(values.initialCluster));
  t.is(new Set(lists).size, 1);
  t.regex(lists[0] ?? '', /10\.10\.0\.11.*10\.20\.0\.11.*10\.30\.0\.11/);
});

test('a new image changes the image and nothing else', t => {
  const before = releases().get('aws-a')?.values;
  const after = releases(sampleText.replace('nodeos:1.2.2', 'nodeos:1.2.3')).get('aws-a')?.values;
  t.like(after, { nodeos: { image: 'example/nodeos:1.2.3' } });
  t.deepEqual({ ...after, nodeos: before?.nodeos }, before);
});

test("a cluster's own values reach its releases, and no other's", t => {
  const own = {
    aws: { 'block-producer': { nodeos: { extraArgs: ['--x'] }, dnsPolicy: 'Default' }, etcd: { hostNetwork: true } },
  };
  const all = releases(sampleText, own);
  t.like(all.get('aws-a')?.values, {
    nodeos: { image: 'example/nodeos:1.2.2', extraArgs: ['--x'] },
    dnsPolicy: 'Default',
  });
  t.like(all.get('etcd-one')?.values, { hostNetwork: true });
  t.false('dnsPolicy' in (all.get('gcp-a')?.values ?? {}));
  t.false('hostNetwork' in (all.get('etcd-two')?.values ?? {}));
});

test('what is computed wins over what a cluster adds', t => {
  const values = { aws: { 'block-producer': { chain: { producer: 'somebodyelse' } } } };
  t.like(releases(sampleText, values).get('aws-a')?.values, { chain: { producer: 'eosproducer1' } });
});

test('mappings are merged key by key, lists are replaced', t => {
  const merged = mergeValues({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, d: { e: 1 } });
  t.deepEqual(merged, { a: { b: 1, c: [3] }, d: { e: 1 } });
});
