// One machine of a site: a containerd and a kubelet, which can be killed like a machine that loses power, and started again.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Component, isListening, runToEnd, untilReady } from './component.ts';
import type { ControlPlane } from './control-plane.ts';
import { ask, type KubernetesAccess } from './kubernetes-api.ts';
import { silenceNode, unsilenceNode } from './network.ts';
import {
  bridgeName,
  type NodePlaces,
  renderContainerdConfig,
  renderKubeletConfig,
  renderPodNetwork,
} from './node-files.ts';
import { killAll, processesOfNode } from './processes.ts';

export interface NodeOptions {
  places: NodePlaces;
  site: string;
  octet: number;
  /** Counts from 1 within the site. */
  number: number;
  zone: string;
  ip: string;
  /** Starts a tool in the site's network namespace. */
  start: (tool: 'containerd' | 'kubelet', args: string[]) => Component;
  /** Fills containerd's folder with the images, before containerd runs. */
  fillImages: (containerdFolder: string) => Promise<void>;
}

export interface Node {
  name: string;
  /** containerd first: it needs no API server. */
  startContainerd: () => Promise<void>;
  /** Resolves when the node is Ready; fails as soon as a part that this needs has died. */
  startKubelet: (controlPlane: ControlPlane) => Promise<void>;
  /** Kills kubelet, containerd and every container process at once and cuts the node off; returns how many processes died. */
  kill: () => Promise<number>;
}

const readyTimeoutMs = 60_000;

/** A node of a site; nothing runs yet. */
export function createNode(options: NodeOptions): Node {
  const { places } = options;
  let containerd: Component | undefined;
  let kubelet: Component | undefined;
  let isSilent = false;
  return {
    name: places.name,
    startContainerd: async () => {
      if (isSilent) await unsilenceNode(options.ip, options.site, options.octet, options.number);
      isSilent = false;
      await writeFiles(options);
      containerd = options.start('containerd', ['--config', join(places.folder, 'containerd.toml')]);
      await untilReady(`containerd of ${places.name}`, () => isListening(places.socket), [containerd], readyTimeoutMs);
    },
    startKubelet: async ({ access, kubeconfig, components }) => {
      const since = Date.now();
      kubelet = options.start('kubelet', kubeletArguments(options, kubeconfig));
      const running = [kubelet, ...(containerd ? [containerd] : []), ...components];
      await untilReady(`Node ${places.name}`, () => isNodeReady(access, places.name, since), running, readyTimeoutMs);
    },
    kill: async () => {
      containerd?.expectEnd();
      kubelet?.expectEnd();
      const roots = [containerd, kubelet].flatMap(component => component?.pid ?? []);
      await silenceNode(options.ip, options.site, options.octet, options.number);
      isSilent = true;
      const count = killAll(rows => processesOfNode(rows, roots, places.socket));
      await Promise.all([containerd?.ended, kubelet?.ended]);
      await forgetRuntime(options);
      return count;
    },
  };
}

async function writeFiles({ places, fillImages }: NodeOptions): Promise<void> {
  const file = (name: string) => join(places.folder, name);
  if (existsSync(file('containerd.toml'))) return;
  await mkdir(file('cni'), { recursive: true });
  await mkdir(file('kubelet'), { recursive: true });
  await writeFile(file('containerd.toml'), renderContainerdConfig(places));
  await writeFile(file('cni/10-bridge.conflist'), renderPodNetwork(places));
  await writeFile(file('kubelet.json'), renderKubeletConfig(places));
  await writeFile(file('resolv.conf'), '');
  await fillImages(file('containerd'));
}

function kubeletArguments({ places, zone, site }: NodeOptions, kubeconfig: string): string[] {
  return [
    `--config=${join(places.folder, 'kubelet.json')}`,
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${places.name}`,
    `--node-ip=${places.address}`,
    `--node-labels=topology.kubernetes.io/zone=${site}-${zone},topology.kubernetes.io/region=${site}`,
    `--root-dir=${join(places.folder, 'kubelet')}`,
    `--cert-dir=${join(places.folder, 'kubelet-certificates')}`,
  ];
}

/** What a machine loses with its power: mounts and runtime state. Images, volumes and the kubelet's records stay. */
async function forgetRuntime({ places, site, ip }: NodeOptions): Promise<void> {
  const mounts = await mountsUnder(places.folder);
  if (mounts.length > 0) await runToEnd('umount', ['--lazy', ...mounts]);
  await rm(join(places.folder, 'state'), { recursive: true, force: true });
  await rm(places.socket, { force: true });
  // Without the bridge the pods' ends of their wires lead nowhere; a node without a pod has none.
  await runToEnd(ip, ['-n', site, 'link', 'del', bridgeName(places.name)]).catch(() => undefined);
}

async function mountsUnder(folder: string): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const points = table.split('\n').map(line => line.split(' ')[4] ?? '');
  return points.filter(point => point.startsWith(`${folder}/`)).toReversed();
}

interface NodeObject {
  status?: { conditions?: { type: string; status: string; lastHeartbeatTime: string }[] };
  spec?: { taints?: { key: string }[] };
}

/** Ready by the kubelet's own word since `sinceMs`, and the not-ready taint taken away, so that pods are placed at once. */
async function isNodeReady(access: KubernetesAccess, name: string, sinceMs: number): Promise<boolean> {
  try {
    const { status, text } = await ask(access, 'GET', `/api/v1/nodes/${name}`);
    if (status !== 200) return false;
    const node = JSON.parse(text) as NodeObject;
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    // Heartbeats have whole seconds.
    const isFresh = ready !== undefined && Date.parse(ready.lastHeartbeatTime) > sinceMs - 1_000;
    const isTainted = node.spec?.taints?.some(({ key }) => key.startsWith('node.kubernetes.io/'));
    return isFresh && ready.status === 'True' && isTainted !== true;
  } catch {
    return false;
  }
}
