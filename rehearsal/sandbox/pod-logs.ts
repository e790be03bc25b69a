// Keeps what containers said: kubelet deletes a pod's logs with the pod, and of a rollout those are the ones somebody wants to read.
import { link, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const periodMs = 1000;

/**
 * Gives every log file below `podLogFolder` a second name in `keptFolder`, again and again; the content is the same file. It ends with the process.
 */
export function keepPodLogs(podLogFolder: string, keptFolder: string): void {
  const known = new Set<string>();
  const look = async () => {
    for (const pod of await list(podLogFolder)) {
      for (const container of await list(join(podLogFolder, pod))) {
        for (const file of await list(join(podLogFolder, pod, container))) {
          const from = join(podLogFolder, pod, container, file);
          if (known.has(from)) continue;
          known.add(from);
          await link(from, join(keptFolder, keptName(pod, container, file))).catch(() => undefined);
        }
      }
    }
  };
  const timer = setInterval(() => void look(), periodMs);
  void mkdir(keptFolder, { recursive: true }).then(look);
  timer.unref();
}

/** kubelet names a pod's folder `<namespace>_<pod>_<uid>`, and the files of a container by its restarts. */
export function keptName(pod: string, container: string, file: string): string {
  const [, name = pod, uid = ''] = pod.split('_');
  return `${name}.${container}.${uid.slice(0, 8)}.${file}`;
}

async function list(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}
