// Starts the control plane of a site: etcd, kube-apiserver, kube-controller-manager, kube-scheduler.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Component, untilReady } from './component.ts';
import { ask, create, type KubernetesAccess, renderKubeconfig } from './kubernetes-api.ts';
import { controlPlaneAddress } from './network.ts';

export interface ControlPlaneOptions {
  site: string;
  octet: number;
  /** Where its files go. */
  folder: string;
  /** Starts a tool in the site's network namespace. */
  start: (tool: ControlPlaneTool, args: string[]) => Component;
}

export type ControlPlaneTool = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

export interface ControlPlane {
  access: KubernetesAccess;
  kubeconfig: string;
  components: Component[];
}

const readyTimeoutMs = 90_000;

/** Starts it and waits until it takes requests. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { site, octet, folder, start } = options;
  await mkdir(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  const token = randomBytes(24).toString('hex');
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeFile(file('service-account.key'), keys.privateKey, { mode: 0o600 });
  await writeFile(file('service-account.pub'), keys.publicKey);
  await writeFile(file('tokens.csv'), `${token},${site},${site},system:masters\n`, { mode: 0o600 });

  const etcd = start('etcd', etcdArguments(file('etcd')));
  const apiServer = start('kube-apiserver', apiServerArguments(controlPlaneAddress(octet), file));
  const access = await waitForApiServer(options, token, [etcd, apiServer]);
  const kubeconfig = file('kubeconfig');
  await writeFile(kubeconfig, renderKubeconfig(site, access), { mode: 0o600 });
  // The whole set of controllers: the node lifecycle controller takes the not-ready taint away.
  const controllers = start('kube-controller-manager', [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${file('service-account.key')}`,
    `--root-ca-file=${apiServerCertificate(file)}`,
    '--use-service-account-credentials=false',
    '--leader-elect=false',
    `--cert-dir=${file('controller-manager')}`,
    '--node-monitor-grace-period=10s',
    '--node-monitor-period=1s',
    '--bind-address=127.0.0.1',
  ]);
  const scheduler = start('kube-scheduler', [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    `--cert-dir=${file('scheduler')}`,
    '--bind-address=127.0.0.1',
  ]);
  await create(access, '/apis/storage.k8s.io/v1/storageclasses', {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'local' },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  return { access, kubeconfig, components: [etcd, apiServer, controllers, scheduler] };
}

/** Its store is on a memory disk and ends with the sandbox: waiting for a disk would be for nothing. */
function etcdArguments(dataFolder: string): string[] {
  return [
    `--data-dir=${dataFolder}`,
    '--listen-client-urls=http://127.0.0.1:2379',
    '--advertise-client-urls=http://127.0.0.1:2379',
    '--listen-peer-urls=http://127.0.0.1:2380',
    '--initial-advertise-peer-urls=http://127.0.0.1:2380',
    '--initial-cluster=default=http://127.0.0.1:2380',
    '--unsafe-no-fsync',
    '--log-level=error',
  ];
}

function apiServerArguments(address: string, file: (name: string) => string): string[] {
  return [
    '--etcd-servers=http://127.0.0.1:2379',
    `--cert-dir=${file('api-server')}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    '--secure-port=6443',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('service-account.pub')}`,
    `--service-account-signing-key-file=${file('service-account.key')}`,
    `--token-auth-file=${file('tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--endpoint-reconciler-type=none',
    '--kubelet-preferred-address-types=InternalIP',
  ];
}

/** It makes its own certificate and appends the authority that signed it, so this file is what clients must trust. */
function apiServerCertificate(file: (name: string) => string): string {
  return join(file('api-server'), 'apiserver.crt');
}

async function waitForApiServer(
  { site, octet, folder }: ControlPlaneOptions,
  token: string,
  components: Component[],
): Promise<KubernetesAccess> {
  const certificate = apiServerCertificate(name => join(folder, name));
  const access = { server: `https://${controlPlaneAddress(octet)}:6443`, certificateAuthority: '', token };
  const isReady = async () => {
    if (!existsSync(certificate)) return false;
    access.certificateAuthority = await readFile(certificate, 'utf8');
    try {
      return (await ask(access, 'GET', '/readyz')).status === 200;
    } catch {
      return false;
    }
  };
  await untilReady(`The API server of ${site}`, isReady, components, readyTimeoutMs);
  return access;
}
