// The images that every sandbox needs, whatever is tried in it.
import type { InstalledTools } from '#tools/install.ts';
import { binariesLayer, type Layer, shellLayer } from './layers.ts';
import type { Image } from './pack.ts';

/** Holds a pod's namespaces open: ends at SIGTERM, and its shell buries the processes that it adopts. */
export function pauseImage(shell: Layer): Image {
  const script = 'trap "exit 0" TERM INT; sleep 2147483647 & wait';
  return { name: 'registry.k8s.io/pause:3.6', layers: [shell], entrypoint: ['/bin/sh', '-c', script] };
}

/** etcd with its command lines, and a shell. */
export function etcdImage(name: string, shell: Layer, tools: InstalledTools): Image {
  const binaries = binariesLayer([tools.path('etcd'), tools.path('etcdctl')]);
  return { name, layers: [shell, binaries], entrypoint: ['/usr/local/bin/etcd'], user: '1000' };
}

/** The layer below all others. */
export function baseLayer(tools: InstalledTools): Layer {
  return shellLayer(tools.path('busybox'));
}
