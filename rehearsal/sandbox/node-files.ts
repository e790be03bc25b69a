// Renders the configuration of a node: containerd, its network plugin, kubelet. Text and values only.

export interface NodePlaces {
  name: string;
  address: string;
  podSubnet: string;
  /** Everything of the node that is not a socket. */
  folder: string;
  /** containerd's socket; short, because a socket's path may have 107 characters only. */
  socket: string;
  cniFolder: string;
  /** Outside the sandbox, so that what containers said stays. */
  podLogFolder: string;
}

/** The control group of all containers; groups are the kernel's and outlive a sandbox. */
export const cgroupName = 'k8s.io';

/** The image that holds a pod's namespaces. */
export const pauseImage = 'registry.k8s.io/pause:3.6';

export function renderContainerdConfig(node: NodePlaces): string {
  return `version = 2
root = "${node.folder}/containerd"
state = "${node.folder}/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
[grpc]
  address = "${node.socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE runc dies otherwise: "can't get final child's PID from pipe: EOF".
  restrict_oom_score_adj = true
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${node.cniFolder}"
    conf_dir = "${node.folder}/cni"
`;
}

export function renderPodNetwork(node: NodePlaces): string {
  return JSON.stringify({
    cniVersion: '0.4.0',
    name: node.name,
    plugins: [
      {
        type: 'bridge',
        bridge: bridgeName(node.name),
        isGateway: true,
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: `${node.folder}/addresses`,
          ranges: [[{ subnet: node.podSubnet }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  });
}

/** An interface's name has 15 characters at most. */
export function bridgeName(node: string): string {
  return node.length <= 15 ? node : `${node.slice(0, 8)}${node.slice(-7)}`;
}

export function renderKubeletConfig(node: NodePlaces): string {
  return JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: node.address,
    // Nothing outside the sandbox reaches it.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    healthzPort: 0,
    cgroupDriver: 'cgroupfs',
    // Several kubelets on one kernel would otherwise delete each other's pod cgroups.
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    containerRuntimeEndpoint: `unix://${node.socket}`,
    evictionHard: { 'memory.available': '50Mi' },
    nodeStatusUpdateFrequency: '2s',
    nodeLeaseDurationSeconds: 8,
    podLogsDir: node.podLogFolder,
    volumePluginDir: `${node.folder}/volume-plugins`,
    resolvConf: `${node.folder}/resolv.conf`,
    // A container that is killed again and again waits for minutes otherwise; nobody watches a rehearsal for that long.
    crashLoopBackOff: { maxContainerRestartPeriod: '1s' },
    imageMaximumGCAge: '0s',
    imageGCHighThresholdPercent: 100,
  });
}
