// Reads the monitor's configuration once: a JSON file and a few arguments, to one value or all problems.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const configSchema = z.strictObject({
  node: z.string().min(1),
  site: z.string().min(1),
  zone: z.string().min(1),
  priority: z.number().int(),
  producer: z.string().regex(/^[a-z1-5.]{1,13}$/, 'expected an account name: 1 to 13 of a-z, 1-5 and .'),
  chainId: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'),
  publicKey: z.string().min(1),
  prefix: z.string().startsWith('/'),
  nodeosUrl: z.url(),
  signerSocket: z.string().startsWith('/'),
  keyFile: z.string().startsWith('/'),
  produceBlockOffsetMs: z.number().int().min(100).max(500),
  minPeers: z.number().int().min(0),
  /** How many slots are claimed before their signatures are asked for, see docs/decisions/0012-claim-ahead.md. */
  claimAhead: z.union([z.literal(0), z.literal(1)]).optional(),
  p2pPort: z.number().int().min(1).max(65535),
  /** On the node's own volume; without it an operator cannot make the node sign solo. */
  soloFolder: z.string().startsWith('/').optional(),
  listen: z.strictObject({ host: z.string(), port: z.number().int().min(0).max(65535) }),
  etcd: z
    .strictObject({
      endpoints: z.array(z.url()).min(1),
      /** Of the members, in the order of their endpoints. */
      sites: z.array(z.string().min(1)).optional(),
      /** Where the leader shall be, see core/failover/leadership.ts. */
      leader: z.enum(['anywhere', 'near', 'away']).optional(),
      caFile: z.string().optional(),
      certFile: z.string().optional(),
      keyFile: z.string().optional(),
    })
    .refine(
      ({ endpoints, sites, leader }) =>
        leader === undefined || leader === 'anywhere' || sites?.length === endpoints.length,
      {
        path: ['sites'],
        error: 'expected a site for each endpoint, since a leader is asked for near or away',
      },
    ),
});

/** The configuration file's content, and what the command line adds. */
export type MonitorConfig = z.infer<typeof configSchema> & {
  /** Address at which fellows reach this node's nodeos. */
  podIp: string;
};

/** @param args such as `--config /etc/active-eos/monitor.json --pod-ip 10.0.0.7` */
export function readConfig(args: readonly string[]): { config: MonitorConfig } | { problems: string[] } {
  let file: string | undefined;
  let podIp: string | undefined;
  try {
    ({ config: file, 'pod-ip': podIp } = parseArgs({
      args: [...args],
      options: { config: { type: 'string' }, 'pod-ip': { type: 'string' } },
    }).values);
  } catch (error) {
    return { problems: [`${(error as Error).message}; usage: --config FILE --pod-ip ADDRESS`] };
  }
  if (file === undefined || podIp === undefined) return { problems: ['--config FILE and --pod-ip ADDRESS are needed'] };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return { problems: [`${file}: ${(error as Error).message}`] };
  }
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return { config: { ...parsed.data, podIp } };
  return {
    problems: parsed.error.issues.map(
      ({ path, message }) => `${file}: ${path.join('.') || 'the whole file'}: ${message}`,
    ),
  };
}
