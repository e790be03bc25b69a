// Runs inside a sandbox for the tests: a site of one node and a pod, told phase by phase; then, if asked, a story whose facts are sent.
import { readlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { KubeConfig, PortForward } from '@kubernetes/client-node';
import { baseLayer, pauseImage } from '#rehearsal/images/catalog.ts';
import { packImages } from '#rehearsal/images/pack.ts';
import { ask, create } from '#rehearsal/sandbox/kubernetes-api.ts';
import { sandboxTools, startSandbox } from '#rehearsal/sandbox/sandbox.ts';
import { defaultCacheFolder, ensureTools } from '#tools/install.ts';

const [logFolder = '', plot = 'hold'] = process.argv.slice(2);
/** A closed channel is no news here: the sandbox must end without our doing. */
const say = (message: object) => process.send?.(message, undefined, {}, () => undefined);
const namespaces = ['pid', 'mnt', 'net'].map(kind => readlinkSync(`/proc/self/ns/${kind}`));
say({ phase: 'inside', namespaces });

const tools = await ensureTools(sandboxTools, { report: () => undefined });
const shell = baseLayer(tools);
const server = {
  name: 'registry.test/server:1',
  layers: [shell],
  user: '1000',
  entrypoint: ['/bin/sh', '-c', 'id -u; while :; do echo hello | nc -l -p 8080; done'],
};
const packed = await packImages([pauseImage(shell), server], defaultCacheFolder());
const deaths: string[] = [];
const sandbox = await startSandbox({
  tools,
  logFolder,
  archives: [packed.file],
  report: event => deaths.push(event.error.message),
});
say({ phase: 'sandbox' });
const site = await sandbox.addSite({ name: 'aws', octet: 10, zones: ['a'] });
say({ phase: 'site' });
await site.addVolume('a', 'data', 1);
await createPod();
const pod = await untilPod(found => found.status.phase === 'Running');
say({ phase: 'pod' });
if (plot === 'story') say({ phase: 'end', facts: await tellStory() });
else await pause(60_000);

async function tellStory(): Promise<object> {
  const facts: Record<string, unknown> = { node: pod.spec.nodeName, log: await logOf() };
  facts.forwarded = await throughPortForward();
  facts.runnerReachesPod = await reaches(pod.status.podIP, 8080);
  facts.runnerReachesApi = await reaches('10.10.0.10', 6443);
  await sandbox.partition('aws');
  const since = performance.now();
  facts.runnerReachesApiWhenCut = await reaches('10.10.0.10', 6443);
  facts.cutIsSilent = performance.now() - since > 900;
  await sandbox.heal('aws');
  facts.runnerReachesApiWhenHealed = await reaches('10.10.0.10', 6443);
  facts.killed = await site.killNode('a');
  await site.startNode('a');
  const again = await untilPod(({ status }) => (status.containerStatuses?.[0]?.restartCount ?? 0) > 0);
  facts.restarts = again.status.containerStatuses?.[0]?.restartCount;
  facts.deathsBeforeCrash = [...deaths];
  const program = sandbox.run('wan', 'sh', ['-c', 'echo last words; exit 3'], { name: 'crasher' });
  await program.ended;
  facts.deaths = [...deaths];
  await sandbox.stop();
  facts.apiAfterStop = await reaches('10.10.0.10', 6443);
  return facts;
}

interface Pod {
  spec: { nodeName: string };
  status: { phase: string; podIP: string; containerStatuses?: { restartCount: number }[] };
}

async function createPod(): Promise<void> {
  await create(site.access, '/api/v1/namespaces/default/persistentvolumeclaims', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'local', resources: { requests: { storage: '1Gi' } } },
  });
  await create(site.access, '/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'server' },
    spec: {
      dnsPolicy: 'Default',
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'server',
          image: packed.references['registry.test/server:1'],
          securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    },
  });
}

async function untilPod(isSo: (pod: Pod) => boolean): Promise<Pod> {
  for (let tries = 0; tries < 300; tries++) {
    const { text } = await ask(site.access, 'GET', '/api/v1/namespaces/default/pods/server');
    const found = JSON.parse(text) as Pod;
    if (isSo(found)) return found;
    await pause(100);
  }
  throw new Error('the pod did not come to be so within 30 s');
}

async function logOf(): Promise<string> {
  return (await ask(site.access, 'GET', '/api/v1/namespaces/default/pods/server/log')).text;
}

async function throughPortForward(): Promise<string> {
  const config = new KubeConfig();
  config.loadFromFile(site.kubeconfig);
  const forward = new PortForward(config);
  const listener = createServer(socket => {
    void forward.portForward('default', 'server', [8080], socket, null, socket);
  });
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  const text = new PassThrough();
  const client = connect(port, '127.0.0.1').pipe(text);
  for await (const chunk of client) {
    listener.close();
    return String(chunk);
  }
  return '';
}

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port, signal: AbortSignal.timeout(1_000) });
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
