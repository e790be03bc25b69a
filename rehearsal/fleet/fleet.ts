// Brings up the rehearsal's fleet inside a sandbox: three sites, the secrets in them, the chain's other producers, the observer.

import { request } from 'node:http';
import { join } from 'node:path';
import type { Environment } from '#core/environment/environment.ts';
import { type Image, packImages } from '#rehearsal/images/pack.ts';
import type { Judgement } from '#rehearsal/observer/ledger.ts';
import { create } from '#rehearsal/sandbox/kubernetes-api.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '#rehearsal/sandbox/sandbox.ts';
import type { Site } from '#rehearsal/sandbox/site.ts';
import { defaultCacheFolder, type InstalledTools } from '#tools/install.ts';
import { fleetImages } from './images.ts';
import { type FleetSecrets, makeSecrets, type SecretFiles } from './secrets.ts';

export interface RehearsalFleet {
  sandbox: Sandbox;
  sites: Map<string, Site>;
  secrets: FleetSecrets;
  /** Paths of all clusters' kubeconfigs, separated as in PATH. */
  kubeconfig: string;
  /** What became of our slots from `fromSlot` to `toSlot`, by the blocks that the observer has read. */
  judge(fromSlot: number, toSlot: number): Promise<Judgement>;
}

export interface FleetOptions {
  environment: Environment;
  tools: InstalledTools;
  repository: string;
  logFolder: string;
  report: SandboxOptions['report'];
  /** Instead of all other producers of environments/rehearsal/values, for shorter rounds; the values must be given the same. */
  others?: readonly string[];
  /** Adds something of the caller's to the images. */
  prepareImages?: (images: Image[]) => Promise<Image[]>;
}

/** The addresses of the sites; zones are named by their letter. */
const sitePlans = [
  { name: 'aws', octet: 10, zones: ['a', 'b'] },
  { name: 'gcp', octet: 20, zones: ['a', 'b'] },
  { name: 'witness', octet: 30, zones: ['a'] },
];
const networkAddress = '10.0.0.10:9876';
const observerAddress = '10.0.0.11:9876';
/** As in environments/rehearsal/values: ours first, then the producers that the network simulates. */
export const otherProducers = ['otherbp11111', 'otherbp22222', 'otherbp33333'];

/** Resolves when every site's nodes are Ready and their secrets and volumes are there; no release is installed. */
export async function startFleet(options: FleetOptions): Promise<RehearsalFleet> {
  const { environment, tools, repository, logFolder, report, prepareImages, others = otherProducers } = options;
  const archives = fleetImages(tools, repository)
    .then(async images => packImages((await prepareImages?.(images)) ?? images, defaultCacheFolder()))
    .then(({ file }) => [file]);
  const sandbox = await startSandbox({ tools, logFolder, archives, report });
  const observerSocket = join(sandbox.folder, 'observer.sock');
  startChain(sandbox, environment, others, repository, observerSocket);
  const [secrets, ...started] = await Promise.all([
    makeSecrets(
      join(sandbox.folder, 'secrets'),
      environment.etcd.members.map(member => member.address),
    ),
    ...sitePlans.map(plan => sandbox.addSite(plan)),
  ]);
  const sites = new Map(started.map(site => [site.name, site]));
  await Promise.all(started.map(site => prepareSite(site, environment, secrets)));
  return {
    sandbox,
    sites,
    secrets,
    kubeconfig: started.map(site => site.kubeconfig).join(':'),
    judge: (from, to) => readJson<Judgement>(observerSocket, `/ledger?from=${from}&to=${to}`),
  };
}

/** The rest of the chain and the observer live where the internet is. */
function startChain(
  sandbox: Sandbox,
  { chain }: Environment,
  others: readonly string[],
  repository: string,
  observerSocket: string,
): void {
  const all = ['--schedule', [chain.producer, ...others].join(','), '--chain-id', chain.id];
  const program = (name: string, file: string, args: string[]) =>
    sandbox.run('wan', process.execPath, [join(repository, file), ...args, ...all], { name, cwd: repository });
  program('network', 'rehearsal/nodeos/network.ts', ['--listen', networkAddress, '--producers', others.join(',')]);
  program('observer', 'rehearsal/observer/main.ts', [
    '--listen',
    observerAddress,
    '--peer',
    networkAddress,
    '--producer',
    chain.producer,
    '--http',
    observerSocket,
  ]);
}

/** What an operator does once for each cluster before the first installation: namespace, Secrets, volumes. */
async function prepareSite(site: Site, environment: Environment, secrets: FleetSecrets): Promise<void> {
  const { namespace, etcd, clusters } = environment;
  const cluster = clusters.find(each => each.name === site.name);
  const meta = (name: string) => ({ name });
  await create(site.access, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: meta(namespace) });
  const secret = (name: string, files: SecretFiles) =>
    create(site.access, `/api/v1/namespaces/${namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: meta(name),
      data: Object.fromEntries(Object.entries(files).map(([file, content]) => [file, content.toString('base64')])),
    });
  const keySecrets = new Set(cluster?.nodes.map(node => node.keySecret));
  await Promise.all([
    secret(etcd.serverSecret, secrets.etcdServer),
    secret(etcd.clientSecret, secrets.etcdClient),
    ...[...keySecrets].map(name => secret(name, secrets.producerKey)),
    site.addVolume('a', 'etcd', 1),
    ...(cluster?.nodes ?? []).map(node => site.addVolume(node.name.slice(site.name.length + 1), node.name, 1)),
  ]);
}

async function readJson<T>(socketPath: string, path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, signal: AbortSignal.timeout(5000) }, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as T));
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}
