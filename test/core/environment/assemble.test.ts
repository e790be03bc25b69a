import test from 'ava';
import { assembleEnvironment } from '#core/environment/assemble.ts';
import { renderProblem } from '#core/environment/problem.ts';
import { sampleFile, sampleText } from './sample.ts';

function assemble(cluster: string, text: string, environment = sampleText) {
  const file = `environments/testnet/values/${cluster}.yaml`;
  return assembleEnvironment({ file: sampleFile, text: environment, values: [{ cluster, file, text }] });
}

test('an environment comes with its releases, values of the clusters included', t => {
  const { environment, releases } = assemble('gcp', 'block-producer:\n  dnsPolicy: Default\n');
  t.is(environment?.name, 'testnet');
  t.like(releases?.find(({ name }) => name === 'gcp-a')?.values, { dnsPolicy: 'Default', site: 'us-west1' });
});

const tells = test.macro((t, cluster: string, text: string, ...expected: string[]) => {
  const { problems, environment } = assemble(cluster, text);
  t.is(environment, undefined);
  t.deepEqual(
    problems.map(renderProblem),
    expected.map(problem => `environments/testnet/values/${cluster}.yaml:${problem}`),
  );
});

test(
  'values for a chart nobody knows are told',
  tells,
  'gcp',
  'block-producers:\n  dnsPolicy: Default\n',
  '1:1: block-producers is no chart; expected block-producer or etcd. Did you mean block-producer?',
);

test(
  'values that environment.yaml decides are told at their key',
  tells,
  'gcp',
  'block-producer:\n  dnsPolicy: Default\n  chain:\n    peers: [a:1]\n',
  '4:5: block-producer.chain.peers is computed from environment.yaml; expected only values that are not. Remove it here.',
);

test(
  'a file for a cluster nobody knows is told',
  tells,
  'gpc',
  'etcd: { hostNetwork: true }\n',
  '1:1: The file is named after the cluster "gpc"; expected one of aws, gcp, witness. Did you mean gcp.yaml?',
);

test(
  'a file that is no mapping is told',
  tells,
  'gcp',
  '- etcd\n',
  "1:1: The file is no mapping; expected the keys block-producer and etcd. Put each value under its chart's name.",
);

test('problems of all files come at once', t => {
  const { problems } = assemble('gcp', 'etcd: 7\n', sampleText.replace('eosproducer1', 'Nope'));
  t.deepEqual(
    problems.map(({ file, line }) => [file, line]),
    [
      [sampleFile, 3],
      ['environments/testnet/values/gcp.yaml', 1],
    ],
  );
});
