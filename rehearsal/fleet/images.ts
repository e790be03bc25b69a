// The images of the rehearsal's fleet: the product's own monitor, etcd, and two versions of the stand-in for nodeos.

import { baseLayer, etcdImage, pauseImage } from '#rehearsal/images/catalog.ts';
import { applicationLayer, nodeLayer, packagesLayer } from '#rehearsal/images/layers.ts';
import type { Image } from '#rehearsal/images/pack.ts';
import type { InstalledTools } from '#tools/install.ts';

/** As containerd spells `rehearsal/nodeos:1`. */
const registry = 'docker.io/';

/** Tags of the stand-in, the one that the fleet starts with first; each answers with its own version. */
const nodeosVersions = { 'rehearsal/nodeos:1': 'v1.2.1', 'rehearsal/nodeos:2': 'v1.2.2' };
const monitorPackages = ['etcd3', 'cockatiel', '@grpc/grpc-js', 'tiny-secp256k1', 'zod', 'js-yaml'];

/** All images, to be packed into one archive. @param repository the folder with package.json */
export async function fleetImages(tools: InstalledTools, repository: string): Promise<Image[]> {
  const shell = baseLayer(tools);
  const node = await nodeLayer();
  const standIn = await applicationLayer(repository, ['package.json', 'core/slots.ts', 'rehearsal/nodeos']);
  const packages = await packagesLayer(repository, monitorPackages);
  const monitor = await applicationLayer(repository, [
    'package.json',
    'adapters/clock',
    'adapters/etcd',
    'adapters/nodeos',
    'adapters/signature',
    'core',
    'monitor',
    // The operator's command line, as far as it needs no Kubernetes.
    'operations',
    'cli',
  ]);
  return [
    pauseImage(shell),
    etcdImage(`${registry}rehearsal/etcd:3.6`, shell, tools),
    {
      name: `${registry}rehearsal/monitor:1`,
      layers: [shell, node, packages, monitor],
      entrypoint: ['node', '/app/monitor/main.ts'],
      user: '1000',
      workingFolder: '/app',
      environment: { NODE_OPTIONS: '--disable-warning=DEP0123 --max-semi-space-size=1' },
    },
    ...Object.entries(nodeosVersions).map(
      ([name, version]): Image => ({
        name: registry + name,
        layers: [shell, node, standIn],
        entrypoint: ['node', '/app/rehearsal/nodeos/main.ts'],
        user: '1000',
        environment: { STANDIN_VERSION: version },
      }),
    ),
  ];
}
