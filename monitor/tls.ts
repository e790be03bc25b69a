// Reads the certificates for etcd, and again every minute: renewed ones are used from then on, and one that ends is told of.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { RenewableCluster } from '#adapters/etcd/cluster.ts';
import type { Time } from '#core/time.ts';
import type { MonitorConfig } from './config.ts';
import type { Journal } from './journal.ts';
import type { Repeater } from './repeat.ts';

type EtcdFiles = Pick<MonitorConfig['etcd'], 'caFile' | 'certFile' | 'keyFile'>;

/** PEM. */
export interface Tls {
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
}

const everyMs = 60_000;
const readWithinMs = 10_000;
/** An end that is so near is told of. */
const soonMs = 7 * 24 * 3600 * 1000;

/** Undefined where etcd is to be reached without TLS. */
export function readTls(files: EtcdFiles): Tls | { problem: string } | undefined {
  const paths = pathsOf(files);
  if (paths === undefined) return undefined;
  try {
    const tls = { ca: readFileSync(paths.ca), cert: readFileSync(paths.cert), key: readFileSync(paths.key) };
    const problem = problemOf(tls);
    return problem === undefined ? tls : { problem: `${paths.cert}, ${paths.key} and ${paths.ca}: ${problem}` };
  } catch (error) {
    return { problem: `the certificates for etcd: ${(error as Error).message}` };
  }
}

/** Gives what to say of the certificates in /status; undefined while there is nothing to be done. */
export function watchTls(
  files: EtcdFiles,
  first: Tls | undefined,
  parts: { cluster: Pick<RenewableCluster, 'renew'>; repeater: Repeater; journal: Pick<Journal, 'say'>; time: Time },
): () => string | undefined {
  const paths = pathsOf(files);
  if (paths === undefined || first === undefined) return () => undefined;
  const { cluster, repeater, journal, time } = parts;
  let used = first;
  let said: string | undefined;
  /** @param detail differs each time, and is told with a new note alone */
  const tell = (decision: string, note: string | undefined, detail?: string) => {
    if (note !== said && note !== undefined) journal.say(decision, detail === undefined ? note : `${note}: ${detail}`);
    said = note;
  };

  const look = async () => {
    const found = await readAll(paths);
    if (typeof found === 'string') return tell('certificates unusable', `${found}; those read before stay in use`);
    if (!isSame(found, used)) {
      const problem = problemOf(found);
      // Files that are being replaced one by one do not fit each other for a moment.
      if (problem !== undefined) return tell('certificates unusable', `${problem}; those read before stay in use`);
      const renewal = await cluster.renew(found);
      // Not used, so that the next minute tries again.
      if (renewal.kind === 'kept') {
        const note = `no etcd member answers to ${paths.cert}; those read before stay in use, and it is tried every minute`;
        return tell('certificates unusable', note, renewal.reason.replaceAll(/\s+/g, ' '));
      }
      used = found;
      journal.say('certificates renewed', `${paths.cert} is good until ${endOf(found.cert)}; etcd is connected anew`);
    }
    return tell('certificate ends', noteOf(used, paths, time.wallMs()));
  };

  repeater.every(() => everyMs, look);
  return () => said;
}

function pathsOf({ caFile: ca, certFile: cert, keyFile: key }: EtcdFiles) {
  return ca === undefined || cert === undefined || key === undefined ? undefined : { ca, cert, key };
}

async function readAll(paths: Record<keyof Tls, string>): Promise<Tls | string> {
  const signal = AbortSignal.timeout(readWithinMs);
  try {
    const [ca, cert, key] = await Promise.all([
      readFile(paths.ca, { signal }),
      readFile(paths.cert, { signal }),
      readFile(paths.key, { signal }),
    ]);
    return { ca, cert, key };
  } catch (error) {
    return (error as Error).message;
  }
}

function isSame(a: Tls, b: Tls): boolean {
  return a.ca.equals(b.ca) && a.cert.equals(b.cert) && a.key.equals(b.key);
}

/** Why they cannot be used; no byte of the key is told. */
function problemOf({ ca, cert, key }: Tls): string | undefined {
  try {
    void new X509Certificate(ca);
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
      ? undefined
      : 'the private key is not that of the certificate';
  } catch (error) {
    return `the certificates or the key cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown form'})`;
  }
}

function endOf(pem: Buffer): string {
  return new Date(new X509Certificate(pem).validTo).toISOString();
}

function noteOf(tls: Tls, paths: Record<keyof Tls, string>, wallMs: number): string | undefined {
  const notes = (['cert', 'ca'] as const).flatMap(which => {
    if (problemOf(tls) !== undefined) return [];
    const end = endOf(tls[which]);
    const leftMs = Date.parse(end) - wallMs;
    if (leftMs > soonMs) return [];
    const what = which === 'cert' ? "the client's certificate for etcd" : "the CA's certificate for etcd";
    return leftMs > 0
      ? [`${what} in ${paths[which]} ends at ${end}`]
      : [`${what} in ${paths[which]} has ended at ${end}: etcd takes no new connection with it`];
  });
  if (notes.length === 0) return undefined;
  return `${notes.join('; ')}. Put a new one into the Secret or file it comes from; it is read again every minute`;
}
