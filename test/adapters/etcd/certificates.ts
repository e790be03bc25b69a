// Makes an authority and certificates of it, by openssl, in a folder of their own.

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Certificate {
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Gives what issues certificates, good from now for so many days; below zero they have ended already. */
export async function makeAuthority(folder: string): Promise<(name: string, days: number) => Promise<Certificate>> {
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder, timeout: 20_000 });
  const own = ['-keyout', 'ca.key', '-out', 'ca.crt', '-days', '30', '-subj', '/CN=authority'];
  await openssl('req', '-x509', ...newKey, ...own);
  const extensions = 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n';
  await writeFile(join(folder, 'extensions'), extensions);
  return async (name, days) => {
    await openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions'];
    await openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signing, '-days', String(days));
    const [ca, cert, key] = await Promise.all(
      ['ca.crt', `${name}.crt`, `${name}.key`].map(file => readFile(join(folder, file))),
    );
    if (ca === undefined || cert === undefined || key === undefined) throw new Error(`${name} was not made`);
    return { ca, cert, key };
  };
}
