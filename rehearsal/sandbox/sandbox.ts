// A disposable fleet of real Kubernetes clusters. Runs inside `enterSandbox`, and vanishes with it; only the logs stay.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ToolName } from '#tools/catalog.ts';
import type { InstalledTools } from '#tools/install.ts';
import { type Component, deathError, runToEnd, startComponent } from './component.ts';
import { favourContainers, removeGroups } from './control-groups.ts';
import { copyImages, importImages } from './image-store.ts';
import { connectWan, cutSite, type Direction, enterNetwork, mendSite } from './network.ts';
import { killAll } from './processes.ts';
import type { SandboxError } from './sandbox-error.ts';
import { type Site, type SiteOptions, startSite } from './site.ts';

/** The tools that a sandbox needs. */
export const sandboxTools: readonly ToolName[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'etcd',
  'etcdctl',
  'containerd',
  'runc',
  'cni-plugins',
  'busybox',
  'ip',
];

export interface SandboxOptions {
  tools: InstalledTools;
  /** Where each component's log goes; outside the sandbox, so that it stays. */
  logFolder: string;
  /** Image archives of `packImages`; the pause image must be among them. A promise: sites start while they are packed. */
  archives: readonly string[] | Promise<readonly string[]>;
  /** Called when a component ends that nobody stopped. */
  report: (event: { kind: 'component-died'; name: string; error: SandboxError }) => void;
}

export interface RunOptions {
  /** Names the log file, `<logFolder>/<name>.log`, and the component in messages. */
  name: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

export interface Sandbox {
  /** Where the state of everything inside is kept: in memory, gone with the sandbox. */
  folder: string;
  /** Starts a site; several may start at once. */
  addSite: (options: SiteOptions) => Promise<Site>;
  /**
   * Starts a program in the network of a site, or in `wan`, where the internet's addresses are, or `runner`, which reaches the API servers only.
   * Its death is reported unless it was asked for.
   */
  run: (network: string, command: string, args: readonly string[], options: RunOptions) => Component;
  /** Cuts a site off from the others, the internet and the runner: packets vanish silently, connections stay open. Default: both ways. */
  partition: (site: string, direction?: Direction) => Promise<void>;
  /** Undoes `partition` of the same direction. */
  heal: (site: string, direction?: Direction) => Promise<void>;
  /** Kills every process of the sandbox but the caller. */
  stop: () => Promise<void>;
}

/** A group without processes for this long belongs to a sandbox that was killed: a container enters its own at once. */
const staleGroupMs = 60_000;
/** In the sandbox's own /run, which is in memory. */
const stateFolder = '/run/active-eos';
/** Where programs write although they are told other folders. */
const ownFolders = ['/var/lib/cni', '/var/lib/kubelet', '/var/log/containers'];

/** Makes the folders and networks of a sandbox. The caller must be inside `enterSandbox`: the first lines change mounts. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { tools, logFolder } = options;
  await prepareMounts();
  await removeGroups(staleGroupMs);
  await favourContainers();
  const ip = tools.path('ip');
  const path = [...tools.binFolders, process.env.PATH ?? ''].join(':');
  await connectWan(ip);
  const components = new Set<Component>();
  const octets = new Map<string, number>();
  const run: Sandbox['run'] = (network, command, args, settings) => {
    const [program, all] = network === 'runner' ? [command, args] : enterNetwork(network, command, args);
    const logFile = join(logFolder, `${settings.name}.log`);
    const component = startComponent(program, all, { ...settings, logFile, env: settings.env ?? process.env });
    components.add(component);
    void component.ended.then(ending => {
      components.delete(component);
      if (ending.isExpected) return;
      options.report({ kind: 'component-died', name: component.name, error: deathError(component, ending) });
    });
    return component;
  };
  const images = importImages({
    folder: join(stateFolder, 'images'),
    archives: options.archives,
    tools,
    logFile: join(logFolder, 'images.log'),
  });
  // Whoever starts a site waits for it and hears of its failure; until then it is not unhandled.
  images.catch(() => undefined);
  const around = {
    folder: stateFolder,
    logFolder,
    ip,
    cniFolder: tools.folder('cni-plugins'),
    start: (network: string, name: string, tool: ToolName, args: string[]) =>
      run(network, tools.path(tool), args, { name, env: { ...process.env, PATH: path } }),
    fillImages: async (containerdFolder: string) => copyImages(await images, containerdFolder),
  };
  return {
    folder: stateFolder,
    addSite: site => {
      octets.set(site.name, site.octet);
      return startSite(site, around);
    },
    run,
    partition: (site, direction = 'both') => cutSite(ip, site, octets.get(site) ?? 0, direction),
    heal: (site, direction = 'both') => mendSite(ip, site, octets.get(site) ?? 0, direction),
    stop: async () => {
      const running = [...components];
      for (const component of running) component.expectEnd();
      killAll(rows => rows.map(row => row.pid).filter(pid => pid !== 1 && pid !== process.pid));
      await Promise.all(running.map(component => component.ended));
      await removeGroups(0);
    },
  };
}

async function prepareMounts(): Promise<void> {
  // kubelet wants mounts to be seen by its containers; the outer machine's mounts were made private before.
  await runToEnd('mount', ['--make-rshared', '/']);
  await runToEnd('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run']);
  await mkdir('/run/netns');
  await mkdir(stateFolder);
  await runToEnd('mount', ['-t', 'tmpfs', 'tmpfs', '/run/netns']);
  await runToEnd('mount', ['--make-shared', '/run/netns']);
  await hideResolvers();
  for (const folder of ownFolders) {
    await mkdir(folder, { recursive: true });
    await runToEnd('mount', ['-t', 'tmpfs', 'tmpfs', folder]);
  }
}

/** There is no internet inside: a name that nobody can resolve shall fail at once, and not after the time-outs of this machine's resolvers. */
async function hideResolvers(): Promise<void> {
  const file = '/run/resolv.conf';
  await writeFile(file, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
  if (existsSync('/etc/resolv.conf')) await runToEnd('mount', ['--bind', file, '/etc/resolv.conf']);
}
