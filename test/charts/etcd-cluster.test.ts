import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import test from 'ava';
import { ensureTools } from '#tools/install.ts';
import { freePorts } from '../adapters/etcd/three-members.ts';
import { one, releaseOf, render } from './render.ts';

const run = promisify(execFile);
const names = ['us-west-2', 'us-west1', 'witness'];

test('three members started with the flags of the chart make a cluster that only certificates open', async t => {
  const tools = await ensureTools(['etcd', 'etcdctl'], { report: () => {} });
  const folder = await mkdtemp(join(tmpdir(), 'etcd-cluster-'));
  const children: ChildProcess[] = [];
  t.teardown(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true });
  });
  await makeCertificates(folder);
  const ports = await freePorts(9);
  const members = names.map((name, index) => ({
    name,
    address: '127.0.0.1',
    clientPort: ports[index * 3] ?? 0,
    peerPort: ports[index * 3 + 1] ?? 0,
    metricsPort: ports[index * 3 + 2] ?? 0,
  }));
  const initialCluster = members.map(({ name, address, peerPort }) => ({ name, address, peerPort }));
  for (const { metricsPort, ...member } of members) {
    const values = { member, initialCluster, metricsPort, hostNetwork: true, peerCommonName: 'peer' };
    const manifests = await render(await releaseOf('example', `etcd-${member.name}`, values));
    const args = (one(manifests, 'StatefulSet').spec.template.spec.containers[0].args as string[]).map(arg =>
      arg.replace('/etc/etcd/tls', folder).replace('/data/etcd', join(folder, member.name)),
    );
    const child = spawn(tools.path('etcd'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.resume();
    children.push(child);
  }
  for (const { metricsPort } of members) await untilReady(`http://127.0.0.1:${metricsPort}/readyz`, children);

  const endpoints = `--endpoints=${members.map(({ clientPort }) => `https://127.0.0.1:${clientPort}`).join(',')}`;
  const certificate = [`--cacert=${folder}/ca.crt`, `--cert=${folder}/client.crt`, `--key=${folder}/client.key`];
  const etcdctl = (...args: string[]) => run(tools.path('etcdctl'), args, { timeout: 20_000 });
  await etcdctl(endpoints, ...certificate, 'put', '/claim', 'mine');
  const { stdout } = await etcdctl(endpoints, ...certificate, 'endpoint', 'status', '--write-out=json');
  const status = JSON.parse(stdout) as { Status: { leader: number } }[];
  t.is(status.length, 3);
  t.is(new Set(status.map(each => each.Status.leader)).size, 1);
  await t.throwsAsync(etcdctl(endpoints, `--cacert=${folder}/ca.crt`, '--command-timeout=2s', 'get', '/claim'));
});

/** One authority; a certificate `peer` that members serve and dial with, and a client's. */
async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder, timeout: 20_000 });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '2',
    '-subj',
    '/CN=authority',
  );
  for (const [file, commonName] of [
    ['tls', 'peer'],
    ['client', 'client'],
  ] as const) {
    await writeFile(
      join(folder, `${file}.ext`),
      'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n',
    );
    await openssl('req', ...newKey, '-keyout', `${file}.key`, '-out', `${file}.csr`, '-subj', `/CN=${commonName}`);
    const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${file}.ext`];
    await openssl('x509', '-req', '-in', `${file}.csr`, '-out', `${file}.crt`, ...signing);
  }
}

async function untilReady(url: string, children: ChildProcess[]): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const dead = children.find(child => child.exitCode !== null);
    if (dead) throw new Error(`A member ended with ${dead.exitCode}`);
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await delay(50);
  }
  throw new Error(`${url} was not ready within 30 s`);
}
