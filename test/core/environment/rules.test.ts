import test from 'ava';
import { parseEnvironment } from '#core/environment/parse.ts';
import { renderProblem } from '#core/environment/problem.ts';
import { sampleFile, sampleText, sampleWith } from './sample.ts';

const tells = test.macro((t, text: string, ...expected: string[]) => {
  const { problems } = parseEnvironment(text, sampleFile);
  t.deepEqual(
    problems.map(problem => renderProblem(problem).replace(`${sampleFile}:`, '')),
    expected,
  );
});

test(
  'two nodes of one name, in different clusters, are told',
  tells,
  sampleWith('name: gcp-a', 'name: aws-a'),
  '31:17: clusters[1].nodes[0].name is "aws-a", which clusters[0].nodes[0].name has already; expected another. Node names are unique over all clusters; change one.',
);

test(
  'two clusters of one name are told',
  tells,
  sampleWith('  - name: witness\n    site', '  - name: gcp\n    site').replace('cluster: witness', 'cluster: gcp'),
  '14:3: 2 of the 3 etcd members are in site "helsinki"; expected at most 1, so that 2 are left when it is lost. Put members in at least three sites.',
  '27:11: clusters[1].site is "us-west1", a site without an etcd member; expected one in every site. Add a member in one of its clusters.',
  '32:11: clusters[2].name is "gcp", which clusters[1].name has already; expected another. Each cluster needs a name of its own; change one.',
);

test(
  'two clusters of one context are told',
  tells,
  sampleWith('context: gcp', 'context: aws'),
  '29:14: clusters[1].context is "aws", which clusters[0].context has already; expected another. Each cluster needs a context of its own; change one.',
);

test(
  'two etcd members at one address are told',
  tells,
  sampleWith('10.20.0.11', '10.10.0.11'),
  '16:43: etcd.members[1].address is "10.10.0.11:2380", which etcd.members[0].address has already; expected another. Each etcd member needs an address and ports of its own; change one.',
);

test(
  "a node named as a member's release is told",
  tells,
  sampleWith('name: gcp-a', 'name: etcd-two'),
  '31:17: clusters[1].nodes[0].name is "etcd-two", the name of an etcd member\'s release; expected another. Rename the node.',
);

test(
  'two nodes in one zone of a cluster are told, in two clusters they are not',
  tells,
  sampleWith('name: aws-b, zone: b', 'name: aws-b, zone: a'),
  '25:30: clusters[0].nodes[1].zone is "a", which clusters[0].nodes[0].zone has already; expected another. Two nodes of a cluster stand in two zones, so that one zone can be lost; change one.',
);

test(
  'an etcd member in an unknown cluster is told, and the site it was meant for',
  tells,
  sampleWith('cluster: witness', 'cluster: witnes'),
  '17:31: etcd.members[2].cluster is "witnes", no cluster of this file; expected one of "aws", "gcp", "witness". Did you mean "witness"?',
  '33:11: clusters[2].site is "helsinki", a site without an etcd member; expected one in every site. Add a member in one of its clusters.',
);

test(
  'a site without an etcd member is told',
  tells,
  sampleWith('cluster: witness', 'cluster: gcp'),
  '14:3: 2 of the 3 etcd members are in site "us-west1"; expected at most 1, so that 2 are left when it is lost. Put members in at least three sites.',
  '33:11: clusters[2].site is "helsinki", a site without an etcd member; expected one in every site. Add a member in one of its clusters.',
);

test(
  'an even number of members is told',
  tells,
  sampleWith('    - { name: three', '    - { name: four, cluster: witness, address: 10.30.0.12 }\n    - { name: three'),
  '14:3: etcd.members has 4 entries; expected an odd number, so that a majority exists. Add or remove one.',
  '14:3: 2 of the 4 etcd members are in site "helsinki"; expected at most 1, so that 3 are left when it is lost. Put members in at least three sites.',
);

test('five members in sites of two, two and one outlive each of them', t => {
  const more = ['four', 'five'].map(
    (name, index) => `    - { name: ${name}, cluster: ${['aws', 'gcp'][index]}, address: 10.${index + 1}0.0.12 }\n`,
  );
  t.deepEqual(parseEnvironment(sampleWith('clusters:\n', `${more.join('')}clusters:\n`), sampleFile).problems, []);
});

test(
  'two sites of one cloud that hold the majority are told by the cloud',
  tells,
  sampleWith('cloud: hetzner', 'cloud: aws'),
  '14:3: 2 of the 3 etcd members are in cloud "aws"; expected at most 1, so that 2 are left when it is lost. Put members in at least three clouds.',
);

test(
  'an order that names an unknown cluster is told',
  tells,
  sampleWith('order: [gcp, aws]', 'order: [gcp, aws, azure]'),
  '37:21: rollout.order[2] is "azure", no cluster of this file; expected one of "aws", "gcp", "witness". Correct the name or add the cluster.'.replace(
    '41:20',
    '37:21',
  ),
);

test(
  'an order that leaves out a cluster with nodes is told; a witness may be left out',
  tells,
  sampleWith('order: [gcp, aws]', 'order: [gcp]'),
  '37:10: rollout.order leaves out "aws", which has nodes; expected every cluster with nodes. Add it where its turn is.',
);

test(
  'an order that names a cluster twice is told',
  tells,
  sampleWith('order: [gcp, aws]', 'order: [gcp, aws, gcp]'),
  '37:21: rollout.order[2] is "gcp" a second time; expected each cluster once. Remove one.',
);

test(
  'two nodes that vote with one Secret are told',
  tells,
  sampleText.replaceAll('storage: { className: gp3', 'finalizerSecret: finalizer, storage: { className: gp3'),
  '25:50: clusters[0].nodes[1].finalizerSecret is "finalizer", which clusters[0].nodes[0].finalizerSecret has already; expected another. Each node votes with a finalizer key of its own; change one.',
);

test(
  'an election shorter than five heartbeats is told',
  tells,
  sampleWith('heartbeat: 100ms', 'heartbeat: 300ms'),
  '13:13: etcd.election is 1000 ms with a heartbeat of 300 ms; expected at least five heartbeats. Raise it to 3000ms.',
);

test('a fleet without any node is told', t => {
  const text = sampleText.replaceAll(/ {4}nodes:\n( {6}- .*\n)+/g, '').replace('order: [gcp, aws]', 'order: [gcp]');
  t.deepEqual(
    parseEnvironment(text, sampleFile).problems.map(({ message }) => message),
    ['clusters have no node; expected at least one that produces. Add nodes to a cluster.'],
  );
});
