import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readConfig } from '../../monitor/config.ts';

const usual = {
  node: 'aws-a',
  site: 'aws',
  zone: 'a',
  priority: 100,
  producer: 'activeeosbp1',
  chainId: 'cf057bbfb72640471fd910bcb67639c22df9f92470936cddc1ade0e2f2e7dc4f',
  publicKey: 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV',
  prefix: '/active-eos',
  nodeosUrl: 'http://127.0.0.1:8888',
  signerSocket: '/run/signer/signer.sock',
  keyFile: '/run/key/key',
  produceBlockOffsetMs: 450,
  minPeers: 2,
  p2pPort: 9876,
  listen: { host: '0.0.0.0', port: 9880 },
  etcd: { endpoints: ['https://10.10.0.11:2379'] },
};

function configFile(t: ExecutionContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'monitor.json');
  writeFileSync(file, text);
  return file;
}
const read = (t: ExecutionContext, text: string) => {
  const file = configFile(t, text);
  return { file, result: readConfig(['--config', file, '--pod-ip', '10.0.0.7']) };
};

test('a whole configuration is read, with the address of the pod', t => {
  t.deepEqual(read(t, JSON.stringify(usual)).result, { config: { ...usual, podIp: '10.0.0.7' } });
});

test('one slot may be claimed ahead, and no more', t => {
  t.deepEqual(read(t, JSON.stringify({ ...usual, claimAhead: 1 })).result, {
    config: { ...usual, claimAhead: 1, podIp: '10.0.0.7' },
  });
  const { result } = read(t, JSON.stringify({ ...usual, claimAhead: 2 }));
  t.regex('problems' in result ? result.problems.join() : '', /claimAhead: /);
});

test('all problems are told together, each with its place', t => {
  const { file, result } = read(
    t,
    JSON.stringify({ ...usual, producer: 'Active!', chainId: 'cf05', etcd: { endpoints: [] } }),
  );
  const problems = 'problems' in result ? result.problems : [];
  t.is(problems.length, 3);
  t.is(problems[0], `${file}: producer: expected an account name: 1 to 13 of a-z, 1-5 and .`);
  t.is(problems[1], `${file}: chainId: expected 64 hex digits`);
  t.true(problems[2]?.startsWith(`${file}: etcd.endpoints: `));
});

const refuses = test.macro((t, changes: object, place: string) => {
  const { file, result } = read(t, JSON.stringify({ ...usual, ...changes }));
  t.deepEqual(
    ('problems' in result ? result.problems : []).map(problem => problem.split(': ').slice(0, 2)),
    [[file, place]],
  );
});
test('an offset below 100 ms is refused', refuses, { produceBlockOffsetMs: 99 }, 'produceBlockOffsetMs');
test('an offset above 500 ms is refused', refuses, { produceBlockOffsetMs: 501 }, 'produceBlockOffsetMs');
test('a setting that does not exist is refused', refuses, { grace: 5 }, 'the whole file');
test('a key in the configuration is refused', refuses, { privateKey: '5K…' }, 'the whole file');
test('a setting left out is refused', refuses, { node: undefined }, 'node');
const withLeader = (sites?: string[]) => ({ etcd: { ...usual.etcd, leader: 'near', ...(sites ? { sites } : {}) } });
test("a leader near needs the members' sites", refuses, withLeader(), 'etcd.sites');
test('and one for each of them', refuses, withLeader(['aws', 'gcp']), 'etcd.sites');
test('a relative key file is refused', refuses, { keyFile: 'key' }, 'keyFile');

test('a file that is no JSON is told with its name', t => {
  const { file, result } = read(t, '{');
  t.true('problems' in result && result.problems[0]?.startsWith(`${file}: `));
});

test('a file that is not there is told with its name', t => {
  const result = readConfig(['--config', '/nowhere.json', '--pod-ip', '10.0.0.7']);
  t.regex('problems' in result ? (result.problems[0] ?? '') : '', /\/nowhere\.json.*ENOENT|ENOENT.*\/nowhere\.json/);
});

const misused = test.macro((t, args: string[], problem: RegExp) => {
  const result = readConfig(args);
  t.regex('problems' in result ? result.problems.join() : '', problem);
});
test('without arguments the usage is told', misused, [], /--config FILE and --pod-ip ADDRESS are needed/);
test('without a pod address the usage is told', misused, ['--config', '/x'], /are needed/);
test('an argument that does not exist is told', misused, ['--key', '5K'], /--key.*usage: --config FILE/);
