// The table of command-line tools that tests and the rehearsal need: which version, and how each comes onto this machine.

export type Platform = 'linux-x64' | 'linux-arm64';

/** An official release file. It is used only with a digest: without one, leave it out and the tool is built instead. */
export interface Download {
  url: string;
  sha256: string;
  /** The path of the binary inside a .tar.gz; absent when the file is the binary itself. */
  member?: string;
}

/** One binary built from the module that `tools/go/<module>/go.mod` pins. */
export interface GoSource {
  kind: 'go';
  module: string;
  package: string;
  /** Sets version variables at link time; the Kubernetes binaries report v0.0.0 without it. */
  linkerFlags: string;
  /** From cold on two cores, so that the terminal can say how long it usually takes. */
  usualSeconds: number;
}

/** Files taken out of Debian packages; the packages themselves are not installed. */
export interface DebianSource {
  kind: 'debian';
  packages: string[];
  /** Packages with shared libraries, fetched only where the machine lacks one. */
  libraries: string[];
  /** Paths inside the packages. */
  files: string[];
}

export interface Tool {
  name: ToolName;
  /** For Debian packages: the one this was tried with; the distribution decides. */
  version: string;
  /** File names of the binaries, the first is the tool's own. */
  binaries: string[];
  /** The machine's own copy is taken when its PATH has one. */
  preferHost: boolean;
  downloads: Partial<Record<Platform, Download>>;
  source: GoSource | DebianSource;
}

export type ToolName =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'etcd'
  | 'etcdctl'
  | 'etcdutl'
  | 'helm'
  | 'act'
  | 'kubeconform'
  | 'containerd'
  | 'runc'
  | 'cni-plugins'
  | 'busybox'
  | 'ip';

const kubernetesVersion = '1.36.3';
const etcdVersion = '3.6.16';

/** Every tool. The order is the order of installation: what takes longest and is needed most comes first. */
export const catalog: readonly Tool[] = [
  kubernetes('kube-apiserver', 165),
  kubernetes('kube-controller-manager', 50),
  kubernetes('kube-scheduler', 5),
  kubernetes('kubelet', 15),
  fromGo('etcd', etcdVersion, 'etcd', 'go.etcd.io/etcd/server/v3', 25),
  fromGo('etcdctl', etcdVersion, 'etcd', 'go.etcd.io/etcd/etcdctl/v3', 5),
  fromGo('etcdutl', etcdVersion, 'etcd', 'go.etcd.io/etcd/etcdutl/v3', 5),
  fromGo(
    'helm',
    '4.3.1',
    'helm',
    'helm.sh/helm/v4/cmd/helm',
    100,
    '-X helm.sh/helm/v4/internal/version.version=v4.3.1',
  ),
  fromGo('act', '0.2.89', 'act', 'github.com/nektos/act', 30, '-X main.version=0.2.89'),
  fromGo(
    'kubeconform',
    '0.8.0',
    'kubeconform',
    'github.com/yannh/kubeconform/cmd/kubeconform',
    15,
    '-X main.version=v0.8.0',
  ),
  fromDebian('containerd', '1.6.20', ['containerd', 'containerd-shim-runc-v2', 'ctr'], {
    packages: ['containerd'],
    libraries: [],
    files: ['usr/bin/containerd', 'usr/bin/containerd-shim-runc-v2', 'usr/bin/ctr'],
  }),
  fromDebian('runc', '1.1.5', ['runc'], { packages: ['runc'], libraries: ['libseccomp2'], files: ['usr/sbin/runc'] }),
  fromDebian('cni-plugins', '1.1.1', ['bridge', 'host-local', 'loopback'], {
    packages: ['containernetworking-plugins'],
    libraries: [],
    files: ['usr/lib/cni/bridge', 'usr/lib/cni/host-local', 'usr/lib/cni/loopback'],
  }),
  fromDebian('busybox', '1.35.0', ['busybox'], { packages: ['busybox-static'], libraries: [], files: ['bin/busybox'] }),
  {
    ...fromDebian('ip', '6.1.0', ['ip'], {
      packages: ['iproute2'],
      libraries: ['libbpf1', 'libelf1', 'libmnl0', 'libbsd0', 'libmd0', 'libcap2', 'zlib1g'],
      files: ['bin/ip'],
    }),
    preferHost: true,
  },
];

/** The platform of this process, or undefined when no tool is offered for it. */
export function platformOf(platform: string, architecture: string): Platform | undefined {
  const name = `${platform}-${architecture}`;
  return name === 'linux-x64' || name === 'linux-arm64' ? name : undefined;
}

function kubernetes(name: ToolName, usualSeconds: number): Tool {
  const version = `-X k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`;
  return fromGo(name, kubernetesVersion, 'kubernetes', `k8s.io/kubernetes/cmd/${name}`, usualSeconds, version);
}

function fromGo(
  name: ToolName,
  version: string,
  module: string,
  packagePath: string,
  usualSeconds: number,
  linkerFlags = '',
): Tool {
  const source: GoSource = { kind: 'go', module, package: packagePath, linkerFlags, usualSeconds };
  return { name, version, binaries: [name], preferHost: false, downloads: {}, source };
}

function fromDebian(name: ToolName, version: string, binaries: string[], source: Omit<DebianSource, 'kind'>): Tool {
  return { name, version, binaries, preferHost: false, downloads: {}, source: { kind: 'debian', ...source } };
}
