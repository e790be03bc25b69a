// A real Kubernetes API server with an etcd behind it, without nodes: enough to apply releases to, not to run them.

import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureTools, type InstalledTools } from '#tools/install.ts';

export interface ApiServer {
  tools: InstalledTools;
  kubeconfig: string;
  context: string;
  /** One request with the administrator's token; the parsed answer. */
  ask: (
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ) => Promise<{ status: number; body: unknown }>;
  stop: () => Promise<void>;
}

const readyTimeoutMs = 90_000;

export async function startApiServer(): Promise<ApiServer> {
  const tools = await ensureTools(['etcd', 'kube-apiserver', 'helm'], { report: () => {} });
  const folder = await mkdtemp(join(tmpdir(), 'api-server-'));
  const children: ChildProcess[] = [];
  const stop = async () => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await start(tools, folder, children)), tools, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(tools: InstalledTools, folder: string, children: ChildProcess[]) {
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const token = randomBytes(16).toString('hex');
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeFile(join(folder, 'key'), keys.privateKey);
  await writeFile(join(folder, 'key.pub'), keys.publicKey);
  await writeFile(join(folder, 'tokens'), `${token},admin,admin,system:masters\n`);
  const etcd = `http://127.0.0.1:${etcdPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const urls = [`--listen-client-urls=${etcd}`, `--advertise-client-urls=${etcd}`, `--listen-peer-urls=${peer}`];
  const cluster = [`--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`];
  children.push(
    await startChild(folder, tools.path('etcd'), [
      `--data-dir=${folder}/etcd`,
      '--unsafe-no-fsync',
      ...urls,
      ...cluster,
    ]),
  );
  children.push(
    await startChild(folder, tools.path('kube-apiserver'), [
      `--etcd-servers=${etcd}`,
      `--cert-dir=${folder}/certificates`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${folder}/key.pub`,
      `--service-account-signing-key-file=${folder}/key`,
      `--token-auth-file=${folder}/tokens`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--endpoint-reconciler-type=none',
      // Service accounts come from a controller that is not here.
      '--disable-admission-plugins=ServiceAccount',
    ]),
  );
  const server = `https://127.0.0.1:${port}`;
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, renderKubeconfig(server, token), { mode: 0o600 });
  const ask: ApiServer['ask'] = (method, path, body, contentType) =>
    request(server, token, method, path, body, contentType);
  await untilReady(ask, children, folder);
  return { kubeconfig, context: 'test', ask };
}

async function startChild(folder: string, binary: string, args: string[]): Promise<ChildProcess> {
  const log = await open(join(folder, `${binary.split('/').at(-1)}.log`), 'w');
  const child = spawn(binary, args, { stdio: ['ignore', log.fd, log.fd] });
  child.once('spawn', () => void log.close());
  await once(child, 'spawn');
  return child;
}

async function untilReady(ask: ApiServer['ask'], children: ChildProcess[], folder: string): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  while (Date.now() < deadline) {
    const dead = children.find(child => child.exitCode !== null);
    if (dead) {
      const log = join(folder, `${dead.spawnfile.split('/').at(-1)}.log`);
      const text = existsSync(log) ? await readFile(log, 'utf8') : '';
      throw new Error(`${dead.spawnfile} ended with ${dead.exitCode}: ${text.split('\n').slice(-8).join('\n')}`);
    }
    const answer = await ask('GET', '/readyz').catch(() => undefined);
    const namespace = answer?.status === 200 ? await ask('GET', '/api/v1/namespaces/default') : undefined;
    if (namespace?.status === 200) return;
    await delay(100);
  }
  throw new Error(`The API server was not ready within ${readyTimeoutMs} ms`);
}

async function request(
  server: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  contentType = 'application/json',
) {
  const { Agent, fetch } = await import('undici');
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    const response = await fetch(server + path, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${token}`, 'content-type': contentType },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
  } finally {
    await dispatcher.close();
  }
}

function renderKubeconfig(server: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The kernel gave no port');
  return address.port;
}
