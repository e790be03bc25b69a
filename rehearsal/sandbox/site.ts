// A site of the fleet: a Kubernetes cluster with one node per zone, in a network namespace of its own.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ToolName } from '#tools/catalog.ts';
import type { Component } from './component.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { create, type KubernetesAccess } from './kubernetes-api.ts';
import { connectSite, nodeAddress, podSubnet } from './network.ts';
import { createNode, type Node } from './node.ts';
import { keepPodLogs } from './pod-logs.ts';

export interface SiteOptions {
  /** At most 11 characters: it is a part of link names. */
  name: string;
  /** The site has the addresses 10.`octet`.0.0/16; 1 to 255. */
  octet: number;
  /** One node per zone, named `<site>-<zone>`. */
  zones: readonly string[];
}

export interface Site {
  name: string;
  octet: number;
  /** A kubeconfig for use within the sandbox; its cluster, context and user are named after the site. */
  kubeconfig: string;
  access: KubernetesAccess;
  /** Node names, in the order of the zones. */
  nodes: string[];
  /** Offers a folder of the zone's node as a PersistentVolume of the class `local`. */
  addVolume: (zone: string, name: string, sizeGi: number) => Promise<void>;
  /** The node loses its power: every process of it dies at once, its network falls silent. Returns how many processes died. */
  killNode: (zone: string) => Promise<number>;
  /** Starts a killed node again; resolves when it is Ready. */
  startNode: (zone: string) => Promise<void>;
}

/** What a site needs of the sandbox around it. */
export interface Surroundings {
  folder: string;
  logFolder: string;
  ip: string;
  cniFolder: string;
  start: (namespace: string, name: string, tool: ToolName, args: string[]) => Component;
  fillImages: (containerdFolder: string) => Promise<void>;
}

/** Starts the control plane and the nodes; resolves when all nodes are Ready. */
export async function startSite(options: SiteOptions, around: Surroundings): Promise<Site> {
  const { name, octet, zones } = options;
  await connectSite(around.ip, name, octet, zones.length);
  const nodes = new Map(zones.map((zone, index) => [zone, nodeOf(options, around, zone, index + 1)]));
  const start = (tool: ToolName, args: string[]) => around.start(name, `${name}/${tool}`, tool, args);
  const folder = join(around.folder, name, 'control-plane');
  const [controlPlane] = await Promise.all([
    startControlPlane({ site: name, octet, folder, start }),
    ...[...nodes.values()].map(node => node.startContainerd()),
  ]);
  await Promise.all([...nodes.values()].map(node => node.startKubelet(controlPlane)));
  return describeSite(options, around, controlPlane, nodes);
}

function describeSite(
  { name, octet }: SiteOptions,
  around: Surroundings,
  controlPlane: ControlPlane,
  nodes: Map<string, Node>,
): Site {
  const { access, kubeconfig } = controlPlane;
  const nodeIn = (zone: string): Node => {
    const node = nodes.get(zone);
    if (!node) throw new Error(`${name} has no zone ${zone}`);
    return node;
  };
  return {
    name,
    octet,
    access,
    kubeconfig,
    nodes: [...nodes.values()].map(node => node.name),
    addVolume: async (zone, volume, sizeGi) => {
      const node = nodeIn(zone);
      const path = join(folderOf(around, node.name), 'volumes', volume);
      await mkdir(path, { recursive: true });
      await create(access, '/api/v1/persistentvolumes', renderVolume(volume, node.name, path, sizeGi));
    },
    killNode: zone => nodeIn(zone).kill(),
    startNode: async zone => {
      await nodeIn(zone).startContainerd();
      await nodeIn(zone).startKubelet(controlPlane);
    },
  };
}

function nodeOf({ name: site, octet }: SiteOptions, around: Surroundings, zone: string, number: number): Node {
  const name = `${site}-${zone}`;
  const podLogFolder = join(around.logFolder, name, 'pods');
  keepPodLogs(podLogFolder, join(around.logFolder, name));
  return createNode({
    places: {
      name,
      address: nodeAddress(octet, number),
      podSubnet: podSubnet(octet, number),
      folder: folderOf(around, name),
      socket: `/run/${name}.sock`,
      cniFolder: around.cniFolder,
      podLogFolder,
    },
    site,
    octet,
    number,
    zone,
    ip: around.ip,
    start: (tool, args) => around.start(site, `${name}/${tool}`, tool, args),
    fillImages: around.fillImages,
  });
}

function folderOf({ folder }: Surroundings, node: string): string {
  return join(folder, node);
}

function renderVolume(name: string, node: string, path: string, sizeGi: number): object {
  const isThisNode = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: `${sizeGi}Gi` },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'local',
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [isThisNode] }] } },
    },
  };
}
