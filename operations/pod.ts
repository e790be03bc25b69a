// Composes the crew as a node's own pod sees it: by its monitor's configuration, without Kubernetes and without a checkout.

import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { connectMember } from '#adapters/etcd/member.ts';
import { isMonitorStatus } from './monitor-status.ts';
import { describeError, OperationError } from './operation-error.ts';
import { readPicture } from './picture.ts';
import type { Crew, NodeWord } from './ports.ts';

/** What is needed of the monitor's configuration; the monitor itself reads the rest. */
const configSchema = z.object({
  node: z.string(),
  producer: z.string(),
  chainId: z.string(),
  prefix: z.string(),
  listen: z.object({ host: z.string(), port: z.number() }),
  etcd: z.object({
    endpoints: z.array(z.url()).min(1),
    caFile: z.string().optional(),
    certFile: z.string().optional(),
    keyFile: z.string().optional(),
  }),
});

type PodConfig = z.infer<typeof configSchema>;

const etcdDeadlineMs = 2000;
const monitorLimitMs = 2000;

/** Reads the configuration; nothing is sent yet. Throws OperationError `invalid-environment`. */
export async function openPod(file: string): Promise<Crew> {
  const config = await readConfig(file);
  const endpoints = new Map(config.etcd.endpoints.map(endpoint => [new URL(endpoint).host, endpoint]));
  const crew: Crew = {
    environment: {
      name: config.producer,
      chain: { id: config.chainId, producer: config.producer },
      etcd: { prefix: config.prefix, members: [...endpoints.keys()].map(name => ({ name })) },
    },
    clock: { now: Date.now, sleep: ms => delay(ms) },
    ownNode: config.node,
    etcd: {
      use: async (name, work) => {
        const endpoint = endpoints.get(name);
        if (endpoint === undefined) throw new Error(`${file} has no etcd member ${name}`);
        const session = connectMember({ endpoint, ...(await readTls(config)), deadlineMs: etcdDeadlineMs });
        try {
          return await work(session);
        } finally {
          session.close();
        }
      },
    },
    nodes: {
      names: async () => {
        const { nodes, drains } = await readPicture(crew).catch(() => ({ nodes: [], drains: [] }));
        return [
          ...new Set([config.node, ...nodes.map(each => each.node), ...drains.map(each => each.node)]),
        ].toSorted();
      },
      look: async node =>
        (node === config.node ? await askOwnMonitor(config) : undefined) ?? (await present(crew, node)),
    },
  };
  return crew;
}

async function readConfig(file: string): Promise<PodConfig> {
  try {
    const parsed = configSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`);
    throw new OperationError('invalid-environment', problems.join('\n'));
  } catch (cause) {
    if (cause instanceof OperationError) throw cause;
    const found = describeError(cause);
    throw new OperationError('invalid-environment', `${file} is no configuration of a monitor: ${found}`, { cause });
  }
}

/** All three files or none; read anew each time, since certificates are renewed. */
async function readTls({ etcd }: PodConfig) {
  const { caFile, certFile, keyFile } = etcd;
  if (caFile === undefined || certFile === undefined || keyFile === undefined) return {};
  const [ca, cert, key] = await Promise.all([readFile(caFile), readFile(certFile), readFile(keyFile)]);
  return { tls: { ca, cert, key } };
}

async function askOwnMonitor({ listen }: PodConfig): Promise<NodeWord | undefined> {
  const host = listen.host === '0.0.0.0' || listen.host === '::' ? '127.0.0.1' : listen.host;
  try {
    const answer = await fetch(`http://${host}:${listen.port}/status`, { signal: AbortSignal.timeout(monitorLimitMs) });
    const status: unknown = await answer.json();
    return isMonitorStatus(status) ? status : undefined;
  } catch {
    // A monitor that does not answer is a fact about the node; its presence in etcd may still speak for it.
    return undefined;
  }
}

async function present(crew: Crew, node: string): Promise<NodeWord | undefined> {
  const { nodes } = await readPicture(crew);
  return nodes.find(each => each.node === node);
}
