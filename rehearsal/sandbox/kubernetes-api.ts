// Asks a site's API server for the few things the sandbox itself needs; programs under test bring their own client.
import { Agent, request } from 'node:https';
import { SandboxError } from './sandbox-error.ts';

export interface KubernetesAccess {
  /** `https://10.10.0.10:6443` */
  server: string;
  /** Certificates in PEM. */
  certificateAuthority: string;
  token: string;
}

const timeoutMs = 20_000;
/** Asking many times a second until all is ready would cost a handshake each time. */
const agent = new Agent({ keepAlive: true });

export interface Answer {
  status: number;
  text: string;
}

/** One request. It rejects when the server cannot be reached; any status is an answer. */
export function ask(access: KubernetesAccess, method: string, path: string, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(`${access.server}${path}`, {
      method,
      ca: access.certificateAuthority,
      headers: { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' },
      agent,
      signal: AbortSignal.timeout(timeoutMs),
    });
    call.once('error', reject);
    call.once('response', response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.once('error', reject);
    });
    call.end(body && JSON.stringify(body));
  });
}

/** Creates an object. @throws {SandboxError} when it was refused */
export async function create(access: KubernetesAccess, path: string, object: object): Promise<void> {
  const { status, text } = await ask(access, 'POST', path, object);
  if (status >= 300) {
    throw new SandboxError('request-refused', `POST ${path} on ${access.server} was refused with ${status}: ${text}`);
  }
}

/** A kubeconfig, as JSON, which YAML readers take as well. The cluster, context and user are all named after the site. */
export function renderKubeconfig(site: string, access: KubernetesAccess): string {
  const data = Buffer.from(access.certificateAuthority).toString('base64');
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: site, cluster: { server: access.server, 'certificate-authority-data': data } }],
      users: [{ name: site, user: { token: access.token } }],
      contexts: [{ name: site, context: { cluster: site, user: site } }],
      'current-context': site,
    },
    null,
    2,
  );
}
