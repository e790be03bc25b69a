// Makes the secrets of a rehearsal, anew for each: a signing key, and the certificates of etcd and its clients.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSigner, renderPrivateKey } from '#adapters/signature/k1.ts';
import { runCommand } from '#tools/command.ts';

/** Files of a Secret by name. */
export type SecretFiles = Record<string, Buffer>;

export interface FleetSecrets {
  /** `EOS…` */
  publicKey: string;
  /** The file `key`. */
  producerKey: SecretFiles;
  /** ca.crt, tls.crt, tls.key each. */
  etcdServer: SecretFiles;
  etcdClient: SecretFiles;
}

const days = '30';

/** @param addresses at which etcd members are reached, beside 127.0.0.1 */
export async function makeSecrets(folder: string, addresses: readonly string[]): Promise<FleetSecrets> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const privateKey = renderPrivateKey(randomBytes(32));
  const signer = openSigner(privateKey);
  if ('problem' in signer) throw new Error(`the key just made is not one: ${signer.problem}`);
  await openssl(folder, [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    days,
    '-subj',
    '/CN=rehearsal',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  ]);
  const names = ['IP:127.0.0.1', 'DNS:localhost', ...addresses.map(address => `IP:${address}`)].join(',');
  return {
    publicKey: signer.publicKey,
    producerKey: { key: Buffer.from(privateKey) },
    // A member is a client of its peers as well.
    etcdServer: await issue(folder, 'server', `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`),
    etcdClient: await issue(folder, 'client', 'extendedKeyUsage=clientAuth\n'),
  };
}

async function issue(folder: string, name: string, extensions: string): Promise<SecretFiles> {
  await writeFile(join(folder, `${name}.ext`), extensions);
  await openssl(folder, [
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
  ]);
  await openssl(folder, [
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    days,
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.crt`,
  ]);
  const read = (file: string) => readFile(join(folder, file));
  return { 'ca.crt': await read('ca.crt'), 'tls.crt': await read(`${name}.crt`), 'tls.key': await read(`${name}.key`) };
}

async function openssl(folder: string, args: string[]): Promise<void> {
  const { exitCode, lastLines } = await runCommand('openssl', args, { cwd: folder, timeoutMs: 20_000 });
  if (exitCode !== 0) throw new Error(`openssl ${args[0]} failed: ${lastLines}`);
}
